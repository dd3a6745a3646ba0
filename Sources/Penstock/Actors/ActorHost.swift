import PenstockActors
import PenstockRuntime
import Synchronization

/// The actors of an engine, as this module has them.
final class ActorHost: @unchecked Sendable {
    let system: ActorSystem
    private let lock = Lock()
    private var desk: AskDesk?  // guard: lock
    /// The engine may be calling it.
    private var observer: ActorObserver?  // guard: observing
    private let observing = Lock()

    init(_ system: ActorSystem) { self.system = system }

    func askDesk() throws(PenstockError) -> AskDesk {
        try translating { () throws(Failure) in
            try lock.withLock { () throws(Failure) in
                if let desk { return desk }
                let made = try AskDesk(system)
                desk = made
                return made
            }
        }
    }

    var counts: ActorCounts { counts(system.counts) }

    /// Without the actors that are this module's own.
    func counts(_ counts: PenstockActors.ActorCounts) -> ActorCounts {
        let own: UInt64 = lock.withLock { desk == nil ? 0 : 1 }
        return ActorCounts(counts, bytes: system.memoryBytes, own: own, isOver: system.isOver)
    }

    func observe(_ handler: (@Sendable (ActorEvent) -> Void)?) throws(Failure) {
        // Not with the lock held while a callback waits for it.
        if system.isCalledFromInside {
            throw Failure(.deadlock, "an observer is set from inside an engine's callback")
        }
        try observing.withLock { () throws(Failure) in
            let next = handler.map(ActorObserver.init)
            try system.observe(
                next == nil ? nil : observerTrampoline,
                next.map { Unmanaged.passUnretained($0).toOpaque() })
            // The one before is not called any more.
            observer = next
        }
    }
}

extension Engine {
    /// Made when they are first needed.
    func actors() throws(PenstockError) -> ActorHost {
        if core.isForeign {
            throw PenstockError(
                .forked, "the engine was made before fork(); the child has no workers")
        }
        if let host = actorHost.load() { return host }
        let system = try translating { () throws(Failure) in
            try core.companion { () throws(Failure) in
                try ActorSystem(
                    engine: core, memoryLimit: core.options.actorBytes,
                    watchdog: core.options.watchdogNanoseconds)
            }
        }
        return actorHost.storeIfNil(ActorHost(system))
    }
}
