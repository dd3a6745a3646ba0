import Synchronization

/// An ask that waits for its answer, or a timer: with the node of the message that ends it, so that
/// an answer needs no memory. Three lines: what everybody may touch, what is of the worker whose
/// heap has it, and the node. Blocks are never unmapped; a token is the block's number and its
/// generation.
struct Pending: ~Copyable {
    static let size = 192
    /// Blocks of a slab of their table, as a power of two.
    static let slabShift: UInt32 = 9

    /// Generation above 8 bits of phase.
    let state: Atomic<UInt64>
    /// Asks: the actor that has to answer.
    let holder: Atomic<UInt64>
    /// It is in the door of `home`; see WorkerDoor.timers.
    let isPosted: Atomic<UInt32>
    /// The worker whose heap has it, will have it or had it; `Pending.nowhere`.
    let home: Atomic<UInt32>
    /// The next in that door, or of a free list.
    let next: Atomic<UInt>
    let number: UInt32

    static let nowhere = UInt32.max
    static let nextOffset = 24
    static let inHeapOffset = 36
    static let detailsOffset = 40
    static let heapOffset = 72
    static let linksOffset = 104
    static let statusOffset = 120
    static let nodeOffset = 128

    enum Phase: UInt64 {
        case free = 0
        /// An ask that nobody has answered.
        case open = 1
        /// The node is on its way to the actor.
        case sent = 2
        /// Timer: cancelled while its node was on its way.
        case cancelled = 3
        /// Nobody needs it: its home takes it out of the heap and frees it.
        case released = 4
        /// A timer that will fire.
        case armed = 5
    }

    /// Written by whoever makes it, before anybody else knows of it.
    struct Details: BitwiseCopyable {
        /// Whose message the node is; none: a host thread waits, by the waker at `user`.
        var asker: ActorRef
        /// nil: a timer.
        var answer: Answer?
        var user: UnsafeMutableRawPointer?
        /// Of a timer; 0: it fires once.
        var period: UInt64 = 0
    }

    /// Its place in a pairing heap. Guard: the worker `home`; but `deadline` is written by whoever
    /// gives it to that worker, before.
    struct HeapPlace: BitwiseCopyable {
        var deadline: UInt64 = .max
        var child: UnsafeMutablePointer<Pending>?
        var sibling: UnsafeMutablePointer<Pending>?
        /// The sibling before, or the parent of a first child.
        var before: UnsafeMutablePointer<Pending>?
    }

    /// A timer's place among its actor's. Guard: the worker that owns the actor.
    struct Links: BitwiseCopyable {
        var next: UnsafeMutablePointer<Pending>?
        var previous: UnsafeMutablePointer<Pending>?
    }
}

extension UnsafeMutablePointer where Pointee == Pending {
    var details: UnsafeMutablePointer<Pending.Details> {
        (UnsafeMutableRawPointer(self) + Pending.detailsOffset).assumingMemoryBound(
            to: Pending.Details.self)
    }
    var place: UnsafeMutablePointer<Pending.HeapPlace> {
        (UnsafeMutableRawPointer(self) + Pending.heapOffset).assumingMemoryBound(
            to: Pending.HeapPlace.self)
    }
    var links: UnsafeMutablePointer<Pending.Links> {
        (UnsafeMutableRawPointer(self) + Pending.linksOffset).assumingMemoryBound(
            to: Pending.Links.self)
    }
    /// How the ask has ended. Written by whoever ended it, before the node is sent.
    var status: Int32 {
        get {
            UnsafeMutableRawPointer(self).load(fromByteOffset: Pending.statusOffset, as: Int32.self)
        }
        nonmutating set {
            UnsafeMutableRawPointer(self).storeBytes(
                of: newValue, toByteOffset: Pending.statusOffset, as: Int32.self)
        }
    }
    /// Guard: the worker `home`.
    var isInHeap: Bool {
        get {
            UnsafeMutableRawPointer(self).load(fromByteOffset: Pending.inHeapOffset, as: Bool.self)
        }
        nonmutating set {
            UnsafeMutableRawPointer(self).storeBytes(
                of: newValue, toByteOffset: Pending.inHeapOffset, as: Bool.self)
        }
    }
    var node: UnsafeMutablePointer<Node> {
        (UnsafeMutableRawPointer(self) + Pending.nodeOffset).assumingMemoryBound(to: Node.self)
    }

    static func of(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Pending> {
        (UnsafeMutableRawPointer(node) - Pending.nodeOffset).assumingMemoryBound(to: Pending.self)
    }

    func initialize(number: UInt32) {
        initialize(
            to: Pending(
                state: Atomic(1 << 8), holder: Atomic(0), isPosted: Atomic(0),
                home: Atomic(Pending.nowhere), next: Atomic(0), number: number))
        details.initialize(to: Pending.Details(asker: .none))
        place.initialize(to: Pending.HeapPlace())
        links.initialize(to: Pending.Links())
        node.pointee.header = Header(generation: 0, kind: .answer, size: 0, type: 0)
    }

    /// Of a block that was just taken: number and generation, never zero.
    var token: UInt64 {
        (pointee.state.load(ordering: .relaxed) >> 8) << 32 | UInt64(pointee.number)
    }

    /// Only the one who changes it to something else goes on with it.
    @inline(__always)
    func change(
        _ generation: UInt64, from old: Pending.Phase, to new: Pending.Phase
    ) -> Bool {
        // acquiring and releasing: what was written before one change is seen after the next
        pointee.state.compareExchange(
            expected: generation << 8 | old.rawValue, desired: generation << 8 | new.rawValue,
            successOrdering: .acquiringAndReleasing, failureOrdering: .acquiring
        ).exchanged
    }

    var generation: UInt64 { pointee.state.load(ordering: .relaxed) >> 8 }
    var phase: Pending.Phase? {
        Pending.Phase(rawValue: pointee.state.load(ordering: .acquiring) & 0xff)
    }
}
