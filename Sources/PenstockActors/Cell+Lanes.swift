import CPenstockPlatform
import Synchronization

// The lanes of a mailbox.

extension UnsafeMutablePointer where Pointee == Cell {
    /// From any thread. True: the lane was empty, so the owner must be told.
    @inline(__always)
    func pushShared(_ node: UnsafeMutablePointer<Node>) -> Bool {
        pushShared(node, to: node)
    }

    /// The same for a chain of nodes, linked from `first` to `last`.
    @inline(__always)
    func pushShared(
        _ first: UnsafeMutablePointer<Node>, to last: UnsafeMutablePointer<Node>
    ) -> Bool {
        last.pointee.next.store(0, ordering: .relaxed)
        // acquiring: the stub's link was cleared before the exchange that made it the tail
        let before = pointee.tail.exchange(last.bits, ordering: .acquiringAndReleasing)
        // releasing: pairs with the loads of links in takeShared
        link(before).pointee.store(first.bits, ordering: .releasing)
        return before == stubBits
    }

    /// The owner's: the oldest node of the shared lane. nil when it is empty or when a sender has
    /// not linked its node yet; then `sharedIsEmpty` tells which.
    @inline(__always)
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
    @inline(__always)
    func pushLocal(_ node: UnsafeMutablePointer<Node>) { pushLocal(node, to: node) }

    @inline(__always)
    func pushLocal(_ first: UnsafeMutablePointer<Node>, to last: UnsafeMutablePointer<Node>) {
        last.pointee.next.store(0, ordering: .relaxed)
        // A node begins with its link.
        body.pointee.localTail.storeBytes(of: first.bits, as: UInt.self)
        body.pointee.localTail = UnsafeMutableRawPointer(last)
    }

    /// The owner's: before all that waits. What is local is older than what is shared, so this is
    /// the front of both.
    func pushFront(_ first: UnsafeMutablePointer<Node>, to last: UnsafeMutablePointer<Node>) {
        last.nextNode = body.pointee.localHead
        if body.pointee.localHead == nil { body.pointee.localTail = UnsafeMutableRawPointer(last) }
        body.pointee.localHead = first
    }

    /// `isLong`: others have been taken before it.
    @inline(__always)
    func takeLocal(isLong: Bool = false) -> UnsafeMutablePointer<Node>? {
        guard let node = body.pointee.localHead else { return nil }
        let next = node.nextNode
        body.pointee.localHead = next
        if let next {
            if isLong { prefetch(behind: node, next) }
        } else {
            body.pointee.localTail = localLink
        }
        return node
    }

    /// A long queue is in no cache. Whoever sends to some actors in turn has taken their nodes at
    /// equal distances, so a later one is guessed.
    @inline(__always)
    private func prefetch(
        behind node: UnsafeMutablePointer<Node>, _ next: UnsafeMutablePointer<Node>
    ) {
        let step = next.bits &- node.bits
        // Neighbours come by themselves.
        if step &+ 64 <= 128 { return }
        let guess = next.bits &+ step &* ActorWorker.prefetchDistance
        // Between nodes of neighbouring slabs stands the second one's head.
        let slabs = guess &>> NodeSlab.shift &- next.bits &>> NodeSlab.shift
        pstp_prefetch(UnsafeRawPointer(bitPattern: guess &+ slabs &* UInt(NodeSlab.size)))
    }

    /// From any thread; the owner must be told.
    func pushControl(_ node: UnsafeMutablePointer<Node>) {
        // releasing: pairs with the exchange in takeControl
        pointee.control.push(node.bits) { node.pointee.next.store($0, ordering: .relaxed) }
    }

    /// The owner's: all of the control lane, the oldest first.
    func takeControl() -> UnsafeMutablePointer<Node>? {
        // acquiring: pairs with pushControl
        var newest = UnsafeMutablePointer<Node>(
            bitPattern: pointee.control.exchange(0, ordering: .acquiring))
        var oldest: UnsafeMutablePointer<Node>?
        while let node = newest {
            newest = node.nextNode
            node.nextNode = oldest
            oldest = node
        }
        return oldest
    }

    private func link(_ bits: UInt) -> UnsafeMutablePointer<Atomic<UInt>> {
        // Both a node and the stub begin with their link.
        UnsafeMutablePointer<Atomic<UInt>>(bitPattern: bits).unsafelyUnwrapped
    }
}
