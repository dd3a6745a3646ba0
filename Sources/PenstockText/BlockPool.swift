import CPenstockPlatform
import Synchronization

/// Memory for one block of a file, recycled: pages that are touched for the first time cost more
/// than what is read into them. In front of the bytes stands its owner.
struct Block: ~Copyable {
    var owner: Owner
    let pool: UnsafeMutablePointer<BlockPool>
    /// In the pool's list.
    var next: UnsafeMutablePointer<Block>?
    let capacity: Int

    /// Where the bytes begin: on a line of their own.
    static let headBytes = 128

    var allocatedBytes: Int { Block.headBytes + capacity }

    static func data(_ block: UnsafeMutablePointer<Block>) -> UnsafeMutablePointer<UInt8> {
        (UnsafeMutableRawPointer(block) + headBytes).assumingMemoryBound(to: UInt8.self)
    }

    static func owner(_ block: UnsafeMutablePointer<Block>) -> UnsafeMutablePointer<Owner> {
        // The owner is its first field.
        UnsafeMutableRawPointer(block).assumingMemoryBound(to: Owner.self)
    }
}

/// The blocks that a source reads into, given back by whoever had them, on any thread, maybe after
/// the source and its graph are gone. Memory of its own, freed with its last block.
struct BlockPool: ~Copyable {
    /// The source, and each block there is.
    private let references: Atomic<Int>
    /// Blocks that came back, each pointing to the next: an address, 0 at the end. Pushed by
    /// anyone, taken as a whole.
    private let returned: Atomic<UInt>
    private let isClosed: Atomic<Bool>
    /// Only blocks of this size are kept.
    private let blockBytes: Int

    /// The source's own: taken back, not in use.
    private var idle: UnsafeMutablePointer<Block>?

    private init(blockBytes: Int) {
        references = Atomic(1)
        returned = Atomic(0)
        isClosed = Atomic(false)
        self.blockBytes = blockBytes
    }

    static func make(blockBytes: Int) -> UnsafeMutablePointer<BlockPool>? {
        guard let memory = pstp_alloc(1, MemoryLayout<BlockPool>.size, 64) else { return nil }
        let pool = memory.bindMemory(to: BlockPool.self, capacity: 1)
        pool.initialize(to: BlockPool(blockBytes: blockBytes))
        return pool
    }

    /// For `bytes` bytes at least; nil when memory is out. Its owner has one reference. By the
    /// source.
    static func take(
        _ pool: UnsafeMutablePointer<BlockPool>, bytes: Int
    ) -> UnsafeMutablePointer<Block>? {
        if bytes <= pool.pointee.blockBytes {
            if pool.pointee.idle == nil {
                // acquiring: pairs with the push, so that who used the block last is done with it
                let all = pool.pointee.returned.exchange(0, ordering: .acquiring)
                pool.pointee.idle = UnsafeMutablePointer(bitPattern: all)
            }
            if let block = pool.pointee.idle {
                pool.pointee.idle = block.pointee.next
                // relaxed: nobody else has it
                block.pointee.owner.references.store(1, ordering: .relaxed)
                return block
            }
        }
        let capacity = max(bytes, pool.pointee.blockBytes)
        guard capacity <= Int.max - Block.headBytes,
            let memory = pstp_alloc(1, Block.headBytes + capacity, 128)
        else { return nil }
        let block = memory.bindMemory(to: Block.self, capacity: 1)
        block.initialize(
            to: Block(
                owner: Owner(end: BlockPool.giveBack), pool: pool, next: nil, capacity: capacity))
        pool.pointee.references.wrappingAdd(1, ordering: .relaxed)
        return block
    }

    private static let giveBack: @convention(c) (UnsafeMutableRawPointer) -> Void = { owner in
        let block = owner.assumingMemoryBound(to: Block.self)
        let pool = block.pointee.pool
        if block.pointee.capacity != pool.pointee.blockBytes {
            free(block)
            return
        }
        // The block is another's once it is pushed, and with the last one the pool may go.
        pool.pointee.references.wrappingAdd(1, ordering: .relaxed)
        defer { drop(pool) }
        var head = pool.pointee.returned.load(ordering: .relaxed)
        while true {
            block.pointee.next = UnsafeMutablePointer(bitPattern: head)
            // sequentially consistent, as the look at isClosed after it and, in close, the two the
            // other way round: one of both sees the other. It also publishes the block.
            let (done, seen) = pool.pointee.returned.compareExchange(
                expected: head, desired: UInt(bitPattern: block),
                ordering: .sequentiallyConsistent)
            if done { break }
            head = seen
        }
        if pool.pointee.isClosed.load(ordering: .sequentiallyConsistent) { freeReturned(pool) }
    }

    /// The source has ended: blocks that come back from now on are freed.
    static func close(_ pool: UnsafeMutablePointer<BlockPool>) {
        pool.pointee.isClosed.store(true, ordering: .sequentiallyConsistent)
        var idle = pool.pointee.idle
        pool.pointee.idle = nil
        while let block = idle {
            idle = block.pointee.next
            free(block)
        }
        freeReturned(pool)
        drop(pool)
    }

    private static func freeReturned(_ pool: UnsafeMutablePointer<BlockPool>) {
        var all = UnsafeMutablePointer<Block>(
            bitPattern: pool.pointee.returned.exchange(0, ordering: .sequentiallyConsistent))
        while let block = all {
            all = block.pointee.next
            free(block)
        }
    }

    private static func free(_ block: UnsafeMutablePointer<Block>) {
        let pool = block.pointee.pool
        pstp_free(block, 1, block.pointee.allocatedBytes)
        drop(pool)
    }

    private static func drop(_ pool: UnsafeMutablePointer<BlockPool>) {
        if pool.pointee.references.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
            == 0
        {
            pstp_free(pool, 1, MemoryLayout<BlockPool>.size)
        }
    }
}
