import Synchronization

/// An actor's hot half: two cache lines, the first written by senders, the second by the worker that
/// owns the actor. Cells are never unmapped and never change their slot; a message for an actor that
/// is gone is known by its generation.
///
/// A mailbox has two lanes. The shared one is Vyukov's intrusive queue for many producers and one
/// consumer: a send is one exchange and one store. The local one is a plain list of the owner's, for
/// senders that run on it, used only while the shared one is empty. The owner drains local before
/// shared. So what is local is older than what is shared, whichever worker a sender ran on, and what
/// one actor sends to another arrives in order.
///
/// The first line, this struct, is never written but through its atomics.
struct Cell: ~Copyable {
    /// With the owner's line.
    static let size = 128

    /// The last node of the shared lane, or the stub while it is empty.
    let tail: Atomic<UInt>
    /// The link of the node that stands in the empty lane: its address is the stub's.
    let stub: Atomic<UInt>
    /// Of the actor that has the slot, or will have it next.
    let generation: Atomic<UInt32>
    /// The worker that runs it. Changed by that worker alone, when it hands the actor over: from then
    /// on it touches nothing of the body but `runNext`, which the new owner leaves alone until it has
    /// taken what it was given.
    let owner: Atomic<UInt32>
    /// In some worker's inbox, by `inboxNext`: one more than the number of the worker that put it
    /// there, or `Cell.postedFromOutside`; 0: in none.
    let isPosted: Atomic<UInt32>
    let slot: UInt32
    let inboxNext: Atomic<UInt>

    static let postedFromOutside = UInt32.max

    init(slot: UInt32, generation: UInt32) {
        tail = Atomic(0)
        stub = Atomic(0)
        self.generation = Atomic(generation)
        owner = Atomic(0)
        isPosted = Atomic(0)
        self.slot = slot
        inboxNext = Atomic(0)
    }
}

/// The second line of a cell. Guard: the worker that owns it.
struct CellBody: BitwiseCopyable {
    /// The first node of the shared lane; nil: the stub's link has it.
    var head: UnsafeMutablePointer<Node>?
    var localHead: UnsafeMutablePointer<Node>?
    var localTail: UnsafeMutablePointer<Node>?
    /// nil: no actor has the slot.
    var behaviour: Behaviour?
    /// The actor's; of a free slot the next free one.
    var state: UnsafeMutableRawPointer?
    var runNext: UnsafeMutablePointer<Cell>?
    var destroy: Destroy?
    var isScheduled = false
    var isStopping = false
    /// Who posted it last, and how often in a row that worker was idle when the post was read.
    var lastPoster: UInt16 = 0
    var idlePosts: UInt8 = 0
}

/// What an actor does with a message, which is a `MessageView`. Nonzero: it failed.
package typealias Behaviour =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
        _ message: UnsafeRawPointer
    ) -> Int32

/// Called once when the actor is gone; no behaviour runs with the state afterwards.
package typealias Destroy = @convention(c) (_ state: UnsafeMutableRawPointer?) -> Void

/// A message as a behaviour sees it.
package struct MessageView {
    package var type: UInt16
    package var size: Int
    package var data: UnsafeRawPointer?
}

extension UnsafeMutablePointer where Pointee == Cell {
    /// Address of the stub, whose link is its first and only word.
    var stubBits: UInt { UInt(bitPattern: self) + 8 }

    /// Only the owner touches it.
    var body: UnsafeMutablePointer<CellBody> {
        (UnsafeMutableRawPointer(self) + 64).assumingMemoryBound(to: CellBody.self)
    }

    func initialize(slot: UInt32, generation: UInt32) {
        initialize(to: Cell(slot: slot, generation: generation))
        pointee.tail.store(stubBits, ordering: .relaxed)
        (UnsafeMutableRawPointer(self) + 64).bindMemory(to: CellBody.self, capacity: 1).initialize(
            to: CellBody())
    }

    /// Nothing came through the shared lane that was not taken. Exact for the owner, and for an actor
    /// that runs on it about its own sends: they happened before it came to this worker.
    var sharedIsEmpty: Bool { pointee.tail.load(ordering: .relaxed) == stubBits }

    var hasWork: Bool { body.pointee.localHead != nil || !sharedIsEmpty }

    /// From any thread. True: the lane was empty, so the owner must be told.
    func pushShared(_ node: UnsafeMutablePointer<Node>) -> Bool {
        node.pointee.next.store(0, ordering: .relaxed)
        // acquiring: the stub's link was cleared before the exchange that made it the tail
        let last = pointee.tail.exchange(node.bits, ordering: .acquiringAndReleasing)
        // releasing: pairs with the loads of links in takeShared
        link(last).pointee.store(node.bits, ordering: .releasing)
        return last == stubBits
    }

    /// The owner's: the oldest node of the shared lane. nil when it is empty or when a sender has not
    /// linked its node yet; then `hasWork` says so.
    func takeShared() -> UnsafeMutablePointer<Node>? {
        var first = body.pointee.head
        if first == nil {
            let linked = pointee.stub.load(ordering: .acquiring)
            if linked == 0 { return nil }
            // No sender touches the stub again before the exchange below brings it back.
            pointee.stub.store(0, ordering: .relaxed)
            first = UnsafeMutablePointer<Node>(bitPattern: linked)
        }
        let node = first.unsafelyUnwrapped
        var next = node.pointee.next.load(ordering: .acquiring)
        if next == 0 {
            // releasing: the stub's link is clear for the sender that finds it
            let isLast = pointee.tail.compareExchange(
                expected: node.bits, desired: stubBits, successOrdering: .acquiringAndReleasing,
                failureOrdering: .relaxed
            ).exchanged
            if isLast {
                body.pointee.head = nil
                return node
            }
            next = node.pointee.next.load(ordering: .acquiring)
            if next == 0 {
                body.pointee.head = node
                return nil
            }
        }
        body.pointee.head = UnsafeMutablePointer<Node>(bitPattern: next)
        return node
    }

    /// The owner's, for a sender that runs on it, while the shared lane is empty.
    func pushLocal(_ node: UnsafeMutablePointer<Node>) {
        node.pointee.next.store(0, ordering: .relaxed)
        if let last = body.pointee.localTail {
            last.pointee.next.store(node.bits, ordering: .relaxed)
        } else {
            body.pointee.localHead = node
        }
        body.pointee.localTail = node
    }

    func takeLocal() -> UnsafeMutablePointer<Node>? {
        guard let node = body.pointee.localHead else { return nil }
        body.pointee.localHead = UnsafeMutablePointer<Node>(
            bitPattern: node.pointee.next.load(ordering: .relaxed))
        if body.pointee.localHead == nil { body.pointee.localTail = nil }
        return node
    }

    private func link(_ bits: UInt) -> UnsafeMutablePointer<Atomic<UInt>> {
        // Both a node and the stub begin with their link.
        UnsafeMutablePointer<Atomic<UInt>>(bitPattern: bits).unsafelyUnwrapped
    }
}
