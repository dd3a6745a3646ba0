import PenstockRuntime
import Synchronization

/// Where others leave something for a worker. Never written but through its atomics.
struct WorkerDoor: ~Copyable {
    let index: UInt32
    /// Of a host dispatcher's door it changes before its worker exists.
    var waker: Waker
    /// nil: there is no thread of the engine's behind it.
    let doorbell: Doorbell?
    /// Cells that a sender found empty, linked by `inboxNext`.
    let inbox = Atomic<UInt>(0)
    /// Actors handed over by a busy worker, linked by `runNext`.
    let gifts = Atomic<UInt>(0)
    /// Pendings for its heap, or to be taken out of it: their phase says which. Linked by `next`.
    let timers = Atomic<UInt>(0)
    /// Nodes of its pool, given back by others: a stack, taken whole.
    let returned = Atomic<UInt>(0)
    /// How often it found something to do after it had been idle. Written by the worker alone.
    let wakes = Atomic<UInt64>(0)
    /// Activations of actors so far, and the cell of the one that runs, for the watchdog.
    let turns = Atomic<UInt64>(0)
    let running = Atomic<UInt>(0)
    /// Of a host's dispatcher: actors that may run there only and have not ended.
    let actors = Atomic<Int>(0)
    let counts = PublishedCounts()

    init(index: UInt32, waker: Waker, doorbell: Doorbell?) {
        self.index = index
        self.waker = waker
        self.doorbell = doorbell
    }

    /// Its thread sleeps.
    var isParked: Bool { doorbell?.isParked ?? false }

    var hasMail: Bool {
        // acquiring: for those that look from outside
        inbox.load(ordering: .acquiring) != 0 || gifts.load(ordering: .acquiring) != 0
            || timers.load(ordering: .acquiring) != 0
    }

    /// A cell that the worker owns, as far as the caller knows, and that has got something.
    func post(_ cell: UnsafeMutablePointer<Cell>) {
        // releasing: pairs with the exchange in takeInbox
        inbox.push(UInt(bitPattern: cell)) { cell.pointee.inboxNext.store($0, ordering: .relaxed) }
        waker.signal()
    }

    /// Actors with something to do that were the caller's, linked by `runNext`: they and their
    /// local lanes are this worker's from here on.
    func give(_ first: UnsafeMutablePointer<Cell>, _ last: UnsafeMutablePointer<Cell>) {
        // releasing: pairs with the exchange in takeGifts
        gifts.push(UInt(bitPattern: first)) {
            last.body.pointee.runNext = UnsafeMutablePointer<Cell>(bitPattern: $0)
        }
        waker.signal()
    }

    /// Whatever its phase says.
    func post(_ pending: UnsafeMutablePointer<Pending>) {
        // Who finds it posted need not: its home reads the phase after it has cleared the mark.
        guard pending.pointee.isPosted.exchange(1, ordering: .acquiringAndReleasing) == 0 else {
            return
        }
        // releasing: pairs with the exchange in takeTimers
        timers.push(UInt(bitPattern: pending)) {
            pending.pointee.next.store($0, ordering: .relaxed)
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
    /// On a stack that its reader takes whole: `first` becomes the top, and `link` makes what was
    /// the top the next of what is pushed.
    @inline(__always)
    borrowing func push(_ first: UInt, link: (UInt) -> Void) {
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
