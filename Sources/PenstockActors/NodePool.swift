import Synchronization

/// The nodes of one worker, in slabs. Nodes are taken from one slab until it has none left, and go back
/// to the slab that they are of; a slab that has all its nodes again gives them in the order of their
/// addresses. So a flood of messages walks through memory in order, whatever came before it.
///
/// Whoever frees a node elsewhere collects it and gives it back with others, so that a stream of
/// messages from one worker to another costs one exchange for many of them.
struct NodePool: ~Copyable {
    static let returnBatch = 32
    static let slabBytes = 64 * 1024
    static let slabNodes = slabBytes / Node.size - 1
    /// Slabs come singly at first, then so many at once, on a huge page.
    static let chunkSlabs = 32
    /// A slab with fewer free nodes is not worth going back to.
    private static let worthwhile = 64

    /// Of the headers of its nodes.
    let poolBits: UInt64
    /// Of the slab that nodes are taken from: those that came back, and those that were not given since
    /// it was last complete. All others of that slab are out. Guard of these and the rest: the worker.
    private(set) var first: UnsafeMutablePointer<Node>?
    private var fresh: UnsafeMutableRawPointer?
    private var end: UnsafeMutableRawPointer?
    private var current: UnsafeMutablePointer<NodeSlab>?
    /// Other slabs with free nodes, linked by `next`.
    private var available: UnsafeMutablePointer<NodeSlab>?
    /// Slabs of the chunk at hand that were never used.
    private var unused: UnsafeMutableRawPointer?
    private var unusedEnd: UnsafeMutableRawPointer?
    private var chunks: UnsafeMutablePointer<NodeSlab>?
    private var slabCount = 0
    private let door: UnsafeMutablePointer<WorkerDoor>

    init(index: Int, door: UnsafeMutablePointer<WorkerDoor>) {
        poolBits = Header.pool(index)
        self.door = door
    }

    /// One that is at hand.
    @inline(__always)
    mutating func takeOwn() -> UnsafeMutablePointer<Node>? {
        if let node = first {
            first = node.nextNode
            return node
        }
        guard fresh != end, let node = fresh else { return nil }
        fresh = node + Node.size
        return node.assumingMemoryBound(to: Node.self)
    }

    /// nil when memory or the budget is exhausted.
    @inline(__always)
    mutating func take(_ memory: borrowing MemoryBudget) -> UnsafeMutablePointer<Node>? {
        takeOwn() ?? refill(memory)
    }

    /// A node of this pool, by its worker.
    @inline(__always)
    mutating func put(_ node: UnsafeMutablePointer<Node>) {
        let slab = NodeSlab.of(node)
        if slab == current {
            node.nextNode = first
            first = node
        } else {
            putBack(node, slab)
        }
    }

    @inline(never)
    private mutating func putBack(
        _ node: UnsafeMutablePointer<Node>, _ slab: UnsafeMutablePointer<NodeSlab>
    ) {
        node.nextNode = slab.pointee.free
        slab.pointee.free = node
        slab.pointee.freeCount &+= 1
        if slab.pointee.freeCount == Self.worthwhile {
            slab.pointee.next = available
            available = slab
        }
    }

    /// The current slab has none left.
    @inline(never)
    mutating func refill(_ memory: borrowing MemoryBudget) -> UnsafeMutablePointer<Node>? {
        if door.pointee.returned.load(ordering: .relaxed) != 0 {
            // acquiring: pairs with WorkerDoor.giveBack
            var bits = door.pointee.returned.exchange(0, ordering: .acquiring)
            while let node = UnsafeMutablePointer<Node>(bitPattern: bits) {
                bits = node.pointee.next.load(ordering: .relaxed)
                put(node)
            }
            if let node = takeOwn() { return node }
        }
        guard let slab = available ?? newSlab(memory) else { return nil }
        if slab == available { available = slab.pointee.next }
        current = slab
        let isComplete = slab.pointee.freeCount == Self.slabNodes
        first = isComplete ? nil : slab.pointee.free
        end = UnsafeMutableRawPointer(slab) + Self.slabBytes
        fresh = isComplete ? UnsafeMutableRawPointer(slab) + Node.size : end
        slab.pointee.free = nil
        slab.pointee.freeCount = 0
        return takeOwn()
    }

    private mutating func newSlab(
        _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<NodeSlab>? {
        if unused == unusedEnd {
            let slabs = slabCount < Self.chunkSlabs ? 1 : Self.chunkSlabs
            let bytes = slabs * Self.slabBytes
            guard let chunk = memory.allocate(bytes, alignment: bytes) else { return nil }
            let head = chunk.bindMemory(to: NodeSlab.self, capacity: 1)
            head.pointee.nextChunk = chunks
            head.pointee.chunkBytes = bytes
            chunks = head
            unused = chunk
            unusedEnd = chunk + bytes
        }
        guard let raw = unused else { return nil }
        unused = raw + Self.slabBytes
        slabCount += 1
        let slab = raw.assumingMemoryBound(to: NodeSlab.self)
        slab.pointee.freeCount = Self.slabNodes
        return slab
    }

    /// Frees the memory of all nodes, wherever they are.
    mutating func destroy(_ memory: borrowing MemoryBudget) {
        while let chunk = chunks {
            chunks = chunk.pointee.nextChunk
            memory.free(chunk, chunk.pointee.chunkBytes)
        }
        first = nil
        fresh = nil
        end = nil
    }
}

/// The first 64 bytes of a slab, which stands at a multiple of its size.
struct NodeSlab: BitwiseCopyable {
    /// Of a slab that is not the current one.
    var free: UnsafeMutablePointer<Node>?
    var freeCount: Int
    /// The next with free nodes.
    var next: UnsafeMutablePointer<NodeSlab>?
    /// Of the first slab of a chunk.
    var nextChunk: UnsafeMutablePointer<NodeSlab>?
    var chunkBytes: Int

    @inline(__always)
    static func of(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<NodeSlab> {
        let mask = ~UInt(NodePool.slabBytes - 1)
        return UnsafeMutablePointer(bitPattern: node.bits & mask).unsafelyUnwrapped
    }
}
