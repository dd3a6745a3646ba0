/// Free nodes of one size. They are taken from one slab until it has none left, and go back to the slab
/// that they are of; a slab that has all its nodes again gives them in the order of their addresses. So
/// a flood of messages walks through memory in order, whatever came before it. Guard: the worker.
struct NodeSupply: ~Copyable {
    /// A slab with fewer free nodes is not worth going back to.
    static let worthwhile = 64

    private let nodeBytes: Int
    /// Of the slab that nodes are taken from: those that came back, and those that were not given since
    /// it was last complete. All others of that slab are out.
    private var first: UnsafeMutablePointer<Node>?
    private var fresh: UnsafeMutableRawPointer?
    private var end: UnsafeMutableRawPointer?
    /// Its address; 0: none yet.
    private(set) var current: UInt = 0
    /// Other slabs with free nodes, linked by `next`. They are used in turn: those of a flood that is
    /// over become free in the order of their addresses.
    private var available: UnsafeMutablePointer<NodeSlab>?
    private var availableLast: UnsafeMutablePointer<NodeSlab>?

    init(nodeBytes: Int) { self.nodeBytes = nodeBytes }

    private var slabNodes: Int { (NodeSlab.bytes - NodeSlab.size) / nodeBytes }

    @inline(__always)
    mutating func take() -> UnsafeMutablePointer<Node>? {
        if let node = first {
            first = node.nextNode
            return node
        }
        guard fresh != end, let node = fresh else { return nil }
        fresh = node + nodeBytes
        return node.assumingMemoryBound(to: Node.self)
    }

    /// Of the current slab.
    @inline(__always)
    mutating func put(_ node: UnsafeMutablePointer<Node>) {
        node.nextNode = first
        first = node
    }

    /// Another one, that has free nodes.
    mutating func offer(_ slab: UnsafeMutablePointer<NodeSlab>) {
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
        current = UInt(bitPattern: slab)
        let isComplete = slab.pointee.freeCount == slabNodes
        first = isComplete ? nil : slab.pointee.free
        let nodes = UnsafeMutableRawPointer(slab) + NodeSlab.size
        end = nodes + slabNodes * nodeBytes
        fresh = isComplete ? nodes : end
        slab.pointee.free = nil
        slab.pointee.freeCount = 0
    }
}
