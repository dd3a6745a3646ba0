import PenstockActors
import PenstockRuntime

extension Engine {
    /// Spawns an actor. The expression makes its behaviour: now, and again for each restart.
    ///
    ///     let counter = try engine.spawn(Counter(), ActorOptions(onFailure: .restart))
    ///
    /// Throws `.invalid`, `.busy` when the name is taken, `.outOfMemory`, `.badState` when the
    /// actors were stopped, and `.actorFailed` when the expression throws.
    @inlinable
    public func spawn<B: Behaviour>(
        _ behaviour: @autoclosure @escaping @Sendable () throws -> B,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<B.Message> {
        try spawn(ActorBox.of(behaviour), options, .behaviour)
    }

    /// Spawns an actor that handles batches.
    @inlinable
    public func spawn<B: BatchBehaviour>(
        batches behaviour: @autoclosure @escaping @Sendable () throws -> B,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<B.Message> {
        try spawn(ActorBox.of(batches: behaviour), options, .batches)
    }

    /// Spawns an actor whose behaviour is a closure. It has the state to itself; the expression
    /// makes it: now, and again for each restart.
    ///
    ///     let printer = try engine.spawn(0) { (count: inout Int, line: String, context) in
    ///         count += 1
    ///         print(count, line)
    ///     }
    @inlinable
    public func spawn<State, Message: Sendable>(
        _ state: @autoclosure @escaping @Sendable () throws -> State,
        _ options: ActorOptions = ActorOptions(),
        receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) throws(PenstockError) -> ActorRef<Message> {
        try spawn(ActorBox.of(state, receive), options, .closure)
    }

    @usableFromInline func spawn<Message>(
        _ box: ActorBox, _ options: ActorOptions, _ kind: ActorBox.Kind
    ) throws(PenstockError) -> ActorRef<Message> {
        let system = try actors().system
        let plan = try options.resolved(messageTag(Message.self), kind, isChild: false)
        let state = Unmanaged.passRetained(box)
        do throws(Failure) {
            let actor = try system.spawn(
                kind == .batches ? nil : receiveTrampoline, state.toOpaque(), plan)
            return ActorRef(bits: actor.bits)
        } catch {
            state.release()
            throw PenstockError(error)
        }
    }

    /// The actor ends; false when it is gone. Throws `.outOfMemory`, `.badState` when the actors
    /// were stopped.
    @discardableResult
    public func stop(_ actor: ActorID, _ mode: StopMode = .afterMessages) throws(PenstockError)
        -> Bool
    { try ended(actors().system.stop(.init(bits: actor.bits), now: mode == .now)) }

    @discardableResult
    public func stop<Message>(
        _ actor: ActorRef<Message>, _ mode: StopMode = .afterMessages
    ) throws(PenstockError) -> Bool { try stop(actor.id, mode) }

    /// The actor of this name; nil when nobody has it. Throws `.typeMismatch` when its messages are
    /// of another type.
    public func find<Message>(
        _ name: String, of _: Message.Type
    ) throws(PenstockError) -> ActorRef<Message>? {
        try typed(actors().system.findTagged(name), name)
    }
}
