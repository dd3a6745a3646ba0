import PenstockActors
import PenstockRuntime

extension Engine {
    /// Asks an actor and waits for its answer, at most so long. `message` makes the message from
    /// the right to answer it.
    ///
    ///     let balance = try engine.ask(account) { .balance($0) }
    ///
    /// Throws `.actorFailed` when the actor throws or refuses (`underlying` has its error),
    /// `.actorIsGone`, `.timedOut` (an answer that comes later is dropped), `.mailboxFull`,
    /// `.outOfMemory`, `.badState` when the actors were stopped, and `.deadlock` inside a behaviour
    /// or a stage's closure. In a simulation it is `.timedOut`, too, when nothing can happen any
    /// more.
    public func ask<Message, Value>(
        _ actor: ActorRef<Message>, timeout: Duration? = nil, _ message: (Reply<Value>) -> Message
    ) throws(PenstockError) -> Value {
        let system = try actors().system
        if system.isCalledFromInside {
            throw PenstockError(.deadlock, "an ask would wait inside an engine's callback")
        }
        guard let open = system.openAsk() else { throw .noActorMemory }
        var outcome: Result<Value, PenstockError> = .failure(
            PenstockError(asking: Status.timedOut.rawValue, nil))
        let question = Question(message(Reply(token: open.token)))
        let result: SendResult
        do throws(PenstockError) {
            result = try question.send { data, size, type, bytes throws(PenstockError) in
                let end = try translating { () throws(Failure) in
                    try system.ask(
                        .init(bits: actor.bits), type: type, data, size, bytes: bytes, opened: open,
                        timeout: timeout?.wholeNanoseconds ?? .max
                    ) { outcome = answer($0, $1.data, $1.size) }
                }
                switch end {
                case .ended: return .sent
                case .notSent(let why): return why
                }
            }
        } catch {
            system.closeAsk(open)
            throw error
        }
        if result == .sent { return try outcome.get() }
        system.closeAsk(open)
        throw PenstockError(sending: result)
    }

    /// The same without blocking a thread: the answer resumes the task, nothing polls. Cancelling
    /// the task ends the ask, which then throws `.cancelled`; its message may be handled
    /// nevertheless.
    public nonisolated(nonsending) func ask<Message, Value>(
        _ actor: ActorRef<Message>, timeout: Duration? = nil, _ message: (Reply<Value>) -> Message
    ) async throws(PenstockError) -> Value {
        let desk = try actors().askDesk()
        if _Concurrency.Task.isCancelled { throw PenstockError(asking: Status.cancelled.rawValue) }
        guard let open = desk.system.openAsk() else { throw .noActorMemory }
        let token = open.token
        let question = Question(message(Reply(token: token)))
        let outcome: Result<Value, PenstockError> = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                desk.ask(
                    actor.bits, question, open, timeout: timeout?.wholeNanoseconds ?? .max
                ) { continuation.resume(returning: answer($0, $1, $2)) }
                // Before it was sent it could not be cancelled.
                if _Concurrency.Task.isCancelled { desk.cancel(token) }
            }
        } onCancel: {
            desk.cancel(token)
        }
        return try outcome.get()
    }
}
