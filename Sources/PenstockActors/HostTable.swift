import PenstockRuntime

/// The host dispatchers of an engine.
final class HostTable: @unchecked Sendable {
    private let lock = Lock()
    private var places: [HostPlace] = []  // guard: lock
    private var dispatchers: [Int: HostDispatcher] = [:]  // guard: lock
    private var isClosed = false  // guard: lock

    func open(_ system: ActorSystem) throws(Failure) -> HostPlace {
        try lock.withLock { () throws(Failure) in
            if isClosed { throw Failure(.badState, "the actors of the engine were stopped") }
            if let place = places.first(where: { $0.isAdopted }) {
                place.isAdopted = false
                return place
            }
            guard places.count < ActorCore.hostLimit else {
                throw Failure(
                    .notSupported, "an engine has at most \(ActorCore.hostLimit) dispatchers")
            }
            let place = try HostPlace(places.count, system)
            places.append(place)
            return place
        }
    }

    func register(_ dispatcher: HostDispatcher, _ place: HostPlace) {
        lock.withLock { dispatchers[place.index] = dispatcher }
    }

    /// Its program has given it up.
    func adopt(_ place: HostPlace) {
        lock.withLock {
            dispatchers[place.index] = nil
            place.isAdopted = true
        }
    }

    /// By worker 0: what came for those that were given up. True if there was anything.
    func runAdopted() -> Bool {
        lock.withLock {
            var any = false
            for place in places where place.isAdopted {
                if place.worker.runActors(activations: 64, messages: 128, until: .max) {
                    any = true
                }
            }
            return any
        }
    }

    /// Nobody runs actors in them any more when this returns.
    func close() {
        let open = lock.withLock {
            isClosed = true
            return Array(dispatchers.values)
        }
        for dispatcher in open { dispatcher.systemEnds() }
    }

    /// The engine's end.
    func release() {
        lock.withLock {
            dispatchers = [:]
            places = []
        }
    }
}
