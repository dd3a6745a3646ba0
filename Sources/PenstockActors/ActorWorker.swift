import PenstockRuntime
import Synchronization

/// The actors that one worker owns: plain memory, touched only by the thread that runs the worker.
struct ActorWorker: ~Copyable {
    let index: UInt32
    let core: UnsafeMutablePointer<ActorCore>
    let door: UnsafeMutablePointer<WorkerDoor>
    let clock: Clock
    var pool: NodePool

    // MARK: Actors with something to do
    var queueHead: UnsafeMutablePointer<Cell>?
    var queueTail: UnsafeMutablePointer<Cell>?
    /// Actors in the queue and in the slot.
    var depth = 0
    /// Woken by the actor that runs: its message is still in L1, so it goes next.
    var lifo: UnsafeMutablePointer<Cell>?
    /// Actors from the slot in a row.
    var lifoRuns = 0
    /// The actor whose behaviour runs.
    var current: UnsafeMutablePointer<Cell>?
    /// Free slots that this worker owns, linked by `state`.
    var freeCells: UnsafeMutablePointer<Cell>?
    var freeCount = 0
    /// Its bit is set in the core's mask.
    var isIdle = false

    /// Other workers' nodes on their way back, a chain for each pool.
    let chains: UnsafeMutablePointer<NodeChain>

    var counts = ActorCounts()

    /// An actor from the slot so often in a row, then one from the queue.
    static let lifoLimit = 3
    /// An actor moves to a worker that woke it so often in a row and was idle each time.
    static let partnerPosts = 8
    /// Messages that one actor may take before the next one's turn.
    static let batch = 128
    /// Free slots beyond this go to the table, so many at once.
    static let keptCells = 256

    init(
        index: UInt32, core: UnsafeMutablePointer<ActorCore>,
        door: UnsafeMutablePointer<WorkerDoor>, clock: Clock,
        chains: UnsafeMutablePointer<NodeChain>
    ) {
        self.index = index
        self.core = core
        self.door = door
        self.clock = clock
        self.chains = chains
        pool = NodePool(index: Int(index), door: door)
    }
}

/// Nodes of one pool, collected by somebody else.
struct NodeChain: BitwiseCopyable {
    var first: UnsafeMutablePointer<Node>?
    var last: UnsafeMutablePointer<Node>?
    var count = 0
}

/// What happened so far. A message that was sent is delivered, dropped or a dead letter.
package struct ActorCounts: BitwiseCopyable, Sendable, Equatable {
    package var sent: UInt64 = 0
    package var delivered: UInt64 = 0
    package var deadLetters: UInt64 = 0
    package var spawned: UInt64 = 0
    package var stopped: UInt64 = 0
    package var failed: UInt64 = 0

    static func += (all: inout ActorCounts, one: ActorCounts) {
        all.sent &+= one.sent
        all.delivered &+= one.delivered
        all.deadLetters &+= one.deadLetters
        all.spawned &+= one.spawned
        all.stopped &+= one.stopped
        all.failed &+= one.failed
    }
}

/// What all workers of an engine's actors share. Never written but through its atomics.
struct ActorCore: ~Copyable {
    let table: CellTable
    let budget: MemoryBudget
    let workerCount: Int
    /// Touched by others than their own threads only when these run no actors any more.
    let workers: UnsafeMutablePointer<UnsafeMutablePointer<ActorWorker>>
    /// One for each pool: of the workers, and of those threads that are none.
    let doors: UnsafeMutablePointer<UnsafeMutablePointer<WorkerDoor>>
    /// Of those threads that are no workers.
    let outside: UnsafeMutablePointer<OutsideLane>
    /// A bit for each worker that has nothing to do and was not given anything since, 64 to a word.
    let idle: UnsafeMutablePointer<Atomic<UInt64>>
    let idleWords: Int
    /// Workers let go of their actors.
    let isEnding: Atomic<Bool>
    /// Workers' tasks that have not ended.
    let running: Atomic<Int>
    /// Signalled by the last of them, and by each that becomes idle while somebody waits for that.
    let ended: Waker
    let isAwaited: Atomic<Bool>

    /// Workers that wait for somebody to give them something.
    var someoneIsIdle: Bool {
        for word in 0..<idleWords where idle[word].load(ordering: .relaxed) != 0 {
            return true
        }
        return false
    }

    /// A pool for each worker, and one for the threads that are none.
    var poolCount: Int { workerCount + 1 }

    func isIdle(_ worker: UInt32) -> Bool {
        idle[Int(worker >> 6)].load(ordering: .relaxed) & UInt64(1) << UInt64(worker & 63) != 0
    }

    /// Takes one of them; it is the caller's to wake.
    func claimIdle() -> UnsafeMutablePointer<WorkerDoor>? {
        for word in 0..<idleWords {
            var bits = idle[word].load(ordering: .relaxed)
            while bits != 0 {
                let bit = bits & ~(bits &- 1)
                let before = idle[word].bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue
                if before & bit != 0 { return doors[word * 64 + bit.trailingZeroBitCount] }
                bits = before & ~bit
            }
        }
        return nil
    }
}
