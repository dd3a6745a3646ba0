public import CPenstock
import PenstockDataflow
import PenstockRuntime

@c @implementation
public func pst_stage_get_stats(
    _ handle: OpaquePointer!, _ stage: pst_stage, _ stats: UnsafeMutablePointer<pst_stage_stats>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let index = try stageIndex(it, stage)
        let out = try required(stats, "stats")
        let s = try it.graph.stats(of: index)
        var found = pst_stage_stats()
        found.elements_in = s.elementsIn
        found.elements_out = s.elementsOut
        found.activations = s.activations
        found.busy_ns = s.busy
        found.starved_ns = s.starved
        found.blocked_ns = s.blocked
        found.queue_length = UInt64(s.queueLength)
        found.queue_high_water = UInt64(s.queueHighWater)
        found.queue_capacity = UInt64(s.queueCapacity)
        found.failed = s.failed
        found.skipped = s.skipped
        found.retried = s.retried
        found.dead_lettered = s.deadLettered
        found.rate = s.rate
        try give(found, to: out, "stats")
    }
}
