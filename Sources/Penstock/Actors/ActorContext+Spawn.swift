import PenstockActors
import PenstockRuntime

extension ActorContext {
    /// Spawns an actor on its own. See `Engine.spawn(_:_:)`.
    @inlinable
    public func spawn<Other: Behaviour>(
        _ behaviour: @autoclosure @escaping @Sendable () throws -> Other,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<Other.Message> {
        try spawn(ActorBox.of(behaviour), options, isChild: false, .behaviour)
    }

    @inlinable
    public func spawn<Other: BatchBehaviour>(
        batches behaviour: @autoclosure @escaping @Sendable () throws -> Other,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<Other.Message> {
        try spawn(ActorBox.of(batches: behaviour), options, isChild: false, .batches)
    }

    @inlinable
    public func spawn<State, Message: Sendable>(
        _ state: @autoclosure @escaping @Sendable () throws -> State,
        _ options: ActorOptions = ActorOptions(),
        receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) throws(PenstockError) -> ActorRef<Message> {
        try spawn(ActorBox.of(state, receive), options, isChild: false, .closure)
    }

    /// Spawns a child: it is supervised by the actor that runs, and ends with it.
    @inlinable
    public func spawnChild<Other: Behaviour>(
        _ behaviour: @autoclosure @escaping @Sendable () throws -> Other,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<Other.Message> {
        try spawn(ActorBox.of(behaviour), options, isChild: true, .behaviour)
    }

    @inlinable
    public func spawnChild<Other: BatchBehaviour>(
        batches behaviour: @autoclosure @escaping @Sendable () throws -> Other,
        _ options: ActorOptions = ActorOptions()
    ) throws(PenstockError) -> ActorRef<Other.Message> {
        try spawn(ActorBox.of(batches: behaviour), options, isChild: true, .batches)
    }

    @inlinable
    public func spawnChild<State, Message: Sendable>(
        _ state: @autoclosure @escaping @Sendable () throws -> State,
        _ options: ActorOptions = ActorOptions(),
        receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) throws(PenstockError) -> ActorRef<Message> {
        try spawn(ActorBox.of(state, receive), options, isChild: true, .closure)
    }

    @usableFromInline func spawn<Message>(
        _ box: ActorBox, _ options: ActorOptions, isChild: Bool, _ kind: ActorBox.Kind
    ) throws(PenstockError) -> ActorRef<Message> {
        let plan = try options.resolved(messageTag(Message.self), kind, isChild: isChild)
        do throws(Failure) {
            let state = Unmanaged.passRetained(box)
            do throws(Failure) {
                let actor = try core.spawn(
                    kind == .batches ? nil : receiveTrampoline, state.toOpaque(), plan,
                    isChild: isChild)
                return ActorRef(bits: actor.bits)
            } catch {
                state.release()
                throw error
            }
        } catch {
            throw PenstockError(error)
        }
    }
}
