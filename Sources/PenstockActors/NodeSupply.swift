/// Free nodes of one size. They are taken from one slab until it has none left, and go back to the
/// slab that they are of; a slab that has all its nodes again gives them in the order of their
/// addresses. So a flood of messages walks through memory in order, whatever came before it. Guard:
/// the worker.
struct NodeSupply<let nodeBytes: Int>: ~Copyable {
    /// The slab that nodes are taken from: first those that came back, then those that it has not
    /// given since it was last complete. All others of it are out.
    private var current: UnsafeMutablePointer<NodeSlab>
    private var fresh: UInt = 0
    private var end: UInt = 0
    /// Other slabs with free nodes, linked by `next`. They are used in turn: those of a flood that
    /// is over become free in the order of their addresses.
    private var available: UnsafeMutablePointer<NodeSlab>?
    private var availableLast: UnsafeMutablePointer<NodeSlab>?

    /// `none`: a slab without nodes, to begin with.
    init(none: UnsafeMutablePointer<NodeSlab>) { current = none }

    private var slabNodes: Int { (NodeSlab.bytes - NodeSlab.size) / nodeBytes }

    @inline(__always)
    mutating func take() -> UnsafeMutablePointer<Node>? {
        if let node = current.pointee.free {
            current.pointee.free = node.nextNode
            return node
        }
        let node = fresh
        if node == end { return nil }
        fresh = node &+ UInt(nodeBytes)
        return UnsafeMutablePointer(bitPattern: node).unsafelyUnwrapped
    }

    /// A slab that has worthwhile free nodes now.
    mutating func offer(_ slab: UnsafeMutablePointer<NodeSlab>) {
        if slab == current { return }
        slab.pointee.next = nil
        if let last = availableLast {
            last.pointee.next = slab
        } else {
            available = slab
        }
        availableLast = slab
    }

    mutating func takeAvailable() -> UnsafeMutablePointer<NodeSlab>? {
        guard let slab = available else { return nil }
        available = slab.pointee.next
        if available == nil { availableLast = nil }
        return slab
    }

    /// One with all its nodes, for nodes of the other size; looked for when there is no memory.
    mutating func takeComplete() -> UnsafeMutablePointer<NodeSlab>? {
        var before: UnsafeMutablePointer<NodeSlab>?
        var slab = available
        while let it = slab, it.pointee.freeCount < slabNodes {
            before = it
            slab = it.pointee.next
        }
        guard let complete = slab else { return nil }
        if complete == available { return takeAvailable() }
        before?.pointee.next = complete.pointee.next
        if complete == availableLast { availableLast = before }
        return complete
    }

    /// As `begin`, with a slab that nobody has had.
    mutating func beginNew(_ slab: UnsafeMutablePointer<NodeSlab>) {
        slab.pointee.freeCount = slabNodes
        begin(slab)
    }

    /// The current slab has none left.
    mutating func begin(_ slab: UnsafeMutablePointer<NodeSlab>) {
        // From here on it counts those that come back, which are all that it has.
        current.pointee.freeCount = 0
        current = slab
        let nodes = UInt(bitPattern: slab) + UInt(NodeSlab.size)
        end = nodes + UInt(slabNodes * nodeBytes)
        let isComplete = slab.pointee.freeCount == slabNodes
        fresh = isComplete ? nodes : end
        if isComplete { slab.pointee.free = nil }
    }
}
