import PenstockActors
import PenstockRuntime

// The message in hand, and what the actor becomes.

extension ActorContext {
    /// Passes the message in hand on as it is, with the right to answer. Throws `.actorIsGone` (it
    /// is a dead letter then), `.mailboxFull`, `.outOfMemory`, and `.badState` when no message is
    /// in hand: it was forwarded or stashed already, or is one of a batch.
    public func forward(to actor: ActorRef<B.Message>) throws(PenstockError) {
        let extras = ActorBox.at(box).first.existingExtras
        if let key = extras?.tickInHand, let tick = extras?.tick(key), core.hasHand {
            let result = SendResult(
                rawValue: Int32(sendBoxed(raw, actor.bits, tick.box.retained)))
            if let result, result != .sent { throw PenstockError(sending: result) }
            return
        }
        try check(core.forward(to: .init(bits: actor.bits)), "forward")
    }

    /// Puts the message in hand aside. Throws `.outOfMemory`, and `.badState` when no message is in
    /// hand.
    public func stash() throws(PenstockError) {
        try check(core.stash(), "stash")
        ActorBox.at(box).first.existingExtras?.keepTick()
    }

    /// Puts all that was set aside back before the messages that wait, in their order.
    public func unstash() { core.unstash() }

    private func check(_ result: HandResult, _ what: String) throws(PenstockError) {
        switch result {
        case .done: return
        case .nothingInHand:
            throw PenstockError(.badState, "\(what): there is no message in hand")
        case .noMemory: throw .noActorMemory
        case .full: throw PenstockError(sending: .full)
        case .stale: throw PenstockError(sending: .stale)
        }
    }

    // MARK: - Becoming

    /// From the next message on another behaviour handles the messages, until `unbecome` or a
    /// restart. Its `started` is not called. Answers to asks of this behaviour still come to it.
    /// Throws `.badState` for actors that handle batches.
    @inlinable
    public func become<Other: Behaviour>(_ behaviour: Other) throws(PenstockError)
    where Other.Message == B.Message {
        // Made here and used here: it does not leave the actor.
        nonisolated(unsafe) let behaviour = behaviour
        try become(box: try ActorBox.of { behaviour })
    }

    /// From the next message on another closure handles the messages, with the same state.
    @inlinable
    public func become<State, Message>(
        _ receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) throws(PenstockError) where B == ClosureBehaviour<State, Message> {
        try become(sharing: ActorBox.body(receive))
    }

    /// From the next message on the behaviour is the first one again, as it was left.
    public func unbecome() {
        let first = ActorBox.at(box).first
        guard let extras = first.existingExtras else { return }
        extras.unbecome()
    }

    @usableFromInline func become(box other: ActorBox) throws(PenstockError) {
        guard core.become(becomeTrampoline) else {
            throw PenstockError(.badState, "an actor that handles batches cannot become another")
        }
        let first = ActorBox.at(box).first
        other.belong(to: first)
        first.extras.become(other)
    }

    @usableFromInline func become(sharing body: @escaping ActorBox.Body) throws(PenstockError) {
        try become(box: ActorBox(sharing: ActorBox.at(box), body: body))
    }
}
