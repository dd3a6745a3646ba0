import Synchronization

/// An actor's hot half: two cache lines, the first written by senders, the second by the worker
/// that owns the actor. Cells are never unmapped and never change their slot; a message for an
/// actor that is gone is known by its generation.
///
/// A mailbox has two lanes for users, and one for control. The shared one is Vyukov's intrusive
/// queue for many producers and one consumer: a send is one exchange and one store. The local one
/// is a plain list of the owner's, for senders that run on it, used only while the shared one is
/// empty. The owner drains local before shared. So what is local is older than what is shared,
/// whichever worker a sender ran on, and what one actor sends to another arrives in order. The
/// control lane is a stack that the owner takes whole, before each message.
///
/// The first line, this struct, is never written but through its atomics.
struct Cell: ~Copyable {
    /// With the owner's line.
    static let size = 128
    /// Cells of a slab of their table, as a power of two.
    static let slabShift: UInt32 = 11

    /// The last node of the shared lane, or the stub while it is empty.
    let tail: Atomic<UInt>
    /// The link of the node that stands in the empty lane: its address is the stub's.
    let stub: Atomic<UInt>
    /// In 24 bits the generation of the actor that has the slot, or will have it next; above them
    /// how its mailbox is bounded. See `Bound`.
    let generation: Atomic<UInt32>
    /// The worker that runs it. Changed by that worker alone, when it hands the actor over: from
    /// then on it touches nothing of the body but `runNext`, which the new owner leaves alone until
    /// it has taken what it was given.
    let owner: Atomic<UInt32>
    /// In some worker's inbox, by `inboxNext`: one more than the number of the worker that put it
    /// there, or `Cell.postedFromOutside`; 0: in none.
    let isPosted: Atomic<UInt32>
    let slot: UInt32
    let inboxNext: Atomic<UInt>
    /// The control lane, the newest first.
    let control: Atomic<UInt>
    /// Of a mailbox with a bound: messages that wait, and how many may.
    let waiting: Atomic<Int32>
    let capacity: Atomic<Int32>

    /// Where the owner's address of the cold block stands, behind this struct.
    static let coldOffset = 56
    static let bodyOffset = 64

    static let postedFromOutside = UInt32.max

    init(slot: UInt32, generation: UInt32) {
        tail = Atomic(0)
        stub = Atomic(0)
        self.generation = Atomic(generation)
        owner = Atomic(0)
        isPosted = Atomic(0)
        self.slot = slot
        inboxNext = Atomic(0)
        control = Atomic(0)
        waiting = Atomic(0)
        capacity = Atomic(0)
    }
}

/// The second line of a cell. Guard: the worker that owns it.
struct CellBody: BitwiseCopyable {
    /// The first node of the shared lane; nil: the stub's link has it.
    var head: UnsafeMutablePointer<Node>?
    var localHead: UnsafeMutablePointer<Node>?
    /// Where the next one of the local lane is to be written: the last node's link, or `localHead`.
    var localTail: UnsafeMutableRawPointer
    /// nil: no actor has the slot, or one that handles batches.
    var behaviour: Behaviour?
    /// The actor's; of a free slot the next free one.
    var state: UnsafeMutableRawPointer?
    var runNext: UnsafeMutablePointer<Cell>?
    var destroy: Destroy?
    var marks: Marks = []
    var isScheduled = false
    /// Who posted it last, and how often in a row that worker was idle when the post was read.
    var lastPoster: UInt16 = 0
    var idlePosts: UInt8 = 0
    /// The set of workers that may run it.
    var dispatcher: UInt8 = 0

    static let localHeadOffset = 8
    static let stateOffset = 32

    /// What a turn has to look at beside messages. Empty for most actors.
    struct Marks: OptionSet, BitwiseCopyable {
        let rawValue: UInt8

        /// It handles no message until its supervisor, or the end of its children, says so.
        static let isSuspended = Marks(rawValue: 1)
        static let needsStart = Marks(rawValue: 2)
        static let isBatch = Marks(rawValue: 4)
        static let isMeasured = Marks(rawValue: 8)
        static let hasIdleTimeout = Marks(rawValue: 16)
        /// It ends after the message in hand.
        static let isStopping = Marks(rawValue: 32)
        /// There is an actor: the slot is not free.
        static let isAlive = Marks(rawValue: 64)

        /// It was born on a worker that may not run it.
        static let movesAway = Marks(rawValue: 128)

        /// Those that change what a turn does.
        static let special: Marks = [
            .isSuspended, .needsStart, .isBatch, .isMeasured, .hasIdleTimeout, .movesAway,
        ]
    }
}

extension UnsafeMutablePointer where Pointee == Cell {
    /// Address of the stub, whose link is its first and only word.
    var stubBits: UInt { UInt(bitPattern: self) &+ 8 }

    /// Only the owner touches it.
    var body: UnsafeMutablePointer<CellBody> {
        (UnsafeMutableRawPointer(self) + Cell.bodyOffset).assumingMemoryBound(to: CellBody.self)
    }

    /// Where the address of the local lane's first node stands.
    @inline(__always)
    var localLink: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(self) + (Cell.bodyOffset + CellBody.localHeadOffset)
    }

    /// Only the owner touches it. nil: the actor has nothing that needs one.
    var cold: UnsafeMutablePointer<Cold>? {
        get {
            UnsafeMutableRawPointer(self).load(
                fromByteOffset: Cell.coldOffset, as: UnsafeMutablePointer<Cold>?.self)
        }
        nonmutating set {
            UnsafeMutableRawPointer(self).storeBytes(
                of: newValue, toByteOffset: Cell.coldOffset,
                as: UnsafeMutablePointer<Cold>?.self)
        }
    }

    func initialize(slot: UInt32, generation: UInt32) {
        initialize(to: Cell(slot: slot, generation: generation))
        pointee.tail.store(stubBits, ordering: .relaxed)
        (UnsafeMutableRawPointer(self) + Cell.bodyOffset).bindMemory(
            to: CellBody.self, capacity: 1
        ).initialize(to: CellBody(localTail: localLink))
    }

    var ref: ActorRef {
        ActorRef(
            slot: pointee.slot, generation: pointee.generation.load(ordering: .relaxed))
    }

    /// Nothing came through the shared lane that was not taken. Exact for the owner, and for an
    /// actor that runs on it about its own sends: they happened before it came to this worker.
    @inline(__always)
    var sharedIsEmpty: Bool { pointee.tail.load(ordering: .relaxed) == stubBits }

    @inline(__always)
    var hasControl: Bool { pointee.control.load(ordering: .relaxed) != 0 }

    /// There is something that it can do now.
    @inline(__always)
    var hasWork: Bool {
        if hasControl { return true }
        if body.pointee.marks.contains(.isSuspended) { return false }
        return body.pointee.localHead != nil || !sharedIsEmpty
            || body.pointee.marks.contains(.needsStart)
    }
}
