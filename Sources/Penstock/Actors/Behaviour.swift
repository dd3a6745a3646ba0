/// What an actor does beside handling its messages. Behaviours conform to `Behaviour` or
/// `BatchBehaviour`, which refine this.
///
/// A behaviour is the actor's private state. Nothing else touches it: the engine's workers call it
/// for one message at a time, and what an earlier call did is visible to the next. An error that is
/// thrown is a failure of the actor: that message is lost, its ask ends with the error, and
/// `ActorOptions.onFailure` decides what becomes of the actor.
public protocol ActorHooks<Message>: SendableMetatype {
    associatedtype Message: Sendable

    /// What the actor can do while it runs; for the call that it was given to.
    typealias Context = ActorContext<Self>

    /// Before the first message, and again after each restart.
    mutating func started(_ context: borrowing Context) throws

    /// An actor that this one watches is gone; see `ActorContext.watch(_:)`.
    mutating func down(_ down: Down, _ context: borrowing Context) throws

    /// Nothing came for the time of `ActorContext.setIdleTimeout(_:)`.
    mutating func idle(_ context: borrowing Context) throws
}

extension ActorHooks {
    public mutating func started(_ context: borrowing Context) throws {}
    public mutating func down(_ down: Down, _ context: borrowing Context) throws {}
    public mutating func idle(_ context: borrowing Context) throws {}
}

/// An actor that handles one message after the other.
///
///     struct Counter: Behaviour {
///         enum Message: Sendable {
///             case add(Int)
///             case total(Reply<Int>)
///         }
///         var total = 0
///
///         mutating func receive(_ message: Message, _ context: borrowing Context) {
///             switch message {
///             case .add(let n): total += n
///             case .total(let reply): context.reply(total, to: reply)
///             }
///         }
///     }
///     let counter = try engine.spawn(Counter())
///     try engine.send(.add(5), to: counter)
///     let total = try await engine.ask(counter) { .total($0) }
///
/// Messages without references of up to 48 bytes (40 for asks) travel inside the engine's messages
/// and cost no allocation; `ActorRef` and `Reply` are such values. Others travel in a box, which is
/// released exactly once, whatever becomes of the message.
public protocol Behaviour<Message>: ActorHooks {
    // Said again so that it is inferred from `receive`.
    associatedtype Message

    mutating func receive(_ message: Message, _ context: borrowing Context) throws
}

/// An actor that handles all messages that wait, at most 64 at a time, in one call.
///
/// `forward`, `stash` and `become` are not for such actors.
public protocol BatchBehaviour<Message>: ActorHooks {
    associatedtype Message

    /// One message or more, the oldest first. When it throws a `MessageFailure`, the messages
    /// before that one are handled and those after it wait on; any other error loses all of them.
    mutating func receive(_ messages: Span<Message>, _ context: borrowing Context) throws
}

/// Thrown by a `BatchBehaviour`: which message it failed on.
public struct MessageFailure: Error, CustomStringConvertible {
    public let index: Int
    public let underlying: any Error

    public init(at index: Int, _ underlying: any Error) {
        self.index = index
        self.underlying = underlying
    }

    public var description: String { String(describing: underlying) }
}

/// The behaviour of an actor that was spawned with a closure: its state.
public struct ClosureBehaviour<State, Message: Sendable>: ActorHooks {
    public var state: State

    @inlinable init(state: State) { self.state = state }

    /// What the closure is: the actor's state, the message, and the context of the call.
    public typealias Receive =
        @Sendable (
            inout State, Message, borrowing ActorContext<ClosureBehaviour<State, Message>>
        ) throws -> Void
}
