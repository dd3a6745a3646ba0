import PenstockDataflow

/// What a stage did in the current or last run, summed over its replicas; updated once per
/// activation.
public struct StageStats: Sendable, Hashable {
    public let name: String
    public let elementsIn: UInt64
    /// Over all ports.
    public let elementsOut: UInt64
    public let activations: UInt64
    /// In closures; fused stages share their task's time as sampled.
    public let busy: Duration
    /// Waiting for input.
    public let starved: Duration
    /// Waiting for room.
    public let blocked: Duration
    public let queueLength: Int
    public let queueHighWater: Int
    public let queueCapacity: Int
    /// Elements that the closure failed on, each try counted.
    public let failed: UInt64
    public let skipped: UInt64
    public let retried: UInt64
    public let deadLettered: UInt64
    /// Elements in per second of the run so far; of sources, elements out.
    public let rate: Double

    init(_ name: String, _ stats: PenstockDataflow.StageStats) {
        self.name = name
        elementsIn = stats.elementsIn
        elementsOut = stats.elementsOut
        activations = stats.activations
        busy = .nanoseconds(stats.busy)
        starved = .nanoseconds(stats.starved)
        blocked = .nanoseconds(stats.blocked)
        queueLength = stats.queueLength
        queueHighWater = stats.queueHighWater
        queueCapacity = stats.queueCapacity
        failed = stats.failed
        skipped = stats.skipped
        retried = stats.retried
        deadLettered = stats.deadLettered
        rate = stats.rate
    }
}

extension Graph {
    /// Of all stages, in the order in which they were described; empty before the first run. Any
    /// thread, any time; figures of one reading may be an activation apart.
    public var stats: [StageStats] {
        guard let run = core.run else { return [] }
        return core.description.stages.enumerated().map { i, stage in
            StageStats(stage.name, run.stats(of: i))
        }
    }

    /// Of one stage; nil before the first run.
    public func stats(of stage: some StageHandle) -> StageStats? {
        let stages = core.description.stages
        guard let run = core.run, stage.graph === self, stages.indices.contains(stage.stageIndex)
        else { return nil }
        return StageStats(stages[stage.stageIndex].name, run.stats(of: stage.stageIndex))
    }
}
