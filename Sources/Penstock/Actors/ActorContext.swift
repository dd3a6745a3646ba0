import PenstockActors
import PenstockRuntime

/// What a behaviour can do while it runs: send, ask, spawn, watch, wait. Given to each call of a
/// behaviour, for that call; it cannot be kept.
///
/// What is done here costs less than the same through the engine, which behaviours may use as well.
/// Functions of the engine that wait throw `.deadlock` inside a behaviour.
public struct ActorContext<B: ActorHooks>: ~Copyable {
    @usableFromInline let raw: UnsafeMutableRawPointer
    /// The `ActorBox` of the behaviour that runs.
    @usableFromInline let box: UnsafeMutableRawPointer
    @usableFromInline let memory: UnsafeMutableRawPointer

    @inlinable @inline(__always) init(
        _ raw: UnsafeMutableRawPointer, _ box: UnsafeMutableRawPointer,
        _ memory: UnsafeMutableRawPointer
    ) {
        self.raw = raw
        self.box = box
        self.memory = memory
    }

    var core: PenstockActors.ActorContext { PenstockActors.ActorContext(raw) }

    /// The actor that runs.
    public var me: ActorRef<B.Message> { ActorRef(bits: core.me.bits) }

    /// The engine's time, which in a simulation is virtual.
    public var now: Duration { .nanoseconds(core.now) }

    /// The engine's actors are being stopped.
    public var isStopping: Bool { core.isEnding }

    // MARK: - The end

    /// The actor that runs ends after this call.
    public func stop() { core.stop() }

    /// Another one ends; false when it is gone. Throws `.outOfMemory`.
    @discardableResult
    public func stop(_ actor: ActorID, _ mode: StopMode = .afterMessages) throws(PenstockError)
        -> Bool
    { try ended(core.stop(.init(bits: actor.bits), now: mode == .now)) }

    @discardableResult
    public func stop<Message>(
        _ actor: ActorRef<Message>, _ mode: StopMode = .afterMessages
    ) throws(PenstockError) -> Bool { try stop(actor.id, mode) }

    // MARK: - Watching

    /// `down` is called once when the other one is gone, after everything that it sent to this one;
    /// at once if it is gone. Watching twice is watching once. Throws `.outOfMemory`.
    ///
    /// An actor that was spawned with a closure has no `down`.
    public func watch(_ actor: ActorID) throws(PenstockError) {
        guard core.watch(.init(bits: actor.bits)) else { throw .noActorMemory }
    }

    public func watch<Message>(_ actor: ActorRef<Message>) throws(PenstockError) {
        try watch(actor.id)
    }

    /// From here on `down` is not called for it.
    public func unwatch(_ actor: ActorID) { core.unwatch(.init(bits: actor.bits)) }

    public func unwatch<Message>(_ actor: ActorRef<Message>) { unwatch(actor.id) }

    // MARK: - Names

    /// The actor of this name; nil when nobody has it. Throws `.typeMismatch` when its messages are
    /// of another type.
    public func find<Message>(
        _ name: String, of _: Message.Type
    ) throws(PenstockError) -> ActorRef<Message>? {
        try typed(core.find(name), name)
    }
}

/// When an actor ends that is told to.
public enum StopMode: Sendable, Hashable {
    /// After the messages that were sent to it before.
    case afterMessages
    /// After the message that it handles now.
    case now
}

/// Of a stop: whether there was somebody.
func ended(_ result: SendResult) throws(PenstockError) -> Bool {
    switch result {
    case .sent, .dropped: return true
    case .stale: return false
    default: throw PenstockError(sending: result)
    }
}

/// What a name leads to, with the type of its messages.
func typed<Message>(
    _ found: (actor: PenstockActors.ActorRef, tag: UInt)?, _ name: String
) throws(PenstockError) -> ActorRef<Message>? {
    guard let found else { return nil }
    guard found.tag == messageTag(Message.self) else {
        throw PenstockError(
            .typeMismatch, "the messages of the actor '\(name)' are not of the type \(Message.self)"
        )
    }
    return ActorRef(bits: found.actor.bits)
}

/// Tells the types of messages apart.
func messageTag<Message>(_: Message.Type) -> UInt {
    UInt(bitPattern: ObjectIdentifier(Message.self))
}

extension Down {
    @usableFromInline init(at data: UnsafeRawPointer) {
        let down = data.load(as: PenstockActors.Down.self)
        actor = ActorID(bits: down.actor)
        switch Status(rawValue: down.reason) {
        case .ok: reason = .stopped
        case .stale: reason = .gone
        case .noMemory: reason = .notWatched
        default: reason = .failed
        }
    }
}
