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
    public func ask<Message, Value>(
        _ actor: ActorRef<Message>, timeout: Duration? = nil, _ message: (Reply<Value>) -> Message,
        then:
            @escaping (
                inout B, Result<Value, PenstockError>, borrowing ActorContext<B>
            ) throws -> Void
    ) throws(PenstockError) {
        guard let open = core.openAsk() else { throw .noActorMemory }
        let question = Question(message(Reply(token: open.token)))
        let current = ActorBox.at(box)
        let (keeper, box, memory) = (current.keeper, box, memory)
        let extras = current.first.extras
        let number = extras.add { raw, status, data, size in
            // What it keeps is the behaviour in that memory.
            withExtendedLifetime(keeper) {
                let context = ActorContext(raw, box, memory)
                do {
                    let behaviour = memory.assumingMemoryBound(to: B.self)
                    try then(&behaviour.pointee, answer(status, data, size), context)
                    return ActorStatus.ok
                } catch {
                    return ActorBox.at(box).fail(raw, -1, error)
                }
            }
        }
        let result = question.send { data, size, type, bytes in
            core.ask(
                .init(bits: actor.bits), type: type, data, size, bytes: bytes, opened: open,
                timeout: timeout?.wholeNanoseconds ?? .max, answer: answerTrampoline,
                user: UnsafeMutableRawPointer(bitPattern: number))
        }
        if result == .sent { return }
        _ = extras.takeAnswer(number)
        core.closeAsk(open)
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
func answer<Value>(
    _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
) -> Result<Value, PenstockError> {
    guard let data else { return .failure(PenstockError(asking: status, nil)) }
    if status == ActorStatus.ok {
        return .success(
            Payload<Value>.isInline
                ? data.assumingMemoryBound(to: Value.self).pointee
                : MessageBox<Value>.value(at: data))
    }
    // An error's box, if somebody answered with one.
    let underlying =
        status == ActorStatus.failed && size > 0 ? MessageBox<any Error>.value(at: data) : nil
    return .failure(PenstockError(asking: status, underlying))
}
