public import CPenstock
import PenstockActors
import PenstockRuntime

// The message in hand, watching and time.

@c @implementation
public func pst_forward(_ cx: OpaquePointer!, _ actor: pst_actor) -> pst_status {
    attempt { () throws(Failure) in
        try check(
            actorContext(cx, "pst_forward").forward(to: ActorRef(bits: actor.id)), "pst_forward")
    }
}

@c @implementation
public func pst_take(
    _ cx: OpaquePointer!, _ message: UnsafePointer<pst_message>!,
    _ bytes: UnsafeMutablePointer<pst_bytes>!
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_take")
        let message = try required(message, "message")
        let out = try required(bytes, "bytes")
        guard let taken = context.take(message) else {
            throw Failure(
                .badState, "pst_take: no memory, or the message is not in hand")
        }
        out.pointee = pst_bytes(
            data: taken.data, size: taken.size, owner: taken.owner, release: taken.release)
    }
}

@c @implementation
public func pst_stash(_ cx: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in
        try check(actorContext(cx, "pst_stash").stash(), "pst_stash")
    }
}

@c @implementation
public func pst_unstash(_ cx: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try actorContext(cx, "pst_unstash").unstash() }
}

@c @implementation
public func pst_watch(_ cx: OpaquePointer!, _ actor: pst_actor) -> pst_status {
    attempt { () throws(Failure) in
        guard try actorContext(cx, "pst_watch").watch(ActorRef(bits: actor.id)) else {
            throw Failure(.noMemory, "pst_watch: the engine's memory for actors is exhausted")
        }
    }
}

@c @implementation
public func pst_unwatch(_ cx: OpaquePointer!, _ actor: pst_actor) -> pst_status {
    attempt { () throws(Failure) in
        try actorContext(cx, "pst_unwatch").unwatch(ActorRef(bits: actor.id))
    }
}

@c @implementation
public func pst_timer_start(
    _ cx: OpaquePointer!, _ delay: UInt64, _ period: UInt64, _ type: UInt32,
    _ data: UnsafeRawPointer!, _ size: Int, _ timer: UnsafeMutablePointer<pst_timer>!
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_timer_start")
        let type = try messageType(type, "pst_timer_start")
        guard size >= 0, size <= ActorContext.inlineBytes, data != nil || size == 0 else {
            throw Failure(
                .invalid,
                "pst_timer_start: data is NULL, or size more than \(ActorContext.inlineBytes)")
        }
        guard
            let started = context.startTimer(
                delay: delay, period: period, type: type, data, size)
        else {
            throw Failure(
                .noMemory, "pst_timer_start: the engine's memory for actors is exhausted")
        }
        timer?.pointee = pst_timer(id: started)
    }
}

@c @implementation
public func pst_timer_cancel(_ cx: OpaquePointer!, _ timer: pst_timer) -> pst_status {
    attempt { () throws(Failure) in
        guard try actorContext(cx, "pst_timer_cancel").cancelTimer(timer.id) else {
            throw Failure(.stale, "pst_timer_cancel: the timer is over, or not this actor's")
        }
    }
}

@c @implementation
public func pst_idle_timeout(_ cx: OpaquePointer!, _ timeout: UInt64) -> pst_status {
    attempt { () throws(Failure) in
        guard try actorContext(cx, "pst_idle_timeout").setIdleTimeout(timeout) else {
            throw Failure(
                .noMemory, "pst_idle_timeout: the engine's memory for actors is exhausted")
        }
    }
}
