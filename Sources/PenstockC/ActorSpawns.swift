public import CPenstock
import PenstockActors
import PenstockRuntime

@c @implementation
public func pst_actor_spawn(
    _ handle: OpaquePointer!, _ behaviour: pst_behaviour_fn!, _ state: UnsafeMutableRawPointer!,
    _ options: UnsafePointer<pst_actor_options>!, _ actor: UnsafeMutablePointer<pst_actor>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let out = try required(actor, "actor")
        let ref = try system.spawn(
            unsafeBitCast(behaviour, to: Behaviour?.self), state, actorOptions(options))
        out.pointee = pst_actor(id: ref.bits)
    }
}

@c @implementation
public func pst_spawn(
    _ cx: OpaquePointer!, _ behaviour: pst_behaviour_fn!, _ state: UnsafeMutableRawPointer!,
    _ options: UnsafePointer<pst_actor_options>!, _ actor: UnsafeMutablePointer<pst_actor>!
) -> pst_status {
    if options == nil, let actor {
        let ref = spawnFast(
            UnsafeMutableRawPointer(cx), unsafeBitCast(behaviour, to: Behaviour?.self), state)
        if ref != 0 {
            actor.pointee = pst_actor(id: ref)
            return PST_OK
        }
    }
    return spawn(cx, behaviour, state, options, actor, isChild: false, "pst_spawn")
}

@c @implementation
public func pst_spawn_child(
    _ cx: OpaquePointer!, _ behaviour: pst_behaviour_fn!, _ state: UnsafeMutableRawPointer!,
    _ options: UnsafePointer<pst_actor_options>!, _ actor: UnsafeMutablePointer<pst_actor>!
) -> pst_status {
    spawn(cx, behaviour, state, options, actor, isChild: true, "pst_spawn_child")
}

private func spawn(
    _ cx: OpaquePointer?, _ behaviour: pst_behaviour_fn?, _ state: UnsafeMutableRawPointer?,
    _ options: UnsafePointer<pst_actor_options>?, _ actor: UnsafeMutablePointer<pst_actor>?,
    isChild: Bool, _ function: String
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, function)
        let out = try required(actor, "actor")
        let ref = try context.spawn(
            unsafeBitCast(behaviour, to: Behaviour?.self), state, actorOptions(options),
            isChild: isChild)
        out.pointee = pst_actor(id: ref.bits)
    }
}

private func actorOptions(
    _ given: UnsafePointer<pst_actor_options>?
) throws(Failure) -> ActorOptions {
    guard given != nil else { return ActorOptions() }
    let defaults = pst_actor_options(
        struct_size: 0, name: nil, start: nil, destroy: nil, batch: nil,
        on_failure: PST_ACTOR_STOPS, strategy: PST_ONE_FOR_ONE, max_restarts: 3,
        restart_period_ns: 5_000_000_000, capacity: 0, overflow: PST_REFUSE, on: nil,
        dispatcher: nil, statistics: false)
    let o = try merged(given, over: defaults, "options")
    var result = ActorOptions()
    result.name = text(o.name)
    result.start = unsafeBitCast(o.start, to: Start?.self)
    result.destroy = o.destroy
    result.batch = unsafeBitCast(o.batch, to: BatchBehaviour?.self)
    guard let onFailure = ActorOptions.OnFailure(rawValue: UInt8(clamping: o.on_failure.rawValue))
    else {
        throw Failure(.invalid, "options.on_failure \(o.on_failure.rawValue) is no pst_on_failure")
    }
    guard let strategy = ActorOptions.Strategy(rawValue: UInt8(clamping: o.strategy.rawValue))
    else { throw Failure(.invalid, "options.strategy \(o.strategy.rawValue) is no pst_strategy") }
    guard let overflow = ActorOptions.Overflow(rawValue: UInt8(clamping: o.overflow.rawValue))
    else { throw Failure(.invalid, "options.overflow \(o.overflow.rawValue) is no pst_overflow") }
    result.onFailure = onFailure
    result.strategy = strategy
    result.overflow = overflow
    result.maxRestarts = o.max_restarts
    result.restartPeriod = o.restart_period_ns
    result.capacity = Int(exactly: o.capacity) ?? .max
    result.on = text(o.on)
    result.isMeasured = o.statistics
    if let handle = o.dispatcher { result.dispatcher = try dispatcher(handle) }
    return result
}

@c @implementation
public func pst_actor_stop(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ mode: pst_stop_mode
) -> pst_status {
    attempt { () throws(Failure) in
        let now = try isNow(mode, "pst_actor_stop")
        try check(actors(handle).stop(ActorRef(bits: actor.id), now: now), "pst_actor_stop")
    }
}

@c @implementation
public func pst_stop(
    _ cx: OpaquePointer!, _ actor: pst_actor, _ mode: pst_stop_mode
) -> pst_status {
    attempt { () throws(Failure) in
        let now = try isNow(mode, "pst_stop")
        try check(
            actorContext(cx, "pst_stop").stop(ActorRef(bits: actor.id), now: now), "pst_stop")
    }
}

private func isNow(_ mode: pst_stop_mode, _ function: String) throws(Failure) -> Bool {
    switch mode {
    case PST_STOP_NOW: return true
    case PST_STOP_LAST: return false
    default: throw Failure(.invalid, "\(function): mode \(mode.rawValue) is no pst_stop_mode")
    }
}

@c @implementation
public func pst_self(_ cx: OpaquePointer!) -> pst_actor {
    pst_actor(id: selfFast(UnsafeMutableRawPointer(cx)))
}

@c @implementation
public func pst_become(_ cx: OpaquePointer!, _ behaviour: pst_behaviour_fn!) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_become")
        guard let behaviour else { throw Failure(.invalid, "pst_become: behaviour is NULL") }
        guard context.become(unsafeBitCast(behaviour, to: Behaviour.self)) else {
            throw Failure(.badState, "pst_become: the actor handles batches")
        }
    }
}
