import CPenstockPlatform
package import PenstockTopology
import Synchronization

/// A thread that runs tasks to completion, one activation at a time; or the same without a thread,
/// for the host's own thread and for the simulation, which call `poll` or `WorkerState` themselves.
package final class Worker: @unchecked Sendable {
    package let name: String
    /// Index of the core in the machine, or nil where the worker is bound to none.
    package let core: Int?
    package let state: UnsafeMutablePointer<WorkerState>
    private let environment: Environment
    package let doorbell: Doorbell

    private let lock: Lock
    private var inbox: [UnsafeMutablePointer<Task>] = []  // guard: lock
    private var stopping = false  // guard: lock
    private var applied: AppliedBinding?  // guard: lock

    /// What the waker's notify function is given; for the simulation, before anyone signals.
    var simulationLink: AnyObject?

    private let binding: ProcessorSet
    private var thread: OpaquePointer?

    /// `binding`: what the thread binds itself to; empty for unbound. `spinNanoseconds`: how long
    /// it looks for work before it sleeps. `forks`, `position`: what it helps with and its place
    /// there.
    package init(
        name: String, index: Int, core: Int?, binding: ProcessorSet, spinNanoseconds: UInt64,
        environment: Environment, forks: ForkJoin? = nil, position: Int = 0
    ) throws(Failure) {
        let size = MemoryLayout<WorkerState>.stride
        let waker = Waker(environment: environment)
        let doorbell = Doorbell(environment: environment)
        let memory = environment.allocate(count: 1, size: size, alignment: 128)
        guard let waker, let doorbell, let memory else {
            waker?.free()
            doorbell?.free()
            pstp_free(memory, 1, size)
            throw Failure(.noMemory, "no memory for worker '\(name)'")
        }
        self.name = name
        self.core = core
        self.binding = binding
        self.environment = environment
        lock = Lock()
        self.doorbell = doorbell
        state = memory.bindMemory(to: WorkerState.self, capacity: 1)
        let ticks = Double(min(spinNanoseconds, 1 << 50)) * pstp_ticks_per_second() / 1e9
        state.initialize(
            to: WorkerState(
                environment: .passUnretained(environment), waker: waker, index: index,
                doorbell: doorbell, owner: .passUnretained(self), forks: forks, position: position,
                tasks: .allocate(capacity: 8), capacity: 8, spinTicks: UInt64(ticks)))
    }

    deinit {
        state.pointee.tasks.deallocate()
        state.pointee.waker.free()
        pstp_free(UnsafeMutableRawPointer(state), 1, MemoryLayout<WorkerState>.stride)
        doorbell.free()
    }

    // MARK: - From any thread

    /// Hands tasks over; the worker runs them until they say `.done`.
    package func add(_ tasks: [UnsafeMutablePointer<Task>]) {
        lock.withLock {
            inbox += tasks
            // releasing: pairs with the worker's acquiring load before it takes the lock
            doorbell.flags.pointee.bitwiseOr(Doorbell.inbox, ordering: .releasing)
        }
        state.pointee.waker.signal()
    }

    package func start() throws(Failure) {
        let raw = Unmanaged.passUnretained(self).toOpaque()
        thread = pstp_thread_start(
            name,
            { raw in Unmanaged<Worker>.fromOpaque(raw!).takeUnretainedValue().threadMain() }, raw)
        guard thread != nil else { throw Failure(.system, "cannot start thread '\(name)'") }
    }

    /// Ends the thread when its tasks are done. Called by another thread.
    package func stopAndJoin() {
        guard let running = thread else { return }
        lock.withLock {
            stopping = true
            doorbell.flags.pointee.bitwiseOr(Doorbell.inbox, ordering: .releasing)
        }
        state.pointee.waker.signal()
        pstp_thread_join(running)
        thread = nil
    }

    /// What the thread found when it read its binding back; nil before it has started.
    package var appliedBinding: AppliedBinding? { lock.withLock { applied } }

    // MARK: - On the thread that runs it

    /// So many passes without work and the worker counts as idle, after about a microsecond.
    private static let idleFrom = 16

    private func threadMain() {
        pstp_tls_set(Unmanaged.passUnretained(self).toOpaque())
        bindThread()
        pstp_thread_take_long_slices()
        var idlePasses = 0
        var idleSince: UInt64 = 0
        // Was called to a fork-join since it slept last: more of them may follow.
        var wasCalled = false
        while true {
            // acquiring: pairs with the releasing bitwiseOr in add() and in ForkJoin.invite()
            let flags = doorbell.flags.pointee.load(ordering: .acquiring)
            if flags & Doorbell.inbox != 0 && !takeInbox() { break }
            if state.pointee.pass(state) {
                if idlePasses >= Worker.idleFrom { doorbell.status = .busy }
                idlePasses = 0
                continue
            }
            idlePasses &+= 1
            let spins = state.pointee.spinTicks > 0
            if flags & Doorbell.invitations != 0
                && (idlePasses >= Worker.idleFrom || state.pointee.count == 0 || !spins)
            {
                state.pointee.help(flags)
                doorbell.status = .waiting
                wasCalled = true
                idlePasses = Worker.idleFrom
                idleSince = pstp_ticks()
                continue
            }
            // A thread of the host that forks on this very core has more use for it than a spin.
            if spins && (state.pointee.count > 0 || wasCalled) && !doorbell.isCallersCore {
                // A pause costs as much as a hand-off between cores, so the first passes go
                // without, and the clock is read now and then only.
                if idlePasses == 1 { idleSince = pstp_ticks() }
                if idlePasses == Worker.idleFrom { doorbell.status = .waiting }
                if idlePasses < 512 && idlePasses & 15 != 0 { continue }
                if idlePasses >= 512 { pstp_pause() }
                if pstp_ticks() &- idleSince < state.pointee.spinTicks { continue }
            }
            sleep(atMost: .max)
            doorbell.status = .busy
            wasCalled = false
            idlePasses = 0
        }
    }

    /// Takes what other threads handed over. False: the thread is to end.
    @inline(never) private func takeInbox() -> Bool {
        lock.withLock {
            for task in inbox { append(task) }
            inbox.removeAll(keepingCapacity: true)
            if !stopping {
                doorbell.flags.pointee.bitwiseAnd(Doorbell.invitations, ordering: .relaxed)
            }
            return !stopping || state.pointee.count > 0
        }
    }

    /// The same for a worker without a thread of its own, which nobody calls to a fork-join.
    private func takeInboxIfAny() -> Bool {
        // acquiring: pairs with the releasing bitwiseOr in add()
        doorbell.flags.pointee.load(ordering: .acquiring) == 0 || takeInbox()
    }

    private func append(_ task: UnsafeMutablePointer<Task>) {
        if state.pointee.count == state.pointee.capacity {
            let wider = state.pointee.capacity * 2
            // one pointer per task, not sized by user input
            let memory = UnsafeMutablePointer<UnsafeMutablePointer<Task>>.allocate(capacity: wider)
            memory.moveInitialize(from: state.pointee.tasks, count: state.pointee.count)
            state.pointee.tasks.deallocate()
            state.pointee.tasks = memory
            state.pointee.capacity = wider
        }
        state.pointee.tasks[state.pointee.count] = task
        state.pointee.count += 1
    }

    /// Sleeps until signalled, until a task's deadline, or so long at most; not at all when there
    /// is something to do after all.
    private func sleep(atMost limit: UInt64, unless isOver: () -> Bool = { false }) {
        let waker = state.pointee.waker
        waker.announce()
        if doorbell.flags.pointee.load(ordering: .relaxed) != 0 || isOver()
            || state.pointee.pass(state)
        {
            waker.retract()
            return
        }
        // After the pass, in which an idle task may have set its deadline anew.
        var nanoseconds = limit
        let deadline = state.pointee.earliestDeadline
        if deadline != .max {
            let now = environment.now
            nanoseconds = min(nanoseconds, deadline > now ? deadline - now : 0)
        }
        if nanoseconds == 0 {
            waker.retract()
        } else {
            // Not before the pass, in which it may do something.
            doorbell.status = .parked
            waker.sleep(nanoseconds: nanoseconds > UInt64(Int64.max) ? -1 : Int64(nanoseconds))
            doorbell.status = .busy
            environment.vigil?.signal()
        }
    }

    /// The host's own thread as worker: runs tasks until there is nothing to do or `until` (engine
    /// time) has come. True if there was anything to do.
    package func poll(until: UInt64) -> Bool {
        var any = false
        while takeInboxIfAny() && state.pointee.pass(state) {
            any = true
            if environment.now >= until { break }
        }
        return any
    }

    /// The host's own thread as worker: sleeps until signalled, a task's deadline or `until`; not
    /// at all when `isOver` says so, whose answer changes before a signal.
    package func rest(until: UInt64, unless isOver: () -> Bool) {
        if !takeInboxIfAny() { return }
        let now = environment.now
        if until == .max {
            sleep(atMost: .max, unless: isOver)
        } else if until > now {
            sleep(atMost: until - now, unless: isOver)
        }
    }

    // MARK: - For the simulation

    func simulatedTakeInbox() { _ = takeInboxIfAny() }

    // MARK: - Binding

    private func bindThread() {
        var mask = binding.words
        var error: Int32 = 0
        if !binding.isEmpty { error = pstp_affinity_set(&mask, mask.count) }
        var actual = [UInt64](repeating: 0, count: 64)
        let read = pstp_affinity_get(&actual, actual.count)
        let found = AppliedBinding(
            planned: binding, actual: read == 0 ? ProcessorSet(words: actual) : ProcessorSet(),
            lastProcessor: Int(pstp_current_processor()),
            errorCode: error != 0 ? error : read)
        lock.withLock { applied = found }
    }
}
