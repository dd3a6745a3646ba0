import PenstockRuntime
import Synchronization

/// What a segment replica shows of itself: written by its worker once per activation, read by
/// anyone (relaxed on both sides; the figures of one reading may be an activation apart).
struct SegmentStatus {
    let memory: UnsafeMutableRawPointer

    enum Condition: UInt64 {
        case ready = 0
        case running = 1
        case starved = 2
        case blocked = 3
        case timer = 4
        case paused = 5
        case done = 6
    }

    // Words: 0 condition, 1 outlet it is blocked on, 2 activations, 3 busy, 4 starved, 5 blocked
    // (ns), 6 since (engine time), 7 queue high water, then 8 words per step.
    private static let head = 8
    private static let perStep = 8

    /// Zeroed words of the run's memory.
    init(arena: inout Arena, steps: Int, for purpose: String) throws(Failure) {
        let words = SegmentStatus.head + max(steps, 1) * SegmentStatus.perStep
        memory = try arena.bytes(words, size: 8, alignment: 128, for: purpose)
    }

    func word(_ i: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory + i * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func set(_ i: Int, _ value: UInt64) { word(i).pointee.store(value, ordering: .relaxed) }
    func get(_ i: Int) -> UInt64 { word(i).pointee.load(ordering: .relaxed) }

    var condition: Condition { Condition(rawValue: get(0)) ?? .ready }

    func publish(step i: Int, _ c: StepCounters, sampled: UInt64) {
        let at = SegmentStatus.head + i * SegmentStatus.perStep
        set(at, c.elementsIn)
        set(at + 1, c.elementsOut)
        set(at + 2, c.failed)
        set(at + 3, c.skipped)
        set(at + 4, c.retried)
        set(at + 5, c.deadLettered)
        set(at + 6, sampled)
    }

    func counters(step i: Int) -> (StepCounters, sampled: UInt64) {
        let at = SegmentStatus.head + i * SegmentStatus.perStep
        return (
            StepCounters(
                elementsIn: get(at), elementsOut: get(at + 1), failed: get(at + 2),
                skipped: get(at + 3), retried: get(at + 4), deadLettered: get(at + 5)), get(at + 6)
        )
    }
}
