import CPenstockPlatform
package import PenstockRuntime
import Synchronization

/// Runs actors on whatever thread polls it, one at a time.
package final class HostDispatcher: @unchecked Sendable {
    package let system: ActorSystem
    private let place: HostPlace
    private let lock = Lock()
    private var isPolled = false  // guard: lock
    private var isClosed = false  // guard: lock
    /// The actor whose asks are the host's. Guard: lock.
    private var asker = ActorRef.none

    package init(_ system: ActorSystem) throws(Failure) {
        self.system = system
        place = try system.hosts.open(system)
        place.worker.pointee.isGivenUp = false
        place.waker.announce()
        system.hosts.register(self, place)
    }

    /// Readable while there may be something to do.
    package var descriptor: Int32 { place.descriptor }

    /// The set of workers that is this dispatcher alone.
    func set(for core: UnsafeMutablePointer<ActorCore>) throws(Failure) -> UInt8 {
        guard core == system.core else {
            throw Failure(.invalid, "options.dispatcher is another engine's")
        }
        guard !lock.withLock({ isClosed }) else {
            throw Failure(.badHandle, "options.dispatcher is not a live dispatcher")
        }
        return ActorCore.firstHostSet + UInt8(place.index)
    }

    // MARK: - Polling

    /// How many messages were handled: up to `limit`, after waiting up to `timeout` for the first.
    package func poll(limit: Int, timeout: UInt64) throws(Failure) -> Int {
        try enter()
        defer { leave() }
        let simulation = system.engine.environment.simulation
        let start = system.engine.environment.now
        let (end, isForEver) = start.addingReportingOverflow(timeout)
        while true {
            let handled = run(limit)
            if handled > 0 { return handled }
            if isOver { throw Failure(.badState, "the actors of the engine were stopped") }
            let passed = system.engine.environment.now &- start
            if passed >= timeout { return 0 }
            if let simulation {
                let goesOn = simulation.exclusively {
                    simulation.step(until: isForEver ? .max : end)
                }
                if !goesOn { return 0 }
            } else {
                place.sleep(timeout == .max ? .max : timeout - passed)
            }
        }
    }

    private func enter() throws(Failure) {
        if system.isCalledFromInside {
            throw Failure(.deadlock, "pst_dispatcher_poll was called from inside a callback")
        }
        try lock.withLock { () throws(Failure) in
            if isClosed { throw Failure(.badState, "the actors of the engine were stopped") }
            if isPolled { throw Failure(.busy, "another thread polls the dispatcher") }
            isPolled = true
        }
    }

    private func leave() { lock.withLock { isPolled = false } }

    private var isOver: Bool { system.core.pointee.isEnding.load(ordering: .acquiring) }

    /// Until there is nothing to do or `limit` messages were handled.
    private func run(_ limit: Int) -> Int {
        inside { runInside(limit) }
    }

    private func runInside(_ limit: Int) -> Int {
        let first = place.worker.pointee.handled
        place.waker.retract()
        place.hush()
        while !isOver {
            let left = limit - Int(place.worker.pointee.handled &- first)
            let any = step(max(0, left))
            if left > 0 && any { continue }
            place.waker.announce()
            if !place.worker.hasSomething { break }
            place.waker.retract()
            if left > 0 { continue }
            // There is more.
            place.ring()
            break
        }
        return Int(place.worker.pointee.handled &- first)
    }

    /// With nothing left it takes what has come, and may find that there is nothing more to do.
    private func step(_ left: Int) -> Bool {
        func run() -> Bool {
            place.worker.runActors(
                activations: min(left, 1), messages: min(left, 128), until: .max)
        }
        guard let simulation = system.engine.environment.simulation else { return run() }
        return simulation.exclusively { run() }
    }

    // MARK: - Asking

    /// The actor whose asks are answered inside `poll`.
    func askingActor() throws(Failure) -> ActorRef {
        try lock.withLock { () throws(Failure) in
            if isClosed { throw Failure(.badState, "the actors of the engine were stopped") }
            if asker != .none { return asker }
            asker = try system.spawnAsker(set: ActorCore.firstHostSet + UInt8(place.index))
            return asker
        }
    }

    // MARK: - The end

    /// Ends its actors, on this thread; what comes for it later worker 0 disposes of.
    package func close() throws(Failure) {
        do throws(Failure) {
            try enter()
        } catch {
            // They have ended already.
            if error.status == .badState { return }
            throw error
        }
        defer { leave() }
        lock.withLock { isClosed = true }
        let simulation = system.engine.environment.simulation
        place.worker.pointee.isGivenUp = true
        while !isOver && place.worker.hasActors {
            stopAll()
            // Those that are on their way here end when they arrive, or when all are looked at
            // again.
            if run(.max) > 0 || !place.worker.hasActors { continue }
            if let simulation {
                _ = simulation.exclusively { simulation.step() }
            } else {
                place.sleep(1_000_000)
            }
        }
        system.hosts.adopt(place)
    }

    private func stopAll() {
        inside {
            let limit = system.core.pointee.tables.cells.count
            guard let simulation = system.engine.environment.simulation else {
                return place.worker.stopAll(limit: limit)
            }
            simulation.exclusively { place.worker.stopAll(limit: limit) }
        }
    }

    /// What runs now is a callback's call: waiting in it would be for itself.
    private func inside<Result>(_ body: () -> Result) -> Result {
        let before = pstp_tls_get()
        pstp_tls_set(Unmanaged.passUnretained(self).toOpaque())
        defer { pstp_tls_set(before) }
        return body()
    }

    /// The system ends: waits for the thread inside, and lets nobody in.
    func systemEnds() {
        while lock.withLock({ () -> Bool in
            if !isPolled { isClosed = true }
            return isPolled
        }) {
            place.ring()
            pstp_pause()
        }
    }
}
