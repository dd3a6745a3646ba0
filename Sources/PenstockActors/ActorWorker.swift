import PenstockRuntime
import Synchronization

/// The actors that one worker owns: plain memory, touched only by the thread that runs the worker. Its
/// address is the context that behaviours are given. Threads that run no actors have one in common,
/// under a lock, for what they send (`ActorSystem.outside`).
struct ActorWorker: ~Copyable {
    /// The first word, so that a foreign pointer, or a stage's context, is refused.
    static let aliveMark: UInt32 = 0x5053_5441  // "PSTA"
    let mark: UInt32 = ActorWorker.aliveMark
    let index: UInt32
    let core: UnsafeMutablePointer<ActorCore>
    let door: UnsafeMutablePointer<WorkerDoor>
    let clock: Clock
    /// The engine's task that runs it; nil: a host dispatcher, or the threads outside.
    var task: UnsafeMutablePointer<Task>?

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
    /// Actors in the queue and in the slot.
    var depth = 0
    /// Woken by the actor that runs: its message is still in L1, so it goes next.
    var lifo: UnsafeMutablePointer<Cell>?
    /// Actors from the slot in a row.
    var lifoRuns = 0
    /// Its bit is set in the core's mask.
    var isIdle = false
    var timers = TimerHeap()
    /// A host's dispatcher that its program gives up: actors that come end at once.
    var isGivenUp = false

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
    /// Messages of the engine's and answers that actors were given, and those that were put aside.
    var others: UInt64 = 0
    /// Messages that actors were given, of all kinds.
    var handled: UInt64 { counts.delivered &+ others }

    /// An actor from the slot so often in a row, then one from the queue.
    static let lifoLimit = 3
    /// An actor moves to a worker that woke it so often in a row and was idle each time.
    static let partnerPosts = 8
    /// Messages that a batch behaviour sees at once, at most.
    static let batchLimit = 64

    init(
        index: UInt32, core: UnsafeMutablePointer<ActorCore>,
        door: UnsafeMutablePointer<WorkerDoor>, clock: Clock
    ) {
        self.index = index
        self.core = core
        self.door = door
        self.clock = clock
        pool = NodePool(index: Int(index), door: door)
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
