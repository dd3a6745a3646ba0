import PenstockRuntime
import Synchronization

/// Where others leave something for a worker. Never written but through its atomics.
struct WorkerDoor: ~Copyable {
    let index: UInt32
    let waker: Waker
    /// Cells that a sender found empty, linked by `inboxNext`.
    let inbox = Atomic<UInt>(0)
    /// Actors handed over by a busy worker, linked by `runNext`.
    let gifts = Atomic<UInt>(0)
    /// Nodes of its pool, given back by others: a stack, taken whole.
    let returned = Atomic<UInt>(0)
    /// How often it found something to do after it had been idle. Written by the worker alone.
    let wakes = Atomic<UInt64>(0)

    init(index: UInt32, waker: Waker) {
        self.index = index
        self.waker = waker
    }

    /// A cell that the worker owns, as far as the caller knows, was empty and has got something.
    func post(_ cell: UnsafeMutablePointer<Cell>) {
        var top = inbox.load(ordering: .relaxed)
        while true {
            cell.pointee.inboxNext.store(top, ordering: .relaxed)
            // releasing: pairs with the exchange in takeInbox
            let (done, now) = inbox.weakCompareExchange(
                expected: top, desired: UInt(bitPattern: cell), successOrdering: .releasing,
                failureOrdering: .relaxed)
            if done { break }
            top = now
        }
        waker.signal()
    }

    /// Actors with something to do that were the caller's, linked by `runNext`.
    func give(_ first: UnsafeMutablePointer<Cell>, _ last: UnsafeMutablePointer<Cell>) {
        var top = gifts.load(ordering: .relaxed)
        while true {
            last.body.pointee.runNext = UnsafeMutablePointer<Cell>(bitPattern: top)
            // releasing: the actors and their local lanes are this worker's from here on; pairs with
            // the exchange in takeGifts
            let (done, now) = gifts.weakCompareExchange(
                expected: top, desired: UInt(bitPattern: first), successOrdering: .releasing,
                failureOrdering: .relaxed)
            if done { break }
            top = now
        }
        waker.signal()
    }

    /// A chain of nodes of this worker's pool, linked from `first` to `last`.
    func giveBack(_ first: UnsafeMutablePointer<Node>, _ last: UnsafeMutablePointer<Node>) {
        var head = returned.load(ordering: .relaxed)
        while true {
            last.pointee.next.store(head, ordering: .relaxed)
            // releasing: pairs with the exchange in NodePool.refill
            let (done, now) = returned.weakCompareExchange(
                expected: head, desired: first.bits, successOrdering: .releasing,
                failureOrdering: .relaxed)
            if done { return }
            head = now
        }
    }
}
