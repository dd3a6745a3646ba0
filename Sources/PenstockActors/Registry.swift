import PenstockRuntime

/// What is known of actors by name, and of those that are measured.
final class Registry: @unchecked Sendable {
    private let lock = Lock()
    private var actors: [String: ActorRef] = [:]  // guard: lock
    private var names: [ActorRef: (name: String, tag: UInt)] = [:]  // guard: lock
    private var statistics: [ActorRef: ActorStatistics] = [:]  // guard: lock

    /// False: another actor has the name.
    func reserve(_ name: String) -> Bool {
        lock.withLock {
            if actors[name] != nil { return false }
            actors[name] = ActorRef.none
            return true
        }
    }

    func release(_ name: String) { lock.withLock { actors[name] = nil } }

    /// The actor has the reserved name; nobody finds it yet.
    func set(_ name: String, _ actor: ActorRef, tag: UInt) {
        lock.withLock { names[actor] = (name, tag) }
    }

    /// Unless it has ended meanwhile.
    func publish(_ actor: ActorRef) {
        lock.withLock {
            if let name = names[actor]?.name { actors[name] = actor }
        }
    }

    func remove(_ actor: ActorRef) {
        lock.withLock {
            statistics[actor] = nil
            if let name = names.removeValue(forKey: actor)?.name { actors[name] = nil }
        }
    }

    func find(_ name: String) -> (actor: ActorRef, tag: UInt)? {
        lock.withLock {
            guard let actor = actors[name], actor != .none else { return nil }
            return (actor, names[actor]?.tag ?? 0)
        }
    }

    /// "" when it has none.
    func name(of actor: ActorRef) -> String { lock.withLock { names[actor]?.name ?? "" } }

    func measure(_ actor: ActorRef, _ statistics: ActorStatistics) {
        lock.withLock { self.statistics[actor] = statistics }
    }

    func statistics(of actor: ActorRef) -> ActorStatistics? {
        lock.withLock { statistics[actor] }
    }
}
