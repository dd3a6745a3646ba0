import PenstockRuntime

/// One stage inside a running segment replica: its callback, its state and what it is told. Its
/// address is the callback's context. Plain memory, touched only by the worker that runs the
/// segment.
package struct Step {
    /// Set while the step is alive, so that a foreign pointer is refused.
    static let aliveMark: UInt32 = 0x5053_5443  // "PSTC"
    package var mark: UInt32 = Step.aliveMark

    enum Kind: UInt8 { case source, map, filter, process, fold, sink }

    let kind: Kind
    let stage: Int32
    package let replica: Int32
    let replicas: Int32
    let policy: FailurePolicy

    // The callback; which one is set goes with `kind`.
    var source: SourceFunction?
    var map: MapFunction?
    var filter: FilterFunction?
    var process: ProcessFunction?
    var fold: FoldFunction?
    var sink: SinkFunction?
    var setup: SetupFunction?
    var teardown: TeardownFunction?
    var finish: FinishFunction?

    package let user: UnsafeMutableRawPointer?
    /// The replica's own.
    package var state: UnsafeMutableRawPointer?
    let segment: UnsafeMutablePointer<Segment>

    let inStride: Int
    let outStride: Int
    let destroyInput: ElementType.Destroy?
    let destroyInputUser: UnsafeMutableRawPointer?

    /// Most outputs per input and port.
    let maxOutputs: Int
    /// See `BuiltIn`.
    let isResumable: Bool

    /// Where its output goes: of the last step the segment's ports, of others one of their own.
    /// Sinks without dead letters have none.
    let ports: UnsafeMutablePointer<PortSpan>
    let portCount: Int
    /// Index of the dead-letter port among `ports`, or -1.
    let deadLetterPort: Int

    /// Filters: one flag per element of a span.
    var keep: UnsafeMutablePointer<Bool>?

    /// Folds.
    var foldState: UnsafeMutableRawPointer?
    var foldInitial: UnsafeMutableRawPointer?
    let every: UInt64
    var sinceEmit: UInt64 = 0
    var foldStateIsLive = false

    /// Elements given so far, in this run.
    package var position: UInt64 = 0
    var isSetUp = false

    /// What `fail` said during the current call: -1 for nothing.
    var failIndex = -1
    /// `position` at that time: a call that succeeds after all makes it void.
    var failPosition: UInt64 = 0
    var failStatus: Int32 = 0
    /// NUL-terminated, `Step.textBytes` long.
    var failText: UnsafeMutablePointer<CChar>
    static let textBytes = 256

    let retries: Int
    let backoff: UInt64
    var attempts = 0
    /// `position` of the element that `attempts` counts.
    var attemptPosition: UInt64 = 0

    var counters = StepCounters()
    /// Ticks of the sampled spans, for dividing the segment's busy time among its stages.
    var sampledTicks: UInt64 = 0
}

/// Where a step's output for one port goes during one block: the channel itself, or a scratch span.
struct PortSpan {
    var base: UnsafeMutableRawPointer
    var capacity: Int
    var count = 0
    /// `base` is in the channel: publishing needs no copy.
    var isDirect = false
    let stride: Int
    /// `count` before the call in hand.
    var mark = 0
    /// Reserved by the callback and not committed yet.
    var reserved = 0
    let destroy: ElementType.Destroy?
    let destroyUser: UnsafeMutableRawPointer?
    /// Scratch of its own: between steps, or when the channel has no room in one piece.
    let scratch: UnsafeMutableRawPointer
    let scratchCapacity: Int

    var next: UnsafeMutableRawPointer { base + count &* stride }
}

/// Counted by the worker, published once per activation.
struct StepCounters {
    var elementsIn: UInt64 = 0
    var elementsOut: UInt64 = 0
    var failed: UInt64 = 0
    var skipped: UInt64 = 0
    var retried: UInt64 = 0
    var deadLettered: UInt64 = 0
}
