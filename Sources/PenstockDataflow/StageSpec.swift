/// What kind of stage it is, with what the program gave to it.
package enum StageKind: Sendable {
    case source(SourceFunction)
    case map(MapFunction)
    case filter(FilterFunction)
    case process(ProcessFunction)
    /// `initial`: the bytes of the first state.
    case fold(FoldFunction, initial: [UInt8], every: UInt64)
    case sink(SinkFunction)
    case merge(MergeOrder)
    case feed
    case drain

    package var word: String {
        switch self {
        case .source: "source"
        case .map: "map"
        case .filter: "filter"
        case .process: "process"
        case .fold: "fold"
        case .sink: "sink"
        case .merge: "merge"
        case .feed: "feed"
        case .drain: "drain"
        }
    }

    package var isFeed: Bool {
        if case .feed = self { true } else { false }
    }

    package var isDrain: Bool {
        if case .drain = self { true } else { false }
    }

    /// Has no callback: it is where channels meet, or where the host stands.
    var isStepless: Bool {
        switch self {
        case .merge, .feed, .drain: true
        default: false
        }
    }
}

package enum MergeOrder: Sendable {
    case any
    case turns
    case sorted(CompareFunction)
}

/// How a port divides its elements among its consumers.
package enum Distribution: Sendable {
    case broadcast
    case roundRobin
    case key(Key)
}

/// A key function with its user pointer.
package struct Key: @unchecked Sendable {
    package let function: KeyFunction
    package let user: UnsafeMutableRawPointer?

    package init(function: @escaping KeyFunction, user: UnsafeMutableRawPointer?) {
        self.function = function
        self.user = user
    }
}

package enum StageThread: Sendable {
    case worker
    case blocking
    case host
}

package enum FailurePolicy: Sendable {
    case fail
    case skip
    case retry
    case deadLetter
}

package struct StageOptions: Sendable {
    package var replicas = 1
    package var ordered = true
    package var key: Key?
    package var batch = 0
    package var lingerNanoseconds: UInt64 = 0
    package var maxOutputs = 1
    package var thread = StageThread.worker
    package var costNanoseconds = 0.0
    package var onFailure = FailurePolicy.fail
    package var retries = 3
    package var backoffNanoseconds: UInt64 = 1_000_000
    package var capacity = 0
    package var on: String?
    package var near: Int?
    package var exclusive = false
    package var setup: SetupFunction?
    package var teardown: TeardownFunction?
    package var finish: FinishFunction?

    package init() {}
}

/// What a stage of the library's own brings with it, where a program's stage has options.
package struct BuiltIn: Sendable {
    package var setup: SetupFunction?
    package var teardown: TeardownFunction?
    package var finish: FinishFunction?
    /// Called before each run, on the thread that starts it.
    package var begin: (@Sendable () -> Void)?
    package var maxOutputs = 1
    /// A process stage that sees one element per call, and that may return `.again`: then what it
    /// has emitted moves on, and it is called with the same element. So it need not have room for
    /// all that an element becomes.
    package var isResumable = false
    /// Elements that channels behind it hold unless told otherwise; 0: sized for the caches. For
    /// elements that own much memory.
    package var channelElements = 0

    package init() {}
}

/// What a host that suspends instead of sleeping gives to a feed or drain: called on a worker's
/// thread, once for each `Graph.awaitHostEdge` that was not ready.
package struct HostNotice: @unchecked Sendable {
    package let function: @convention(c) (UnsafeMutableRawPointer) -> Void
    /// The description keeps what it points to alive.
    package let context: UnsafeMutableRawPointer

    package init(
        function: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void,
        context: UnsafeMutableRawPointer
    ) {
        self.function = function
        self.context = context
    }
}

/// One stage of a description.
package struct StageSpec: @unchecked Sendable {
    package internal(set) var name: String
    package let kind: StageKind
    /// What it takes; nil for sources and feeds.
    package let input: ElementType?
    /// One per output port.
    package let outputs: [ElementType]
    package let user: UnsafeMutableRawPointer?
    package var options = StageOptions()
    package var distributions: [Distribution]
    /// Kept alive with the description (boxes behind `user`).
    package let keepAlive: AnyObject?
    package var builtIn: BuiltIn?
    /// Shown instead of the kind's own word ("matmul").
    package var label: String?
    /// Feeds and drains: told instead of a sleeping host thread.
    package internal(set) var notice: HostNotice?

    package var word: String { label ?? kind.word }

    package var maxOutputs: Int { builtIn?.maxOutputs ?? options.maxOutputs }
    package var finish: FinishFunction? { builtIn != nil ? builtIn?.finish : options.finish }

    /// The dead-letter port's number: the one after the ordinary ports.
    package var deadLetterPort: Int { outputs.count }

    /// The type of a port, the dead-letter port included.
    package func type(ofPort port: Int) -> ElementType {
        port < outputs.count ? outputs[port] : input!
    }
}

extension StageSpec {
    /// A map hands on exactly the batches that it is given, so a follower that wants the same needs
    /// no channel to collect them in.
    func handsOnBatches(to next: StageSpec) -> Bool {
        guard case .map = kind else { return false }
        return options.batch == next.options.batch && options.onFailure == .fail
            && options.lingerNanoseconds == next.options.lingerNanoseconds
            && options.replicas == next.options.replicas
    }
}

package struct EdgeSpec: Sendable {
    package let from: Int
    package let port: Int
    package let to: Int
    /// Position among the inputs of `to`.
    package let input: Int
    /// Feedback: how many elements may be inside the cycle.
    package let credit: Int?
    package var capacity = 0
    package var neverFuse = false
}
