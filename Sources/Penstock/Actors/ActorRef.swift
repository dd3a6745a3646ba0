/// Names an actor that takes messages of one type. It may be held, copied and sent anywhere, also
/// inside messages; when the actor is gone the name is stale and never somebody else's.
///
/// Eight bytes without a reference: it keeps neither the actor nor the engine, and copying it costs
/// nothing. For the engine that it came from.
public struct ActorRef<Message: Sendable>: Sendable, Hashable, BitwiseCopyable {
    @usableFromInline let bits: UInt64

    @inlinable init(bits: UInt64) { self.bits = bits }

    /// The actor without the type of its messages.
    @inlinable public var id: ActorID { ActorID(bits: bits) }

    /// Nobody: what is sent there is a dead letter.
    @inlinable public static var nobody: ActorRef { ActorRef(bits: 0) }
}

/// An actor, whatever its messages are.
public struct ActorID: Sendable, Hashable, BitwiseCopyable {
    @usableFromInline let bits: UInt64

    @inlinable init(bits: UInt64) { self.bits = bits }
}

extension ActorID: CustomStringConvertible {
    public var description: String {
        bits == 0 ? "nobody" : "actor \(bits & 0xffff_ffff)/\(bits >> 32)"
    }
}

/// An actor that was watched is gone.
public struct Down: Sendable, Hashable {
    public let actor: ActorID
    public let reason: Reason

    public init(_ actor: ActorID, _ reason: Reason) {
        self.actor = actor
        self.reason = reason
    }

    public enum Reason: Sendable, Hashable {
        /// It stopped, or was stopped.
        case stopped
        /// It failed, and nobody restarted it.
        case failed
        /// It was gone before the watch.
        case gone
        /// Memory ran out before it could be watched; it may be there.
        case notWatched
    }
}
