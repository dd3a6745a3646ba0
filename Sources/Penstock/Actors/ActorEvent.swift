import PenstockActors
import PenstockRuntime

/// What usually nobody sees of actors.
public struct ActorEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case deadLetter
        /// By the bound of a mailbox.
        case dropped
        /// `text` describes the error that its behaviour threw.
        case failed
        case restarted
        /// Its behaviour has run for longer than `EngineOptions.watchdog`; `time` says how long so
        /// far.
        case blocked
    }

    public let kind: Kind
    public let actor: ActorID
    /// "" if it has none.
    public let name: String
    public let text: String
    public let time: Duration
}

final class ActorObserver: Sendable {
    let handler: @Sendable (ActorEvent) -> Void
    init(_ handler: @escaping @Sendable (ActorEvent) -> Void) { self.handler = handler }
}

let observerTrampoline: PenstockActors.ActorEvent.Handler = { event, user in
    guard let user else { return }
    let event = event.assumingMemoryBound(to: PenstockActors.ActorEvent.self).pointee
    let kind: ActorEvent.Kind
    switch PenstockActors.ActorEvent.Kind(rawValue: event.kind) {
    case .deadLetter: kind = .deadLetter
    case .dropped: kind = .dropped
    case .failed: kind = .failed
    case .restarted: kind = .restarted
    case .blocked: kind = .blocked
    case nil: return
    }
    Unmanaged<ActorObserver>.fromOpaque(user).takeUnretainedValue().handler(
        ActorEvent(
            kind: kind, actor: ActorID(bits: event.actor),
            name: event.name.map { String(cString: $0) } ?? "",
            text: event.text.map { String(cString: $0) } ?? "",
            time: .nanoseconds(event.nanoseconds)))
}

extension Engine {
    /// Tells what usually nobody sees; nil: nobody is told. The closure is called on the thread
    /// where it happens, one event at a time; it must not wait, and causes no events itself. When
    /// this returns the former one is not called any more. Throws `.deadlock` inside a callback.
    public func observeActors(
        _ observer: (@Sendable (ActorEvent) -> Void)?
    ) throws(PenstockError) {
        let host = try actors()
        try translating { () throws(Failure) in try host.observe(observer) }
    }
}
