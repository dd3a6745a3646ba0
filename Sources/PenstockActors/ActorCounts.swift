import Synchronization

/// What happened so far. A message that was sent is delivered, dropped or a dead letter.
package struct ActorCounts: BitwiseCopyable, Sendable, Equatable {
    package var sent: UInt64 = 0
    package var delivered: UInt64 = 0
    package var dropped: UInt64 = 0
    package var deadLetters: UInt64 = 0
    package var lateReplies: UInt64 = 0
    package var spawned: UInt64 = 0
    package var stopped: UInt64 = 0
    package var failed: UInt64 = 0
    package var restarts: UInt64 = 0

    package init() {}

    static func += (all: inout ActorCounts, one: ActorCounts) {
        all.sent &+= one.sent
        all.delivered &+= one.delivered
        all.dropped &+= one.dropped
        all.deadLetters &+= one.deadLetters
        all.lateReplies &+= one.lateReplies
        all.spawned &+= one.spawned
        all.stopped &+= one.stopped
        all.failed &+= one.failed
        all.restarts &+= one.restarts
    }
}

/// The counts of one worker as others see them, written once per activation.
struct PublishedCounts: ~Copyable {
    private let sent = Atomic<UInt64>(0)
    private let delivered = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)
    private let deadLetters = Atomic<UInt64>(0)
    private let lateReplies = Atomic<UInt64>(0)
    private let spawned = Atomic<UInt64>(0)
    private let stopped = Atomic<UInt64>(0)
    private let failed = Atomic<UInt64>(0)
    private let restarts = Atomic<UInt64>(0)

    func publish(_ counts: ActorCounts) {
        sent.store(counts.sent, ordering: .relaxed)
        delivered.store(counts.delivered, ordering: .relaxed)
        dropped.store(counts.dropped, ordering: .relaxed)
        deadLetters.store(counts.deadLetters, ordering: .relaxed)
        lateReplies.store(counts.lateReplies, ordering: .relaxed)
        spawned.store(counts.spawned, ordering: .relaxed)
        stopped.store(counts.stopped, ordering: .relaxed)
        failed.store(counts.failed, ordering: .relaxed)
        restarts.store(counts.restarts, ordering: .relaxed)
    }

    var value: ActorCounts {
        var counts = ActorCounts()
        counts.sent = sent.load(ordering: .relaxed)
        counts.delivered = delivered.load(ordering: .relaxed)
        counts.dropped = dropped.load(ordering: .relaxed)
        counts.deadLetters = deadLetters.load(ordering: .relaxed)
        counts.lateReplies = lateReplies.load(ordering: .relaxed)
        counts.spawned = spawned.load(ordering: .relaxed)
        counts.stopped = stopped.load(ordering: .relaxed)
        counts.failed = failed.load(ordering: .relaxed)
        counts.restarts = restarts.load(ordering: .relaxed)
        return counts
    }
}
