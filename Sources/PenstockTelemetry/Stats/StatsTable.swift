/// The counters of every stage over one stretch of time, as plain values.
package struct StatsTable: Sendable, Equatable {
    package var rows: [Row]

    package init(rows: [Row] = []) { self.rows = rows }

    package struct Row: Sendable, Equatable {
        package var stage: String
        package var kind: String
        package var replicas: Int
        package var elementsIn: UInt64
        package var elementsOut: UInt64
        package var activations: UInt64
        /// Sums over the replicas: working, waiting for input, waiting for room.
        package var busyNs: UInt64
        package var starvedNs: UInt64
        package var blockedNs: UInt64
        /// Of the input channels: the fullest they were, and what they hold.
        package var queueHighWater: UInt64
        package var queueCapacity: UInt64
        package var errors: UInt64
        package var skipped: UInt64
        package var retried: UInt64
        package var deadLettered: UInt64
        package var wallNs: UInt64

        package init(
            stage: String, kind: String, replicas: Int = 1, elementsIn: UInt64 = 0,
            elementsOut: UInt64 = 0, activations: UInt64 = 0, busyNs: UInt64 = 0,
            starvedNs: UInt64 = 0, blockedNs: UInt64 = 0, queueHighWater: UInt64 = 0,
            queueCapacity: UInt64 = 0, errors: UInt64 = 0, skipped: UInt64 = 0,
            retried: UInt64 = 0, deadLettered: UInt64 = 0, wallNs: UInt64 = 0
        ) {
            self.stage = stage
            self.kind = kind
            self.replicas = replicas
            self.elementsIn = elementsIn
            self.elementsOut = elementsOut
            self.activations = activations
            self.busyNs = busyNs
            self.starvedNs = starvedNs
            self.blockedNs = blockedNs
            self.queueHighWater = queueHighWater
            self.queueCapacity = queueCapacity
            self.errors = errors
            self.skipped = skipped
            self.retried = retried
            self.deadLettered = deadLettered
            self.wallNs = wallNs
        }
    }
}

extension StatsTable.Row {
    /// Shares of the time that all replicas had together.
    package var busyShare: Double { share(of: busyNs) }
    package var starvedShare: Double { share(of: starvedNs) }
    package var blockedShare: Double { share(of: blockedNs) }

    /// How full the fullest input channel was.
    package var queueShare: Double {
        queueCapacity == 0 ? 0 : Double(queueHighWater) / Double(queueCapacity)
    }

    /// What came through: output, or input where a stage has none.
    package var elementsPerSecond: Double {
        let elements = elementsOut > 0 ? elementsOut : elementsIn
        return wallNs == 0 ? 0 : Double(elements) / (Double(wallNs) / 1e9)
    }

    private func share(of ns: UInt64) -> Double {
        wallNs == 0 ? 0 : Double(ns) / (Double(wallNs) * Double(max(1, replicas)))
    }
}
