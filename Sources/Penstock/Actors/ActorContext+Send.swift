import PenstockActors
import PenstockRuntime

extension ActorContext {
    /// Sends a message; a receiver that is gone makes it a dead letter, which is no error. Throws
    /// `.mailboxFull` when the receiver's mailbox has a bound and refuses it, and `.outOfMemory`.
    ///
    /// What one actor sends to another arrives in the order of the sends.
    @inlinable @inline(__always)
    public func send<Message>(
        _ message: Message, to actor: ActorRef<Message>
    ) throws(PenstockError) {
        let outcome = push(message, actor)
        if outcome > SendOutcome.harmless { throw PenstockError(sending: outcome) }
    }

    /// The same, and what became of it instead of an error.
    @inlinable @discardableResult
    public func trySend<Message>(
        _ message: Message, to actor: ActorRef<Message>
    ) -> SendOutcome { SendOutcome(push(message, actor)) }

    @inlinable @inline(__always)
    func push<Message>(_ message: Message, _ actor: ActorRef<Message>) -> UInt32 {
        if Payload<Message>.isInline {
            return withUnsafePointer(to: message) {
                sendInline(raw, actor.bits, $0, MemoryLayout<Message>.size)
            }
        }
        return sendBoxed(raw, actor.bits, MessageBox(message).retained)
    }

    /// Sends all of them by one entry in the mailbox. Throws what `send` throws; then
    /// `PenstockError.element` says how many went before.
    public func sendMany<Message>(
        _ messages: Span<Message>, to actor: ActorRef<Message>
    ) throws(PenstockError) {
        let (result, sent) = pushMany(messages, actor) {
            core.sendMany(to: .init(bits: actor.bits), type: MessageType.inline, $0, $1, $2)
        } one: {
            sendBoxed(raw, actor.bits, $0)
        }
        try check(result, sent: sent, of: messages.count)
    }

    public func sendMany<Message>(
        _ messages: [Message], to actor: ActorRef<Message>
    ) throws(PenstockError) { try sendMany(messages.span, to: actor) }

    // MARK: - Answers

    /// Answers an ask. False when nobody waits any more: it was answered, its time is over, or the
    /// asker is gone.
    @inlinable @inline(__always) @discardableResult
    public func reply<Value>(_ value: Value, to reply: Reply<Value>) -> Bool {
        if Payload<Value>.isInline {
            return withUnsafePointer(to: value) {
                replyInline(raw, reply.token, $0, MemoryLayout<Value>.size)
            }
        }
        return replyBoxed(raw, reply.token, MessageBox(value).retained)
    }

    @inlinable @discardableResult
    public func reply(to reply: Reply<Void>) -> Bool { self.reply((), to: reply) }

    /// Answers an ask with an error: it throws `.actorFailed`, and `PenstockError.underlying` is
    /// this error. False when nobody waits any more.
    @discardableResult
    public func refuse<Value>(_ reply: Reply<Value>, _ error: any Error) -> Bool {
        let box = MessageBox<any Error>(error).retained
        if core.reply(reply.token, ActorStatus.failed, box.bytes) == .done { return true }
        box.release()
        return false
    }
}

/// What became of a message.
public enum SendOutcome: Sendable, Hashable {
    case sent
    /// It is a dead letter.
    case actorIsGone
    /// The receiver's mailbox has a bound and refuses it.
    case mailboxFull
    case outOfMemory
    /// The engine's actors were stopped.
    case stopped

    @usableFromInline init(_ code: UInt32) {
        switch SendResult(rawValue: Int32(code)) {
        case .sent, .dropped: self = .sent
        case .stale: self = .actorIsGone
        case .full, .wait: self = .mailboxFull
        case .noMemory, nil: self = .outOfMemory
        case .closed: self = .stopped
        }
    }

    /// Codes up to this one are no errors: sent, and a dead letter.
    @usableFromInline static var harmless: UInt32 { @inlinable get { 1 } }
}

// MARK: - Calls from inlinable code

/// A short message; the engine's code.
@usableFromInline func sendInline(
    _ raw: UnsafeMutableRawPointer, _ actor: UInt64, _ data: UnsafeRawPointer, _ size: Int
) -> UInt32 {
    PenstockActors.send(raw, actor, 0, data, size, otherwise: sendSlowly)
}

/// To a mailbox with a bound, to nobody, or with new memory.
private func sendSlowly(
    _ raw: UnsafeMutableRawPointer?, _ actor: UInt64, _ type: UInt32, _ data: UnsafeRawPointer?,
    _ size: Int
) -> UInt32 {
    guard let raw else { return UInt32(SendResult.noMemory.rawValue) }
    return UInt32(
        PenstockActors.ActorContext(raw).send(to: .init(bits: actor), data, size).rawValue)
}

@usableFromInline func sendBoxed(
    _ raw: UnsafeMutableRawPointer, _ actor: UInt64, _ message: OwnedMessage
) -> UInt32 {
    let result = PenstockActors.ActorContext(raw).send(
        to: .init(bits: actor), type: MessageType.boxed, message.bytes)
    // What nobody gets has been released already.
    if result != .sent && result != .stale { message.release() }
    return UInt32(result.rawValue)
}

@usableFromInline func replyInline(
    _ raw: UnsafeMutableRawPointer, _ token: UInt64, _ data: UnsafeRawPointer, _ size: Int
) -> Bool {
    replyFast(raw, token, ActorStatus.ok, data, size)
        || PenstockActors.ActorContext(raw).reply(token, ActorStatus.ok, data, size) == .done
}

@usableFromInline func replyBoxed(
    _ raw: UnsafeMutableRawPointer, _ token: UInt64, _ answer: OwnedMessage
) -> Bool {
    let result = PenstockActors.ActorContext(raw).reply(token, ActorStatus.ok, answer.bytes)
    if result != .done { answer.release() }
    return result == .done
}

/// Short ones at once, others one by one; and how many.
func pushMany<Message>(
    _ messages: Span<Message>, _ actor: ActorRef<Message>,
    _ many: (UnsafeRawPointer?, Int, Int) -> (SendResult, Int), one: (OwnedMessage) -> UInt32
) -> (SendResult, Int) {
    if messages.isEmpty { return (.sent, 0) }
    let stride = MemoryLayout<Message>.stride
    if Payload<Message>.isInline && stride <= 48 {
        return messages.withUnsafeBufferPointer { many($0.baseAddress, stride, $0.count) }
    }
    for i in messages.indices {
        let result = SendResult(rawValue: Int32(one(MessageBox(messages[i]).retained)))
        guard let result, result == .sent || result == .stale else { return (result ?? .full, i) }
    }
    return (.sent, messages.count)
}

func check(_ result: SendResult, sent: Int, of count: Int) throws(PenstockError) {
    switch result {
    case .sent, .dropped, .stale: return
    default: throw PenstockError(sending: result, sent: sent)
    }
}
