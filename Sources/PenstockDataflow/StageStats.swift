import PenstockRuntime

/// Of one stage in the current or last run, summed over replicas.
package struct StageStats: Sendable {
    package var elementsIn: UInt64 = 0
    package var elementsOut: UInt64 = 0
    package var activations: UInt64 = 0
    package var busy: UInt64 = 0
    package var starved: UInt64 = 0
    package var blocked: UInt64 = 0
    package var queueLength = 0
    package var queueHighWater = 0
    package var queueCapacity = 0
    package var failed: UInt64 = 0
    package var skipped: UInt64 = 0
    package var retried: UInt64 = 0
    package var deadLettered: UInt64 = 0
    package var rate = 0.0
}

extension Run {
    /// Any thread, any time; figures of one reading may be an activation apart.
    package func stats(of stage: Int) -> StageStats {
        var result = StageStats()
        let spec = description.stages[stage]
        let segment = plan.segmentOfStage[stage]
        let steps = plan.segments[segment].stages.filter { !description.stages[$0].kind.isStepless }
        let step = steps.firstIndex(of: stage)
        for instance in instances where instance.segment == segment {
            let status = instance.state.pointee.status
            result.activations += status.get(2)
            result.starved += status.get(4)
            result.blocked += status.get(5)
            if stage == plan.segments[segment].stages.first {
                result.queueHighWater = max(result.queueHighWater, Int(status.get(7)))
            }
            guard let step else { continue }
            let (counters, _) = status.counters(step: step)
            result.elementsIn += counters.elementsIn
            result.elementsOut += counters.elementsOut
            result.failed += counters.failed
            result.skipped += counters.skipped
            result.retried += counters.retried
            result.deadLettered += counters.deadLettered
            result.busy += busyShare(status, step, of: steps.count)
        }
        if step == nil { countPassing(stage, &result) }
        if stage == plan.segments[segment].stages.first {
            for link in plan.segments[segment].links {
                for ring in links[link].rings {
                    result.queueLength += ring.length
                    result.queueCapacity += ring.capacity
                }
            }
        }
        if let edge = hostEdges[stage] {
            result.queueLength = edge.ring.length
            result.queueCapacity = edge.ring.capacity
        }
        if case .source = spec.kind { result.elementsIn = 0 }
        let seconds = Double(elapsed) / 1e9
        let moved = max(result.elementsIn, step == 0 ? result.elementsOut : 0)
        result.rate = seconds > 0 ? Double(moved) / seconds : 0
        return result
    }

    /// The segment's busy time, divided by the sampled times of its stages.
    private func busyShare(_ status: SegmentStatus, _ step: Int, of count: Int) -> UInt64 {
        let busy = status.get(3)
        if count == 1 { return busy }
        var total: UInt64 = 0
        for i in 0..<count { total += status.counters(step: i).sampled }
        if total == 0 { return busy / UInt64(count) }
        return UInt64(Double(busy) * Double(status.counters(step: step).sampled) / Double(total))
    }

    /// Stages without a callback: what passed is what the channels next to them have seen.
    private func countPassing(_ stage: Int, _ result: inout StageStats) {
        let segment = plan.segmentOfStage[stage]
        var passed: UInt64 = 0
        if let edge = hostEdges[stage] {
            passed = UInt64(edge.isFeed ? edge.ring.consumed : edge.ring.produced)
        } else {
            for link in plan.segments[segment].links {
                for ring in links[link].rings { passed += UInt64(ring.consumed) }
            }
        }
        result.elementsIn = passed
        result.elementsOut = passed
    }

    /// Elements that have arrived at sinks.
    package var elementsAtSinks: UInt64 {
        var sum: UInt64 = 0
        for (i, stage) in description.stages.enumerated() {
            switch stage.kind {
            case .sink, .drain: sum += stats(of: i).elementsIn
            default: break
            }
        }
        return sum
    }

    /// Measured time per input element of each stage in ns; 0 where nothing was measured.
    func measuredCosts() -> [Double] {
        description.stages.indices.map { stage in
            let stats = stats(of: stage)
            let elements = max(stats.elementsIn, 1)
            if case .source = description.stages[stage].kind {
                return stats.elementsOut > 0 ? Double(stats.busy) / Double(stats.elementsOut) : 0
            }
            return stats.elementsIn > 0 ? Double(stats.busy) / Double(elements) : 0
        }
    }
}
