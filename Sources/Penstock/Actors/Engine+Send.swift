import PenstockActors
import PenstockRuntime

extension Engine {
    /// Sends a message, from any thread; a receiver that is gone makes it a dead letter, which is
    /// no error. Throws `.mailboxFull` when the receiver's mailbox has a bound and refuses it (or
    /// waits for room instead, as its options say), `.outOfMemory`, and `.badState` when the actors
    /// were stopped.
    ///
    /// What one thread sends to one actor arrives in the order of the sends.
    public func send<Message>(
        _ message: Message, to actor: ActorRef<Message>
    ) throws(PenstockError) {
        let result = try push(message, actor)
        if result != .sent && result != .stale { throw PenstockError(sending: result) }
    }

    /// The same, and what became of it instead of an error.
    @discardableResult
    public func trySend<Message>(
        _ message: Message, to actor: ActorRef<Message>
    ) -> SendOutcome {
        guard let result = try? push(message, actor) else { return .stopped }
        return SendOutcome(UInt32(result.rawValue))
    }

    private func push<Message>(
        _ message: Message, _ actor: ActorRef<Message>
    ) throws(PenstockError) -> SendResult {
        let system = try actors().system
        if Payload<Message>.isInline {
            return withUnsafePointer(to: message) {
                system.send(
                    to: .init(bits: actor.bits), type: MessageType.inline, $0,
                    MemoryLayout<Message>.size)
            }
        }
        return push(MessageBox(message).retained, actor.bits, system)
    }

    private func push(
        _ message: OwnedMessage, _ actor: UInt64, _ system: ActorSystem
    ) -> SendResult {
        let result = system.send(to: .init(bits: actor), type: MessageType.boxed, message.bytes)
        // What nobody gets has been released already.
        if result != .sent && result != .stale { message.release() }
        return result
    }

    /// Sends all of them by one entry in the mailbox. Throws what `send` throws; then
    /// `PenstockError.element` says how many went before.
    public func sendMany<Message>(
        _ messages: Span<Message>, to actor: ActorRef<Message>
    ) throws(PenstockError) {
        let system = try actors().system
        let (result, sent) = pushMany(messages, actor) {
            system.sendMany(to: .init(bits: actor.bits), type: MessageType.inline, $0, $1, $2)
        } one: {
            UInt32(push($0, actor.bits, system).rawValue)
        }
        try check(result, sent: sent, of: messages.count)
    }

    public func sendMany<Message>(
        _ messages: [Message], to actor: ActorRef<Message>
    ) throws(PenstockError) { try sendMany(messages.span, to: actor) }

    // MARK: - Answers

    /// Answers an ask, from any thread. False when nobody waits any more: it was answered, its time
    /// is over, or the asker is gone.
    @discardableResult
    public func reply<Value>(_ value: Value, to reply: Reply<Value>) -> Bool {
        guard let system = try? actors().system else { return false }
        if Payload<Value>.isInline {
            return withUnsafePointer(to: value) {
                system.reply(reply.token, ActorStatus.ok, $0, MemoryLayout<Value>.size) == .done
            }
        }
        return answer(reply.token, ActorStatus.ok, MessageBox(value).retained, system)
    }

    @discardableResult
    public func reply(to reply: Reply<Void>) -> Bool { self.reply((), to: reply) }

    /// Answers an ask with an error: it throws `.actorFailed`, and `PenstockError.underlying` is
    /// this error. False when nobody waits any more.
    @discardableResult
    public func refuse<Value>(_ reply: Reply<Value>, _ error: any Error) -> Bool {
        guard let system = try? actors().system else { return false }
        let box = MessageBox<any Error>(error).retained
        return answer(reply.token, ActorStatus.failed, box, system)
    }

    private func answer(
        _ token: UInt64, _ status: Int32, _ box: OwnedMessage, _ system: ActorSystem
    ) -> Bool {
        if system.reply(token, status, box.bytes) == .done { return true }
        box.release()
        return false
    }
}
