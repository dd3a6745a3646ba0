import CPenstockPlatform
package import PenstockRuntime
import Synchronization

/// The actors of one engine, on the same workers as its graphs.
package final class ActorSystem: Engine.Work, @unchecked Sendable {
    package let engine: Engine
    let core: UnsafeMutablePointer<ActorCore>
    /// What threads that run no actors send by, one at a time.
    let outside: UnsafeMutablePointer<ActorWorker>
    let outsideLock = Lock()
    /// Whose turn it is to own an actor that is spawned from outside. Guard: outsideLock.
    var turn: UInt32 = 0
    let events = EventTap()
    let registry = Registry()
    /// Of host threads that wait for an answer.
    let wakers = WakerPool()

    private let workerSets: WorkerSets
    private let tasks: UnsafeMutablePointer<Task>
    private let watchdog: Watchdog?
    private let relief: Relief?
    private let lock = Lock()
    /// Written under the lock, and read without it: who holds it may wait for a callback that asks.
    private let hasEnded = Atomic<Bool>(false)
    private var finalCounts = ActorCounts()  // written before hasEnded
    /// Who has it is the one that may wait for `ended`.
    private let waiting = Lock()
    let hosts = HostTable()

    /// Engines are told apart by the generations of their first slots.
    private static let serial = Atomic<UInt32>(0)

    /// `memoryLimit`: bytes that actors and messages may take. `watchdog`: how long a behaviour may
    /// run before somebody is told; 0: nobody ever is.
    package init(
        engine: Engine, memoryLimit: Int = .max, watchdog nanoseconds: UInt64 = 0
    ) throws(Failure) {
        let workers = try engine.allWorkers("actors")
        let most = NodePool.limit - ActorCore.hostLimit - 1
        guard workers.count <= most else {
            throw Failure(.notSupported, "actors run on \(most) workers at most")
        }
        let serial = Self.serial.add(1, ordering: .relaxed).newValue
        let generation = max(1, serial &* 0x1_0003 & ActorRef.generationMask)
        guard let ended = Waker(environment: engine.environment),
            let tables = ActorCore.Tables(firstGeneration: generation),
            let room = pstp_alloc(1, 128, 128)
        else { throw Failure(.noMemory, "no memory for actors") }
        self.engine = engine
        let count = workers.count
        core = .allocate(capacity: 1)
        let words = (count + 63) / 64
        let sets = UnsafeMutablePointer<UInt64>.allocate(capacity: words * ActorCore.setLimit)
        sets.initialize(repeating: 0, count: words * ActorCore.setLimit)
        workerSets = WorkerSets(
            machine: engine.machine, workers: workers, words: sets, wordCount: words)
        core.initialize(
            to: ActorCore(
                engine: engine, tables: tables, memoryLimit: memoryLimit, workerCount: count,
                sets: sets, ended: ended,
                room: room.bindMemory(to: Atomic<UInt32>.self, capacity: 1),
                events: events, registry: registry, workerSets: workerSets,
                hosts: hosts, isWatched: nanoseconds > 0 && !engine.isSimulated))
        core.pointee.makeDoors(workers)
        tasks = .allocate(capacity: count)
        for i in 0..<count {
            let worker = core.makeWorker(i, engine.environment.clock)
            (tasks + i).initialize(
                to: Task(run: actorTask, context: UnsafeMutableRawPointer(worker)))
            worker.pointee.task = tasks + i
            worker.pointee.turnNanoseconds = engine.isSimulated ? 0 : ActorWorker.longTurn
        }
        outside = core.makeWorker(core.pointee.outsideIndex, engine.environment.clock)
        watchdog =
            core.pointee.isWatched
            ? Watchdog(core: core, nanoseconds: nanoseconds, environment: engine.environment) : nil
        relief = Relief(core: core, environment: engine.environment)
        do throws(Failure) {
            try engine.add(self)
            try watchdog?.start()
            try relief?.start()
        } catch {
            core.pointee.running.store(0, ordering: .relaxed)
            throw error
        }
        for (i, worker) in workers.enumerated() { worker.add([tasks + i]) }
    }

    deinit {
        _ = stop()
        core.pointee.release()
        core.deinitialize(count: 1)
        core.deallocate()
        tasks.deallocate()
        wakers.free()
    }

    /// Bytes that actors and messages take.
    package var memoryBytes: Int { core.pointee.budget.usedBytes }

    package var counts: ActorCounts {
        // acquiring: pairs with the store in stop
        if hasEnded.load(ordering: .acquiring) { return finalCounts }
        return outsideLock.withLock { core.pointee.publishedCounts }
    }

    /// Tells `handler` from here on; when this returns the one before is not running any more.
    package func observe(
        _ handler: ActorEvent.Handler?, _ user: UnsafeMutableRawPointer?
    ) throws(Failure) {
        if isCalledFromInside {
            throw Failure(.deadlock, "pst_actors_observe was called from inside a callback")
        }
        events.observe(handler, user)
    }

    /// Is the calling thread inside a callback of some engine's, or of what is told?
    package var isCalledFromInside: Bool {
        pstp_tls_get() != nil || engine.environment.simulation?.isOwned == true
    }

    /// Waits until no actor has anything to do, at most so long; false when the time is over. Says
    /// something only about a moment at which nobody sends from outside.
    package func awaitQuiescence(nanoseconds: UInt64) -> Bool {
        if lookForQuiescence(nanoseconds) { return true }
        // They are being stopped: afterwards they have nothing to do.
        if nanoseconds == .max && core.pointee.isEnding.load(ordering: .acquiring) {
            lock.withLock {}
        }
        return isOver
    }

    private func lookForQuiescence(_ nanoseconds: UInt64) -> Bool {
        let environment = engine.environment
        if let simulation = environment.simulation {
            let (end, overflow) = simulation.now.addingReportingOverflow(nanoseconds)
            while !core.pointee.isQuiescent {
                let goesOn = simulation.exclusively {
                    simulation.step(until: overflow ? .max : end)
                }
                if !goesOn { return core.pointee.isQuiescent }
                if simulation.now >= end && !overflow { return core.pointee.isQuiescent }
            }
            return true
        }
        return waiting.withLock {
            let start = environment.now
            core.pointee.isAwaited.store(true, ordering: .relaxed)
            defer { core.pointee.isAwaited.store(false, ordering: .relaxed) }
            while !core.pointee.isQuiescent {
                if core.pointee.isEnding.load(ordering: .acquiring) { return false }
                let passed = environment.now &- start
                if passed >= nanoseconds { return false }
                core.pointee.ended.announce()
                if core.pointee.isQuiescent || core.pointee.isEnding.load(ordering: .acquiring) {
                    core.pointee.ended.retract()
                    continue
                }
                let left = min(nanoseconds - passed, UInt64(Int64.max))
                core.pointee.ended.sleep(nanoseconds: Int64(left))
            }
            return true
        }
    }

    // MARK: - The end

    /// Lets the actors finish what is under way, at most for `deadline`. No behaviour runs
    /// afterwards; what was not delivered is a dead letter. Not to be called by an actor.
    package func stop(deadline: UInt64 = 0) -> ActorCounts {
        core.pointee.isClosed.store(true, ordering: .sequentiallyConsistent)
        core.pointee.wakeAllForRoom()
        if deadline > 0 && !isOver { _ = awaitQuiescence(nanoseconds: deadline) }
        return lock.withLock {
            if !isOver {
                core.pointee.isEnding.store(true, ordering: .releasing)
                core.pointee.ended.signal()
                for i in 0..<core.pointee.workerCount {
                    core.pointee.doors[i].pointee.waker.signal()
                }
                watchdog?.stop()
                relief?.stop()
                hosts.close()
                waiting.withLock { waitForWorkers() }
                // Nobody runs actors any more, and nobody comes: those that were let in are done.
                outsideLock.withLock {}
                inside { core.pointee.discardAll(beforeLast: { outsideLock.withLock {} }) }
                hosts.release()
                finalCounts = outsideLock.withLock { core.pointee.counts }
                // releasing: the counts
                hasEnded.store(true, ordering: .releasing)
            }
            return finalCounts
        }
    }

    /// What is called now is a callback: waiting in it would be for itself.
    private func inside(_ body: () -> Void) {
        let before = pstp_tls_get()
        pstp_tls_set(Unmanaged.passUnretained(self).toOpaque())
        defer { pstp_tls_set(before) }
        body()
    }

    /// Made before a fork, and this is the child.
    package var isForeign: Bool { engine.isForeign }

    package var isOver: Bool { hasEnded.load(ordering: .acquiring) }

    package func end(on engine: Engine) { _ = stop() }

    private func waitForWorkers() {
        let environment = engine.environment
        while core.pointee.running.load(ordering: .acquiring) > 0 {
            if let simulation = environment.simulation {
                simulation.exclusively { _ = simulation.step() }
                continue
            }
            core.pointee.ended.announce()
            if core.pointee.running.load(ordering: .acquiring) > 0 {
                core.pointee.ended.sleep(nanoseconds: -1)
            } else {
                core.pointee.ended.retract()
            }
        }
    }
}

/// A worker's activation of its actors.
private func actorTask(_ context: UnsafeMutableRawPointer, _ worker: UnsafeMutableRawPointer)
    -> Int32
{
    let actors = context.assumingMemoryBound(to: ActorWorker.self)
    let state = worker.assumingMemoryBound(to: WorkerState.self)
    let core = actors.pointee.core
    // acquiring: pairs with the store in stop()
    if core.pointee.isEnding.load(ordering: .acquiring) {
        let ended = core.pointee.ended
        // releasing: what this worker did with its actors is the caller's of stop() then
        if core.pointee.running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            ended.signal()
        }
        return Task.Outcome.done.rawValue
    }
    actors.enter()
    defer { actors.leave() }
    let any = actors.runActors(
        activations: state.pointee.blockLimit,
        messages: min(state.pointee.spanLimit, ActorWorker.turnMessages),
        until: actors.pointee.clock.now &+ state.pointee.activationNanoseconds)
    if core.pointee.isSimulated && actors.pointee.isIdle { actors.relieveAtRandom() }
    let adopted =
        actors.pointee.index == 0 && core.pointee.adopted.load(ordering: .acquiring) != 0
        && core.pointee.hosts._withUnsafeGuaranteedRef { $0.runAdopted() }
    actors.pointee.task?.pointee.deadline = actors.pointee.timers.earliest
    return any || adopted ? Task.Outcome.progress.rawValue : Task.Outcome.idle.rawValue
}
