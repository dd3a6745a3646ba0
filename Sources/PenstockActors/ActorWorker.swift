import PenstockRuntime
import Synchronization

/// The actors that one worker owns: plain memory, touched only by the thread that runs the worker,
/// or for it while that is away. Its address is the context that behaviours are given. Threads that
/// run no actors have one in common, under a lock, for what they send (`ActorSystem.outside`).
struct ActorWorker: ~Copyable {
    let index: UInt32
    /// So that a foreign pointer, or a stage's context, is refused. Not the first word: that is
    /// where ThreadSanitizer notes what others do to any part of the struct, and this is read at
    /// any time.
    let mark: UInt32 = ActorWorker.aliveMark
    static let aliveMark: UInt32 = 0x5053_5441  // "PSTA"
    let core: UnsafeMutablePointer<ActorCore>
    /// The core's, at hand.
    let allCells: Slabs
    let door: UnsafeMutablePointer<WorkerDoor>
    /// Nonzero while other workers may be idle. Of few workers their bits; of many it is always.
    let idleOthers: UnsafeMutablePointer<Atomic<UInt64>>
    let clock: Clock
    /// The engine's task that runs it; nil: a host dispatcher, or the threads outside.
    var task: UnsafeMutablePointer<Task>?
    /// How long an actor with many messages goes on. 0: it does not; so are simulated turns, and
    /// those of a host, which counts messages.
    var turnNanoseconds: UInt64 = 0

    // MARK: Memory
    var pool: NodePool
    /// Free slots that this worker owns.
    var cells: BlockList
    var colds: BlockList
    var kins: BlockList
    var pendings: BlockList
    /// Other workers' nodes on their way back, a chain for each pool.
    let chains: UnsafeMutablePointer<NodeChain>

    // MARK: Actors with something to do
    var queueHead: UnsafeMutablePointer<Cell>?
    var queueTail: UnsafeMutablePointer<Cell>?
    /// Actors in the queue.
    var queued = 0
    /// Woken by the actor that runs: its message is still in L1, so it goes next.
    var lifo: UnsafeMutablePointer<Cell>?
    /// Actors from the slot in a row.
    var lifoRuns = 0
    /// Its bit is set in the core's mask.
    var isIdle = false
    var timers = TimerHeap()
    /// A host's dispatcher that its program gives up: actors that come end at once.
    var isGivenUp = false

    // MARK: Messages from elsewhere; see moderate()
    /// Looks at the door since there last was something.
    var emptyLooks = 0
    /// What was handled until then.
    var handledBefore: UInt64 = 0
    var pauses = 0

    // MARK: During a call
    /// The actor whose behaviour runs.
    var current: UnsafeMutablePointer<Cell>?
    /// The message that it handles; nil: none, or the behaviour made it somebody else's.
    var hand: UnsafeMutablePointer<Node>?
    /// What `fail` said: which message of a batch, and a text, NUL-terminated.
    var failedIndex = -1
    let failureText: UnsafeMutablePointer<CChar>
    static let textBytes = 256
    /// The messages of the batch that runs, and how many.
    var batchCount = 0
    let batchNodes: UnsafeMutablePointer<UnsafeMutablePointer<Node>>
    let batchViews: UnsafeMutablePointer<MessageView>

    var counts = ActorCounts()
    /// Calls of behaviours for messages that are not counted: the engine's, answers, and those that
    /// were put aside.
    var otherCalls: UInt64 = 0

    // MARK: Who touches this memory; see ActorWorker+Relief
    /// The thread is in code of the program's.
    let isAway = Atomic<Bool>(true)
    /// Somebody else touches it meanwhile.
    let isFrozen = Atomic<Bool>(false)
    /// Activations so far: they last a fraction of a millisecond, or one call is long. Written by
    /// the worker alone.
    let passes = Atomic<UInt64>(0)
    /// At the last look nothing had changed since the one before.
    let isStuck = Atomic<Bool>(false)
    /// Its thread is in runActors, or in what that calls.
    var isRunning = false
    /// In a simulation: how often it found nothing to do.
    var idleRuns: UInt32 = 0

    /// An actor from the slot so often in a row, then one from the queue.
    static let lifoLimit = 3
    /// An actor moves to a worker that woke it so often in a row and was idle each time.
    static let partnerPosts = 8
    /// Messages of a turn; an actor with more goes on for so long.
    static let turnMessages = 128
    static let longTurn: UInt64 = 100_000
    /// Turns from one look at the clock to the next, which takes as long as a few messages. Powers
    /// of two.
    static let pace = 32
    /// The same when those before took less than `shortTurns` nanoseconds.
    static let shortPace = 128
    static let shortTurns: UInt64 = 10_000
    /// Mail that comes after fewer looks is a flow.
    static let flowLooks = 8
    /// A flow of fewer messages at a time is too thin.
    static let fewMessages: UInt64 = 64
    /// About a microsecond.
    static let mostPauses = 31
    /// In messages: about what one takes to come from memory.
    static let prefetchDistance: UInt = 24
    /// Actors that are given away at once for a worker that is away; it waits meanwhile.
    static let mostRelieved = 1024
    /// Messages that a batch behaviour sees at once, at most.
    static let batchLimit = 64

    init(
        index: UInt32, core: UnsafeMutablePointer<ActorCore>,
        door: UnsafeMutablePointer<WorkerDoor>, clock: Clock
    ) {
        self.index = index
        self.core = core
        allCells = core.pointee.cells
        self.door = door
        idleOthers = core.pointee.idleOthers(of: index)
        self.clock = clock
        pool = NodePool(index: index, door: door)
        let tables = core.pointee.tables
        cells = BlockList(tables.cells)
        colds = BlockList(tables.colds)
        kins = BlockList(tables.kins)
        pendings = BlockList(tables.pendings)
        chains = .allocate(capacity: core.pointee.poolCount)
        chains.initialize(repeating: NodeChain(), count: core.pointee.poolCount)
        failureText = .allocate(capacity: Self.textBytes)
        failureText.initialize(repeating: 0, count: Self.textBytes)
        batchNodes = .allocate(capacity: Self.batchLimit)
        batchViews = .allocate(capacity: Self.batchLimit)
    }

    var hasActorsToRun: Bool { queueHead != nil || lifo != nil }
    /// Calls of behaviours so far, for messages of all kinds.
    var handled: UInt64 { counts.delivered &+ otherCalls }

    /// The memory of its nodes, wherever they are, and its own.
    mutating func destroy(_ memory: borrowing MemoryBudget) {
        pool.destroy(memory)
        chains.deallocate()
        failureText.deallocate()
        batchNodes.deallocate()
        batchViews.deallocate()
    }
}

/// Nodes of one pool, collected by somebody else.
struct NodeChain: BitwiseCopyable {
    var first: UnsafeMutablePointer<Node>?
    var last: UnsafeMutablePointer<Node>?
    var count = 0
}
