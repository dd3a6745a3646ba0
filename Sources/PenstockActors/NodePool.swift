import Synchronization

/// The nodes of one worker. Whoever frees one elsewhere collects it and gives it back with others, so
/// that a stream of messages from one worker to another costs one exchange for many of them.
struct NodePool: ~Copyable {
    static let slabNodes = 1024
    static let returnBatch = 32

    let index: Int
    /// Guard: the worker.
    private var free: UnsafeMutablePointer<Node>?
    private var slabs: UnsafeMutableRawPointer?
    private let door: UnsafeMutablePointer<WorkerDoor>

    init(index: Int, door: UnsafeMutablePointer<WorkerDoor>) {
        self.index = index
        self.door = door
    }

    /// nil when memory or the budget is exhausted.
    mutating func take(_ memory: borrowing MemoryBudget) -> UnsafeMutablePointer<Node>? {
        if let node = free {
            free = UnsafeMutablePointer(bitPattern: node.pointee.next.load(ordering: .relaxed))
            return node
        }
        return refill(memory)
    }

    /// A node of this pool, by its worker.
    mutating func put(_ node: UnsafeMutablePointer<Node>) {
        node.pointee.next.store(UInt(bitPattern: free), ordering: .relaxed)
        free = node
    }

    @inline(never)
    private mutating func refill(
        _ memory: borrowing MemoryBudget
    ) -> UnsafeMutablePointer<Node>? {
        if door.pointee.returned.load(ordering: .relaxed) != 0 {
            // acquiring: pairs with WorkerDoor.giveBack
            let chain = door.pointee.returned.exchange(0, ordering: .acquiring)
            free = UnsafeMutablePointer(bitPattern: chain)
        } else {
            // The first node of a slab links it to the others.
            let bytes = Self.slabNodes * Node.size
            guard let slab = memory.allocate(bytes) else { return nil }
            slab.storeBytes(of: slabs, as: UnsafeMutableRawPointer?.self)
            slabs = slab
            var at = slab + bytes
            for _ in 1..<Self.slabNodes {
                at -= Node.size
                let node = at.assumingMemoryBound(to: Node.self)
                node.pointee.header = .empty(pool: index)
                put(node)
            }
        }
        guard let node = free else { return nil }
        free = UnsafeMutablePointer(bitPattern: node.pointee.next.load(ordering: .relaxed))
        return node
    }

    /// Frees the memory of all nodes, wherever they are.
    mutating func destroy(_ memory: borrowing MemoryBudget) {
        while let slab = slabs {
            slabs = slab.load(as: UnsafeMutableRawPointer?.self)
            memory.free(slab, Self.slabNodes * Node.size)
        }
        free = nil
    }
}
