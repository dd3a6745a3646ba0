/// The right to answer one ask, once: part of the message that asks.
///
///     enum Account: Sendable {
///         case deposit(Int)
///         case balance(Reply<Int>)
///     }
///
/// It may be kept, sent to others and used on any thread, by `ActorContext.reply(_:to:)` or
/// `Engine.reply(_:to:)`. A second answer, and one after the ask has ended, is dropped and counted
/// as late. The ask is the concern of the actor that it was sent or forwarded to, whoever answers:
/// when that actor ends the ask ends, too. One that nobody answers ends with its timeout.
public struct Reply<Value: Sendable>: Sendable, Hashable, BitwiseCopyable {
    @usableFromInline let token: UInt64

    @inlinable init(token: UInt64) { self.token = token }
}
