import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// Where the blocks of a table stand. Plain data, so that hot code finds a block without an object.
struct Slabs: @unchecked Sendable {
    let blockBytes: Int
    /// Blocks of a slab, as a power of two.
    let shift: UInt32
    /// An address for each slab; untouched pages take no memory.
    let directory: UnsafeMutablePointer<Atomic<UInt>>

    /// nil where there never was a block.
    @inline(__always)
    func block(_ number: UInt32) -> UnsafeMutableRawPointer? {
        block(number, blockBytes: blockBytes, shift: shift)
    }

    /// The same where the compiler knows both.
    @inline(__always)
    func block(_ number: UInt32, blockBytes: Int, shift: UInt32) -> UnsafeMutableRawPointer? {
        // acquiring: pairs with the store in SlabTable.grow
        let slab = directory[Int(number &>> shift)].load(ordering: .acquiring)
        if slab == 0 { return nil }
        let offset = Int(number & (1 &<< shift &- 1)) &* blockBytes
        return UnsafeMutableRawPointer(bitPattern: slab).unsafelyUnwrapped + offset
    }
}

/// Blocks of one size, by their number. Grows by slabs and never shrinks while the engine lives: a
/// stale number may be followed at any time, and the block says that it is stale.
final class SlabTable: @unchecked Sendable {
    let slabs: Slabs
    /// Where a free block has the address of the next one.
    private let linkOffset: Int
    /// Makes a block that was never used.
    private let prepare: @Sendable (_ block: UnsafeMutableRawPointer, _ number: UInt32) -> Void

    private let lock = Lock()
    /// Free blocks for anybody.
    private var spare: UnsafeMutableRawPointer?  // guard: lock
    private var total: UInt32 = 0  // guard: lock
    /// Of those at the end, so many were never used.
    private var fresh: UInt32 = 0  // guard: lock

    init?(
        blockBytes: Int, shift: UInt32, linkOffset: Int,
        prepare: @escaping @Sendable (_ block: UnsafeMutableRawPointer, _ number: UInt32) -> Void
    ) {
        guard let memory = pstp_alloc(1, Self.directoryBytes(shift), 4096) else { return nil }
        slabs = Slabs(
            blockBytes: blockBytes, shift: shift,
            directory: memory.bindMemory(
                to: Atomic<UInt>.self,
                capacity: Self.directoryBytes(shift) / MemoryLayout<UInt>.size))
        self.linkOffset = linkOffset
        self.prepare = prepare
    }

    private static func directoryBytes(_ shift: UInt32) -> Int {
        MemoryLayout<UInt>.size << (32 - Int(shift))
    }

    /// A free block; `isFresh` if nobody ever had it. nil: no memory.
    func take(
        _ memory: borrowing MemoryBudget
    ) -> (block: UnsafeMutableRawPointer, isFresh: Bool)? {
        lock.withLock {
            if let block = spare {
                spare = next(block)
                return (block, false)
            }
            if fresh == 0 && !grow(memory) { return nil }
            let number = total &- fresh
            fresh &-= 1
            return slabs.block(number).map { ($0, true) }
        }
    }

    /// Free blocks, linked up to nil, all of one kind. nil: no memory.
    func take(
        atMost most: Int, _ memory: borrowing MemoryBudget
    ) -> (first: UnsafeMutableRawPointer, count: Int, isFresh: Bool)? {
        lock.withLock {
            if let first = spare {
                var last = first
                var count = 1
                while count < most, let block = next(last) {
                    last = block
                    count += 1
                }
                spare = next(last)
                link(last, to: nil)
                return (first, count, false)
            }
            if fresh == 0 && !grow(memory) { return nil }
            let count = min(most, Int(fresh))
            guard let first = slabs.block(total &- fresh) else { return nil }
            for i in 0..<count {
                let block = first + i * slabs.blockBytes
                link(block, to: i + 1 < count ? block + slabs.blockBytes : nil)
            }
            fresh &-= UInt32(count)
            return (first, count, true)
        }
    }

    /// Free blocks from `first` to `last`, linked, for anybody.
    func put(_ first: UnsafeMutableRawPointer, _ last: UnsafeMutableRawPointer) {
        lock.withLock {
            link(last, to: spare)
            spare = first
        }
    }

    func next(_ block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        block.load(fromByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self)
    }

    func link(_ block: UnsafeMutableRawPointer, to next: UnsafeMutableRawPointer?) {
        block.storeBytes(of: next, toByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self)
    }

    private func grow(_ memory: borrowing MemoryBudget) -> Bool {
        let slab = Int(total >> slabs.shift)
        let blocks = UInt32(1) << slabs.shift
        guard slab < 1 << (32 - Int(slabs.shift)) - 1,
            let new = memory.allocate(Int(blocks) * slabs.blockBytes)
        else { return false }
        for i in 0..<blocks { prepare(new + Int(i) * slabs.blockBytes, total &+ i) }
        // releasing: pairs with the load in Slabs.block
        slabs.directory[slab].store(UInt(bitPattern: new), ordering: .releasing)
        fresh = blocks
        total &+= blocks
        return true
    }

    /// Blocks that there are, used or not.
    var count: UInt32 { lock.withLock { total } }

    func destroy(_ memory: borrowing MemoryBudget) {
        for slab in 0..<Int(total >> slabs.shift) {
            let bits = slabs.directory[slab].load(ordering: .relaxed)
            guard let blocks = UnsafeMutableRawPointer(bitPattern: bits) else { continue }
            memory.free(blocks, slabs.blockBytes << Int(slabs.shift))
        }
        total = 0
        pstp_free(slabs.directory, 1, Self.directoryBytes(slabs.shift))
    }
}
