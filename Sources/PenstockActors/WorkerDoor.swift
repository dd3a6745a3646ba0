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
        // releasing: pairs with the exchange in takeInbox
        inbox.push(UInt(bitPattern: cell)) { cell.pointee.inboxNext.store($0, ordering: .relaxed) }
        waker.signal()
    }

    /// Actors with something to do that were the caller's, linked by `runNext`: they and their local
    /// lanes are this worker's from here on.
    func give(_ first: UnsafeMutablePointer<Cell>, _ last: UnsafeMutablePointer<Cell>) {
        // releasing: pairs with the exchange in takeGifts
        gifts.push(UInt(bitPattern: first)) {
            last.body.pointee.runNext = UnsafeMutablePointer<Cell>(bitPattern: $0)
        }
        waker.signal()
    }

    /// A chain of nodes of this worker's pool, linked from `first` to `last`.
    func giveBack(_ first: UnsafeMutablePointer<Node>, _ last: UnsafeMutablePointer<Node>) {
        // releasing: pairs with the exchange in NodePool.refill
        returned.push(first.bits) { last.pointee.next.store($0, ordering: .relaxed) }
    }
}

extension Atomic where Value == UInt {
    /// On a stack that its reader takes whole: `first` becomes the top, and `link` makes what was the
    /// top the next of what is pushed.
    @inline(__always)
    fileprivate borrowing func push(_ first: UInt, link: (UInt) -> Void) {
        var top = load(ordering: .relaxed)
        while true {
            link(top)
            let (done, now) = weakCompareExchange(
                expected: top, desired: first, successOrdering: .releasing,
                failureOrdering: .relaxed)
            if done { return }
            top = now
        }
    }
}
