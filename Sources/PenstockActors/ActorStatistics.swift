package import Synchronization

/// Of one actor that is measured: written by its worker, read by anybody.
package final class ActorStatistics: Sendable {
    package let processed = Atomic<UInt64>(0)
    package let dropped = Atomic<UInt64>(0)
    package let failed = Atomic<UInt64>(0)
    package let restarts = Atomic<UInt64>(0)
    package let queueHighWater = Atomic<UInt64>(0)
    package let longestNanoseconds = Atomic<UInt64>(0)

    /// What one turn found waiting.
    func noteQueue(_ length: Int32) {
        raise(queueHighWater, to: UInt64(max(0, length)))
    }

    func noteCall(_ nanoseconds: UInt64, messages: UInt64) {
        processed.add(messages, ordering: .relaxed)
        raise(longestNanoseconds, to: nanoseconds)
    }

    private func raise(_ most: borrowing Atomic<UInt64>, to value: UInt64) {
        if value > most.load(ordering: .relaxed) { most.store(value, ordering: .relaxed) }
    }
}
