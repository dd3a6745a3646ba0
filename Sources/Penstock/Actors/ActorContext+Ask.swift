import PenstockActors
import PenstockRuntime

extension ActorContext {
    /// Asks another actor without waiting. `message` makes the message from the right to answer it;
    /// `then` is called once with the behaviour that asked and the answer, as a message of this
    /// actor's, unless the actor ends before. After a restart it is called with the new behaviour.
    ///
    ///     try context.ask(account) { .balance($0) } then: { teller, answer, context in
    ///         teller.sum += try answer.get()
    ///     }
    ///
    /// The answer may be an error: `.actorFailed` when the other one throws or refuses,
    /// `.actorIsGone`, `.timedOut`, `.mailboxFull`. What `then` throws is a failure of this actor.
    /// The call itself throws `.mailboxFull` and `.outOfMemory`; then nothing was sent and `then`
    /// is not called.
    @inlinable
    public func ask<Message, Value>(
        _ actor: ActorRef<Message>, timeout: Duration? = nil, _ message: (Reply<Value>) -> Message,
        then:
            @escaping (
                inout B, Result<Value, PenstockError>, borrowing ActorContext<B>
            ) throws -> Void
    ) throws(PenstockError) {
        let (box, memory) = (box, memory)
        let keeper = ActorBox.keeper(box)
        let ask = try AskInMaking(raw, box, actor.bits, timeout)
        let question = message(Reply(token: ask.token))
        let answered: ActorBox.Answer = { raw, status, data, size in
            // What it keeps is the behaviour in that memory.
            withExtendedLifetime(keeper) {
                let context = ActorContext(raw, box, memory)
                do {
                    let behaviour = memory.assumingMemoryBound(to: B.self)
                    try then(&behaviour.pointee, answer(status, data, size), context)
                    return 0
                } catch {
                    return ActorBox.failed(raw, box, 0, error)
                }
            }
        }
        if Payload<Message>.isInlineInAsk {
            try withUnsafePointer(to: question) { data throws(PenstockError) in
                try ask.send(data, MemoryLayout<Message>.size, answered)
            }
        } else {
            try ask.send(MessageBox(question).retained, answered)
        }
    }
}

/// An ask of an actor's that has a token and was not sent.
@usableFromInline struct AskInMaking {
    private let raw: UnsafeMutableRawPointer
    private let box: UnsafeMutableRawPointer
    private let open: UnsafeMutableRawPointer
    private let actor: UInt64
    private let timeout: UInt64
    @usableFromInline let token: UInt64

    @usableFromInline init(
        _ raw: UnsafeMutableRawPointer, _ box: UnsafeMutableRawPointer, _ actor: UInt64,
        _ timeout: Duration?
    ) throws(PenstockError) {
        guard let open = PenstockActors.ActorContext(raw).openAsk() else { throw .noActorMemory }
        self.raw = raw
        self.box = box
        self.open = open.address
        self.actor = actor
        self.timeout = timeout?.wholeNanoseconds ?? .max
        token = open.token
    }

    @usableFromInline func send(
        _ data: UnsafeRawPointer, _ size: Int, _ answer: @escaping ActorBox.Answer
    ) throws(PenstockError) {
        try send(MessageType.inline, data, size, nil, answer)
    }

    @usableFromInline func send(
        _ message: OwnedMessage, _ answer: @escaping ActorBox.Answer
    ) throws(PenstockError) {
        do throws(PenstockError) {
            try send(MessageType.boxed, nil, 0, message.bytes, answer)
        } catch {
            message.release()
            throw error
        }
    }

    private func send(
        _ type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, _ bytes: OwnedBytes?,
        _ answer: @escaping ActorBox.Answer
    ) throws(PenstockError) {
        let extras = ActorBox.at(box).first.extras
        let number = extras.add(answer)
        let context = PenstockActors.ActorContext(raw)
        let result = context.ask(
            .init(bits: actor), type: type, data, size, bytes: bytes,
            opened: OpenAsk(address: open), timeout: timeout, answer: answerTrampoline,
            user: UnsafeMutableRawPointer(bitPattern: number))
        if result == .sent { return }
        _ = extras.takeAnswer(number)
        context.closeAsk(OpenAsk(address: open))
        throw PenstockError(sending: result)
    }
}

/// The message of an ask.
struct Question<Message> {
    private let message: Message

    init(_ message: Message) { self.message = message }

    /// Gives the payload away unless the ask was not sent.
    func send<Failure: Error>(
        _ ask: (UnsafeRawPointer?, Int, UInt16, OwnedBytes?) throws(Failure) -> SendResult
    ) throws(Failure) -> SendResult {
        if Payload<Message>.isInlineInAsk {
            return try withUnsafePointer(to: message) { data throws(Failure) in
                try ask(data, MemoryLayout<Message>.size, MessageType.inline, nil)
            }
        }
        let box = MessageBox(message).retained
        do throws(Failure) {
            let result = try ask(nil, 0, MessageType.boxed, box.bytes)
            if result != .sent { box.release() }
            return result
        } catch {
            box.release()
            throw error
        }
    }
}

/// The end of an ask, as who asked sees it.
@inlinable func answer<Value>(
    _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
) -> Result<Value, PenstockError> {
    guard let data, status == 0 else { return .failure(noAnswer(status, data, size)) }
    return .success(
        Payload<Value>.isInline
            ? data.assumingMemoryBound(to: Value.self).pointee
            : MessageBox<Value>.value(at: data))
}

@usableFromInline func noAnswer(
    _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
) -> PenstockError {
    // An error's box, if somebody answered with one.
    guard let data, status == ActorStatus.failed, size > 0 else {
        return PenstockError(asking: status)
    }
    return PenstockError(asking: status, MessageBox<any Error>.value(at: data))
}
