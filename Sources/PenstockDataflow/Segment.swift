import PenstockRuntime
import Synchronization

/// A running segment replica: neighbouring stages fused into one task. Plain memory, touched only
/// by the worker that runs it.
///
/// An activation runs blocks. A block takes a span from the inlet, for whose results every outlet
/// has room beforehand, sends it through all steps, and passes the results on. So nothing is ever
/// left over between steps, and a stage that may stop in the middle of a span (retries) or needs
/// spans of a certain length (batches) simply is the first of its segment.
struct Segment {
    /// Of the plan's segments.
    let index: Int
    let steps: UnsafeMutablePointer<Step>
    let stepCount: Int
    var inlet: Inlet
    let outlets: UnsafeMutablePointer<Outlet>
    let outletCount: Int
    /// One per outlet: where the block in hand puts its results.
    let ports: UnsafeMutablePointer<PortSpan>
    let control: RunControl
    let run: Unmanaged<Run>
    let clock: Clock
    let status: SegmentStatus
    let loop: UnsafeMutablePointer<Loop>?
    /// Relays and bare merges: the type that passes through.
    let stride: Int
    let destroy: ElementType.Destroy?
    let destroyUser: UnsafeMutableRawPointer?

    /// Most input elements per block.
    let blockElements: Int
    /// A step's finish may emit what so many input elements become.
    let finishElements: Int
    /// Batches: a block is all of `blockElements` (but for the last one), so room must be as well.
    let isWhole: Bool
    /// Most elements that one input element can become at an outlet.
    let expansion: Int
    var task: UnsafeMutablePointer<Task>

    enum Phase: UInt8 {
        case fresh  // no activation yet: set-up is due
        case running
        case flushing  // the input has ended: steps give what they kept
        case discarding  // ended early: the rest of the input is destroyed
    }
    var phase = Phase.fresh
    /// Flushing: the step whose turn it is.
    var flushStep = 0
    /// A step wants no more input; flushing begins after it. -1: none.
    var endedBy = -1
    /// The run has failed in this block.
    var failed = false
    var retryAt: UInt64 = 0
    var sourceWait: UInt64 = 0
    var sourceAt: UInt64 = 0
    /// Set by pst_graph_wake, from any thread.
    let wakeFlag: UnsafeMutablePointer<Atomic<Bool>>

    // Accounting, published once per activation.
    var activationStart: UInt64 = 0
    var idleSince: UInt64 = 0
    var idleCondition = SegmentStatus.Condition.ready
    var activations: UInt64 = 0
    var busy: UInt64 = 0
    var starved: UInt64 = 0
    var blocked: UInt64 = 0
    var highWater = 0
    var trace: TraceBuffer

    /// The outlet that had no room.
    var fullOutlet = 0
}

/// The last activations of one segment replica, oldest overwritten first.
struct TraceBuffer {
    struct Record {
        var start: UInt64
        var end: UInt64
        var elements: UInt64
    }
    let records: UnsafeMutablePointer<Record>?
    let capacity: Int
    var written = 0

    /// The oldest record that is still there; at least one was written.
    var oldest: Record { records.unsafelyUnwrapped[written > capacity ? written % capacity : 0] }

    mutating func add(_ record: Record) {
        guard let records else { return }
        records[written % capacity] = record
        written &+= 1
    }
}
