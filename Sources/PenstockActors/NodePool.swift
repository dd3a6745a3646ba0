import Synchronization

/// The nodes of one worker, in slabs: short ones, and those with room for any payload. A flood of
/// short messages is as fast as memory, so they take half as much of it.
///
/// Whoever frees a node elsewhere collects it and gives it back with others, so that a stream of
/// messages from one worker to another costs one exchange for many of them.
struct NodePool: ~Copyable {
    static let returnBatch = 32
    /// Slabs come singly at first, then so many at once, on a huge page.
    static let chunkSlabs = 32

    /// Pools that there can be: workers', dispatchers', and one for all other threads.
    static let limit = 0xff0

    private let index: UInt32
    // Guard of these and the rest: the worker.
    private var short: NodeSupply<32>
    private var long: NodeSupply<64>
    private let none: UnsafeMutablePointer<NodeSlab>
    /// Slabs of the chunk at hand that were never used.
    private var unused: UnsafeMutableRawPointer?
    private var unusedEnd: UnsafeMutableRawPointer?
    private var chunks: UnsafeMutablePointer<NodeSlab>?
    private var slabCount = 0
    private let door: UnsafeMutablePointer<WorkerDoor>

    init(index: UInt32, door: UnsafeMutablePointer<WorkerDoor>) {
        self.index = index
        self.door = door
        none = .allocate(capacity: 1)
        none.initialize(to: NodeSlab())
        short = NodeSupply(none: none)
        long = NodeSupply(none: none)
    }

    /// A short one that is at hand.
    @inline(__always)
    mutating func takeOwnShort() -> UnsafeMutablePointer<Node>? { short.take() }

    /// One for any payload that is at hand.
    @inline(__always)
    mutating func takeOwn() -> UnsafeMutablePointer<Node>? { long.take() }

    /// For a plain message of `size` bytes. nil when memory or the budget is exhausted.
    @inline(__always)
    mutating func take(
        _ size: Int, _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<Node>? {
        size <= Node.shortBytes ? short.take() ?? refillShort(memory) : take(memory)
    }

    /// For any payload. nil when memory or the budget is exhausted.
    @inline(__always)
    mutating func take(_ memory: borrowing MemoryBudget) -> UnsafeMutablePointer<Node>? {
        long.take() ?? refillLong(memory)
    }

    /// A node of this pool, by its worker.
    @inline(__always)
    mutating func put(_ node: UnsafeMutablePointer<Node>) {
        let slab = NodeSlab.of(node)
        if slab.put(node) == NodeSlab.worthwhile { offer(slab) }
    }

    @inline(never)
    private mutating func offer(_ slab: UnsafeMutablePointer<NodeSlab>) {
        if slab.pointee.isShort { short.offer(slab) } else { long.offer(slab) }
    }

    @inline(never)
    private mutating func refillShort(
        _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<Node>? {
        takeReturned()
        if let node = short.take() { return node }
        if let slab = short.takeAvailable() {
            short.begin(slab)
        } else if let slab = newSlab(memory) ?? long.takeComplete() {
            slab.pointee.isShort = true
            short.beginNew(slab)
        } else {
            // A long one does as well.
            return take(memory)
        }
        return short.take()
    }

    @inline(never)
    private mutating func refillLong(
        _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<Node>? {
        takeReturned()
        if let node = long.take() { return node }
        if let slab = long.takeAvailable() {
            long.begin(slab)
        } else if let slab = newSlab(memory) ?? short.takeComplete() {
            slab.pointee.isShort = false
            long.beginNew(slab)
        }
        return long.take()
    }

    private mutating func takeReturned() {
        if door.pointee.returned.load(ordering: .relaxed) == 0 { return }
        // acquiring: pairs with WorkerDoor.giveBack
        var bits = door.pointee.returned.exchange(0, ordering: .acquiring)
        while let node = UnsafeMutablePointer<Node>(bitPattern: bits) {
            bits = node.pointee.next.load(ordering: .relaxed)
            put(node)
        }
    }

    private mutating func newSlab(
        _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<NodeSlab>? {
        if unused == unusedEnd {
            let slabs = slabCount < Self.chunkSlabs ? 1 : Self.chunkSlabs
            let bytes = slabs * NodeSlab.bytes
            guard let chunk = memory.allocate(bytes, alignment: bytes) else { return nil }
            let head = chunk.bindMemory(to: NodeSlab.self, capacity: 1)
            head.pointee.nextChunk = chunks
            head.pointee.chunkBytes = bytes
            chunks = head
            unused = chunk
            unusedEnd = chunk + bytes
        }
        guard let raw = unused else { return nil }
        unused = raw + NodeSlab.bytes
        slabCount += 1
        let slab = raw.assumingMemoryBound(to: NodeSlab.self)
        slab.pool = index
        return slab
    }

    /// Frees the memory of all nodes, wherever they are.
    mutating func destroy(_ memory: borrowing MemoryBudget) {
        while let chunk = chunks {
            chunks = chunk.pointee.nextChunk
            memory.free(chunk, chunk.pointee.chunkBytes)
        }
        none.deallocate()
    }
}
