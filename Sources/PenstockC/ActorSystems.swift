public import CPenstock
import PenstockActors
import PenstockRuntime
import Synchronization

// All actors of an engine.

@c @implementation
public func pst_actor_find(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!,
    _ actor: UnsafeMutablePointer<pst_actor>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let name = String(cString: try required(name, "name"))
        let out = try required(actor, "actor")
        guard let ref = system.find(name) else {
            throw Failure(.stale, "pst_actor_find: no actor has the name '\(name)'")
        }
        out.pointee = pst_actor(id: ref.bits)
    }
}

@c @implementation
public func pst_actor_get_stats(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ stats: UnsafeMutablePointer<pst_actor_stats>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let out = try required(stats, "stats")
        let ref = ActorRef(bits: actor.id)
        guard let (found, waiting) = system.statistics(of: ref) else {
            if system.isAlive(ref) {
                throw Failure(
                    .badState, "pst_actor_get_stats: the actor's options.statistics is false")
            }
            throw Failure(.stale, "pst_actor_get_stats: the actor is gone")
        }
        var result = pst_actor_stats()
        result.processed = found.processed.load(ordering: .relaxed)
        result.dropped = found.dropped.load(ordering: .relaxed)
        result.failed = found.failed.load(ordering: .relaxed)
        result.restarts = found.restarts.load(ordering: .relaxed)
        result.queue_length = UInt64(waiting)
        result.queue_high_water = found.queueHighWater.load(ordering: .relaxed)
        result.longest_ns = found.longestNanoseconds.load(ordering: .relaxed)
        try give(result, to: out, "stats")
    }
}

@c @implementation
public func pst_actors_get_counts(
    _ handle: OpaquePointer!, _ counts: UnsafeMutablePointer<pst_actor_counts>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        try give(all(system.counts, system), to: required(counts, "counts"), "counts")
    }
}

private func all(_ counts: ActorCounts, _ system: ActorSystem) -> pst_actor_counts {
    var result = pst_actor_counts()
    result.sent = counts.sent
    result.delivered = counts.delivered
    result.dropped = counts.dropped
    result.dead_letters = counts.deadLetters
    result.late_replies = counts.lateReplies
    result.spawned = counts.spawned
    result.stopped = counts.stopped
    result.failed = counts.failed
    result.restarts = counts.restarts
    result.bytes = UInt64(max(0, system.memoryBytes))
    return result
}

@c @implementation
public func pst_actors_await_quiescent(_ handle: OpaquePointer!, _ timeout: UInt64) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        if system.isCalledFromInside {
            throw Failure(
                .deadlock, "pst_actors_await_quiescent was called from inside a callback")
        }
        guard system.awaitQuiescence(nanoseconds: timeout) else {
            throw Failure(
                .timedOut, "pst_actors_await_quiescent: actors still have something to do")
        }
    }
}

@c @implementation
public func pst_actors_stop(
    _ handle: OpaquePointer!, _ deadline: UInt64, _ counts: UnsafeMutablePointer<pst_actor_counts>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        if system.isCalledFromInside {
            throw Failure(.deadlock, "pst_actors_stop was called from inside a callback")
        }
        let found = system.stop(deadline: deadline)
        if let counts { try give(all(found, system), to: counts, "counts") }
    }
}

@c @implementation
public func pst_actors_observe(
    _ handle: OpaquePointer!, _ event: pst_actor_event_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_status {
    attempt { () throws(Failure) in
        try actors(handle).observe(unsafeBitCast(event, to: ActorEvent.Handler?.self), user)
    }
}
