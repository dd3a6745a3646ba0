import CPenstockPlatform
package import PenstockRuntime
import Synchronization

/// The actors of one engine, on the same workers as its graphs.
package final class ActorSystem: Engine.Work, @unchecked Sendable {
    private let engine: Engine
    private let core: UnsafeMutablePointer<ActorCore>
    private let tasks: UnsafeMutablePointer<Task>
    private let lock = Lock()
    private var hasEnded = false  // guard: lock
    /// Who has it is the one that may wait for `ended`.
    private let waiting = Lock()

    /// Engines are told apart by the generations of their first slots.
    private static let serial = Atomic<UInt32>(0)

    /// `memoryLimit`: bytes that actors and messages may take.
    package init(engine: Engine, memoryLimit: Int = .max) throws(Failure) {
        let workers = try engine.allWorkers("actors")
        guard workers.count < Header.poolLimit else {
            throw Failure(.notSupported, "actors run on \(Header.poolLimit - 1) workers at most")
        }
        let serial = Self.serial.add(1, ordering: .relaxed).newValue
        guard let ended = Waker(environment: engine.environment),
            let table = CellTable(firstGeneration: serial &* 0x1_0003 & 0xff_ffff)
        else { throw Failure(.noMemory, "no memory for actors") }
        self.engine = engine
        let count = workers.count
        let words = (count + 63) / 64
        core = .allocate(capacity: 1)
        tasks = .allocate(capacity: count)
        let idle = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: words)
        for word in 0..<words { (idle + word).initialize(to: Atomic(0)) }
        let outside = UnsafeMutablePointer<OutsideLane>.allocate(capacity: 1)
        let doors = UnsafeMutablePointer<UnsafeMutablePointer<WorkerDoor>>.allocate(
            capacity: count + 1)
        for i in 0...count {
            doors[i] = .allocate(capacity: 1)
            doors[i].initialize(
                to: WorkerDoor(
                    index: UInt32(i),
                    waker: i < count ? workers[i].state.pointee.waker : ended))
        }
        outside.initialize(to: OutsideLane(index: count, door: doors[count]))
        let all = UnsafeMutablePointer<UnsafeMutablePointer<ActorWorker>>.allocate(capacity: count)
        core.initialize(
            to: ActorCore(
                table: table,
                budget: MemoryBudget(limit: memoryLimit, environment: engine.environment),
                workerCount: count, workers: all, doors: doors, outside: outside, idle: idle,
                idleWords: words,
                isEnding: Atomic(false), running: Atomic(count), ended: ended,
                isAwaited: Atomic(false)))
        for i in 0..<count {
            let chains = UnsafeMutablePointer<NodeChain>.allocate(capacity: count + 1)
            chains.initialize(repeating: NodeChain(), count: count + 1)
            all[i] = .allocate(capacity: 1)
            all[i].initialize(
                to: ActorWorker(
                    index: UInt32(i), core: core, door: doors[i],
                    clock: engine.environment.clock, chains: chains))
            (tasks + i).initialize(
                to: Task(run: actorTask, context: UnsafeMutableRawPointer(all[i])))
        }
        do throws(Failure) {
            try engine.add(self)
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
    }

    // MARK: - From any thread that runs no actor

    /// Round the workers, unless a slot of an earlier actor is free. nil: no memory.
    package func spawn(
        _ behaviour: Behaviour, _ state: UnsafeMutableRawPointer?,
        destroy: Destroy? = nil
    ) -> ActorRef? {
        let birth = Birth(behaviour: behaviour, state: state, destroy: destroy)
        let lane = core.pointee.outside
        return lane.pointee.lock.withLock {
            let owner = lane.pointee.turn
            guard let slot = core.pointee.table.take(owner: UInt32(owner), core.pointee.budget)
            else { return nil }
            let cell = slot.cell
            let ref = ActorRef(
                slot: cell.pointee.slot,
                generation: cell.pointee.generation.load(ordering: .relaxed))
            if slot.isFresh {
                lane.pointee.turn = owner + 1 == core.pointee.workerCount ? 0 : owner + 1
                cell.begin(birth)
                lane.pointee.counts.spawned += 1
                return ref
            }
            // A worker owns it and may be about to clear its mailbox.
            guard let node = lane.pointee.pool.take(core.pointee.budget) else {
                core.pointee.table.put(cell, cell)
                return nil
            }
            node.pointee.header.replace(
                by: Header(generation: ref.generation, kind: .birth, size: 0, type: 0))
            node.payload.storeBytes(of: birth, as: Birth.self)
            if cell.pushShared(node) { core.pointee.post(cell, by: Cell.postedFromOutside) }
            return ref
        }
    }

    /// Bytes that actors and messages take.
    package var memoryBytes: Int { core.pointee.budget.usedBytes }

    /// A copy of `size` bytes, at most 48.
    package func send(
        to ref: ActorRef, type: UInt16 = 0, _ data: UnsafeRawPointer? = nil, _ size: Int = 0
    ) -> SendResult {
        send(to: ref, .plain, type, size) { copyInline(from: data, size, to: $0) }
    }

    /// Memory that the actor's worker destroys after the behaviour has seen it, or at once when the
    /// message is a dead letter. With `.noMemory` it stays the caller's.
    package func sendOwned(
        to ref: ActorRef, type: UInt16, _ data: UnsafeMutableRawPointer?, _ size: Int,
        destroy: (@convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void)?,
        user: UnsafeMutableRawPointer?
    ) -> SendResult {
        let payload = OwnedPayload(data: data, size: size, destroy: destroy, user: user)
        let result = send(to: ref, .owned, type, MemoryLayout<OwnedPayload>.size) {
            $0.storeBytes(of: payload, as: OwnedPayload.self)
        }
        if result == .stale { destroy?(data, user) }
        return result
    }

    /// The actor ends after the messages that were sent to it before.
    package func stop(_ ref: ActorRef) -> SendResult { send(to: ref, .stop, 0, 0) { _ in } }

    private func send(
        to ref: ActorRef, _ kind: Header.Kind, _ type: UInt16, _ size: Int,
        _ fill: (UnsafeMutableRawPointer) -> Void
    ) -> SendResult {
        let lane = core.pointee.outside
        let counts = kind == .plain || kind == .owned
        return lane.pointee.lock.withLock {
            guard let cell = core.pointee.table.cell(ref.slot),
                cell.pointee.generation.load(ordering: .relaxed) & 0xff_ffff == ref.generation
            else {
                if counts {
                    lane.pointee.counts.sent += 1
                    lane.pointee.counts.deadLetters += 1
                }
                return .stale
            }
            guard let node = lane.pointee.pool.take(core.pointee.budget) else { return .noMemory }
            if counts { lane.pointee.counts.sent += 1 }
            node.pointee.header.replace(
                by: Header(generation: ref.generation, kind: kind, size: size, type: type))
            fill(node.payload)
            if cell.pushShared(node) {
                core.pointee.post(cell, by: Cell.postedFromOutside)
            }
            return .sent
        }
    }

    /// Waits until no actor has anything to do, at most so long; false when the time is over. Says
    /// something only about a moment at which nobody sends from outside.
    package func awaitQuiescence(nanoseconds: UInt64) -> Bool {
        let environment = engine.environment
        if let simulation = environment.simulation {
            let end = simulation.now &+ nanoseconds
            while simulation.exclusively({ simulation.step() }) {
                if simulation.now >= end { return core.pointee.isQuiescent }
            }
            return core.pointee.isQuiescent
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

    /// No behaviour runs afterwards; what was not delivered is a dead letter. Not to be called by an
    /// actor.
    package func stop() -> ActorCounts {
        lock.withLock {
            if !hasEnded {
                hasEnded = true
                core.pointee.isEnding.store(true, ordering: .releasing)
                core.pointee.ended.signal()
                for i in 0..<core.pointee.workerCount {
                    core.pointee.doors[i].pointee.waker.signal()
                }
                waiting.withLock { waitForWorkers() }
                core.pointee.discardAll()
            }
            return core.pointee.counts
        }
    }

    package var isOver: Bool { lock.withLock { hasEnded } }

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
    let any = actors.runActors(
        activations: state.pointee.blockLimit, messages: min(state.pointee.spanLimit, 128),
        until: actors.pointee.clock.now &+ state.pointee.activationNanoseconds)
    return any ? Task.Outcome.progress.rawValue : Task.Outcome.idle.rawValue
}
