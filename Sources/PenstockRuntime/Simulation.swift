import CPenstockPlatform
import Synchronization

/// The simulated executor: all workers on one thread, in virtual time, everything that could happen
/// in another order on real threads chosen by a seed. Guard: `exclusively`, held by the thread that
/// steps.
package final class Simulation: @unchecked Sendable {
    package let seed: UInt64
    private let lock = Lock()
    /// The thread inside `exclusively`; 0: none.
    private let owner = Atomic<UInt>(0)
    /// Relaxed: written by the thread that steps, read by any that asks for the time.
    private let time = Atomic<UInt64>(0)
    package private(set) var now: UInt64 {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }
    private var random: Random
    private let allocationFailure: Double
    /// Fork-joins that threads outside of a step called.
    let outsideForks = Atomic<UInt64>(0)
    private var workers: [Simulated] = []

    /// One simulated worker. Its waker refers to it, so the worker keeps it alive.
    private final class Simulated: @unchecked Sendable {
        unowned let worker: Worker
        unowned let simulation: Simulation
        /// When it may run next; `.max`: asleep until signalled.
        var wakeAt: UInt64 = 0
        /// Signalled by a thread that does not step; the next step sees to it.
        let isSignalled = Atomic<Bool>(false)

        init(_ worker: Worker, _ simulation: Simulation) {
            self.worker = worker
            self.simulation = simulation
        }
    }

    package init(seed: UInt64, allocationFailure: Double) {
        self.seed = seed
        self.allocationFailure = allocationFailure
        random = Random(seed: seed)
    }

    /// How to ask for the same run again.
    package var replay: String {
        let failure = allocationFailure > 0 ? ",alloc=\(allocationFailure)" : ""
        return "PST_EXECUTOR=simulated:\(seed)\(failure)"
    }

    package func allocationFails() -> Bool {
        allocationFailure > 0 && exclusively { random.chance(allocationFailure) }
    }

    /// True inside `exclusively`: on this thread something waits for the current step to end.
    package var isOwned: Bool { owner.load(ordering: .relaxed) == UInt(pstp_thread_token()) }

    /// One thread at a time; at once for a callback, whose thread steps already.
    package func exclusively<Result, Error>(
        _ body: () throws(Error) -> Result
    ) throws(Error) -> Result {
        if isOwned { return try body() }
        return try lock.withLock { () throws(Error) -> Result in
            owner.store(UInt(pstp_thread_token()), ordering: .relaxed)
            defer { owner.store(0, ordering: .relaxed) }
            return try body()
        }
    }

    /// A number in 0..<bound, for choices that the code under test leaves open.
    package func choose(_ bound: Int) -> Int { random.below(bound) }

    package func adopt(_ worker: Worker) {
        let simulated = Simulated(worker, self)
        workers.append(simulated)
        worker.simulationLink = simulated
        worker.state.pointee.waker.setNotify(
            { raw in
                let it = Unmanaged<Simulated>.fromOpaque(raw).takeUnretainedValue()
                let simulation = it.simulation
                // Nothing here is for threads that do not step: host threads that push, cancel, …
                if !simulation.isOwned {
                    // releasing: pairs with the exchange in step()
                    it.isSignalled.store(true, ordering: .releasing)
                    return
                }
                // One wake-up in four comes late.
                let late = simulation.random.below(4) == 0 ? simulation.random.below(20_000) : 0
                it.wakeAt = min(it.wakeAt, simulation.now + UInt64(late))
            }, Unmanaged.passUnretained(simulated).toOpaque())
    }

    package func dismiss(_ worker: Worker) {
        workers.removeAll { $0.worker === worker }
    }

    /// One activation of one task. False: nothing can happen any more, ever, without the host.
    /// `limit`: the time until which the caller waits; when all sleep longer, it comes first.
    package func step(until limit: UInt64 = .max) -> Bool {
        // A sleeping worker may wake for no reason.
        if !workers.isEmpty && random.below(64) == 0 {
            let it = workers[random.below(workers.count)]
            it.wakeAt = min(it.wakeAt, now)
        }
        var ready = 0
        var earliest = UInt64.max
        for it in workers {
            if it.isSignalled.exchange(false, ordering: .acquiring) {
                it.wakeAt = min(it.wakeAt, now)
            }
            if it.wakeAt <= now { ready += 1 }
            earliest = min(earliest, it.wakeAt)
        }
        if ready == 0 {
            if earliest > limit {
                now = max(now, limit)
                return true
            }
            if earliest == .max { return false }
            now = earliest
            return true
        }
        var pick = random.below(ready)
        for it in workers where it.wakeAt <= now {
            if pick == 0 {
                advance(it)
                break
            }
            pick -= 1
        }
        now += UInt64(1 + random.below(2000))
        return true
    }

    private func advance(_ it: Simulated) {
        it.worker.state.pointee.waker.retract()
        it.worker.simulatedTakeInbox()
        let state = it.worker.state
        if state.pointee.count > 0 {
            limit(state)
            let outcome = state.pointee.runTask(random.below(state.pointee.count), state)
            if outcome != Task.Outcome.idle.rawValue { return }
            // Idle: is all of it idle? Ask the others once, as a worker does before it sleeps.
            if passes(state) { return }
        }
        let waker = state.pointee.waker
        it.wakeAt = .max
        waker.announce()
        it.worker.simulatedTakeInbox()
        if passes(state) {
            waker.retract()
            it.wakeAt = now
        } else if state.pointee.earliestDeadline != .max {
            // A timer may fire up to 10 microseconds late.
            let late = UInt64(random.below(10_000))
            it.wakeAt = min(it.wakeAt, max(state.pointee.earliestDeadline, now) + late)
        }
    }

    private func passes(_ state: UnsafeMutablePointer<WorkerState>) -> Bool {
        limit(state)
        return state.pointee.pass(state)
    }

    /// Small activations of small spans, so that tasks interleave in many ways.
    private func limit(_ state: UnsafeMutablePointer<WorkerState>) {
        state.pointee.blockLimit = 1 + random.below(3)
        state.pointee.spanLimit = random.below(4) == 0 ? 1 << 20 : 1 + random.below(7)
    }
}
