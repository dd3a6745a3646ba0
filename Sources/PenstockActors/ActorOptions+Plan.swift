import PenstockRuntime
import Synchronization

extension ActorOptions {
    /// Checked; who may run it is known.
    func plan(
        _ behaviour: Behaviour?, _ state: UnsafeMutableRawPointer?,
        _ core: UnsafeMutablePointer<ActorCore>
    ) throws(Failure) -> ActorPlan {
        if behaviour == nil && batch == nil { throw Failure(.invalid, "behaviour is NULL") }
        if behaviour != nil && batch != nil {
            throw Failure(.invalid, "behaviour and options.batch: an actor has one of them")
        }
        if maxRestarts > Self.restartLimit && maxRestarts != .max {
            throw Failure(
                .invalid,
                "options.max_restarts is \(maxRestarts): at most \(Self.restartLimit), or UINT32_MAX"
            )
        }
        if capacity < 0 || capacity > 1 << 30 {
            throw Failure(.invalid, "options.capacity is \(capacity): at most 2^30")
        }
        if name == "" { throw Failure(.invalid, "options.name is empty") }
        var plan = ActorPlan(behaviour: behaviour, state: state, options: self)
        if let dispatcher {
            if on != nil {
                throw Failure(
                    .invalid, "options.on and options.dispatcher: an actor has one of them")
            }
            plan.set = try dispatcher.set(for: core)
        } else if let on {
            plan.set = try core.pointee.workerSets.takeUnretainedValue().set(on: on)
        }
        if plan.set != 0 { core.pointee.hasSets.store(true, ordering: .relaxed) }
        return plan
    }

    /// Reserves the name while `spawn` makes the actor.
    func withName(
        _ core: UnsafeMutablePointer<ActorCore>, spawn: () throws(Failure) -> ActorRef
    ) throws(Failure) -> ActorRef {
        guard let name else { return try spawn() }
        let registry = core.pointee.registry.takeUnretainedValue()
        guard registry.reserve(name) else {
            throw Failure(.busy, "options.name: an actor has the name '\(name)'")
        }
        do throws(Failure) {
            return try spawn()
        } catch {
            registry.release(name)
            throw error
        }
    }
}
