import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// All cells of an engine by their slot. Grows by slabs, never shrinks while the engine lives: a stale
/// reference may be followed at any time, and the cell says that it is stale.
final class CellTable: @unchecked Sendable {
    static let slabCells = 2048
    private static let slabShift: UInt32 = 11
    private static let slabLimit = 1 << 20
    private static var directoryBytes: Int { slabLimit * MemoryLayout<UInt>.size }

    /// A word for each slab; untouched pages take no memory.
    private let directory: UnsafeMutablePointer<Atomic<UInt>>
    /// Slots that references may name. Grows under the lock.
    private let count = Atomic<UInt32>(0)
    private let lock = Lock()
    /// Slots that workers have more of than they need, linked by `state`, and how many.
    private var spare: UnsafeMutablePointer<Cell>?  // guard: lock
    /// Cells of the last slab that nobody has.
    private var fresh: UInt32 = 0  // guard: lock
    /// Generations of a new slab begin here, so that a reference of another engine is stale.
    private let firstGeneration: UInt32

    init?(firstGeneration: UInt32) {
        precondition(MemoryLayout<Cell>.size <= 64 && MemoryLayout<CellBody>.size <= 64)
        guard let memory = pstp_alloc(1, Self.directoryBytes, 4096) else { return nil }
        directory = memory.bindMemory(to: Atomic<UInt>.self, capacity: Self.slabLimit)
        self.firstGeneration = firstGeneration
    }

    /// nil where no actor ever was.
    func cell(_ slot: UInt32) -> UnsafeMutablePointer<Cell>? {
        // acquiring: pairs with the store in grow
        guard slot < count.load(ordering: .acquiring) else { return nil }
        let slab = directory[Int(slot >> Self.slabShift)].load(ordering: .relaxed)
        let offset = Int(slot & UInt32(Self.slabCells - 1)) * Cell.size
        return UnsafeMutablePointer(bitPattern: slab + UInt(bitPattern: offset))
    }

    /// A slot for one more actor. A fresh one belongs to `owner`; no reference to it was ever made, so
    /// nobody else touches it before there is one. nil: no memory.
    func take(
        owner: UInt32, _ memory: borrowing MemoryBudget
    ) -> (cell: UnsafeMutablePointer<Cell>, isFresh: Bool)? {
        lock.withLock {
            if let cell = spare {
                spare = cell.body.pointee.state?.assumingMemoryBound(to: Cell.self)
                return (cell, false)
            }
            if fresh == 0 && !grow(memory) { return nil }
            let slot = count.load(ordering: .relaxed) &- fresh
            fresh &-= 1
            guard let cell = cell(slot) else { return nil }
            cell.pointee.owner.store(owner, ordering: .relaxed)
            return (cell, true)
        }
    }

    /// Free slots from `first` to `last`, linked by `state`, for anybody. Their owners stay.
    func put(_ first: UnsafeMutablePointer<Cell>, _ last: UnsafeMutablePointer<Cell>) {
        lock.withLock {
            last.body.pointee.state = UnsafeMutableRawPointer(spare)
            spare = first
        }
    }

    private func grow(_ memory: borrowing MemoryBudget) -> Bool {
        let first = count.load(ordering: .relaxed)
        let slab = Int(first >> Self.slabShift)
        guard slab < Self.slabLimit, let cells = memory.allocate(Self.slabCells * Cell.size) else {
            return false
        }
        for i in 0..<Self.slabCells {
            let cell = (cells + i * Cell.size).bindMemory(to: Cell.self, capacity: 1)
            cell.initialize(slot: first &+ UInt32(i), generation: firstGeneration)
        }
        directory[slab].store(UInt(bitPattern: cells), ordering: .relaxed)
        fresh = UInt32(Self.slabCells)
        // releasing: pairs with the load in cell(_:)
        count.store(first &+ fresh, ordering: .releasing)
        return true
    }

    var slots: UInt32 { count.load(ordering: .relaxed) }

    func destroy(_ memory: borrowing MemoryBudget) {
        for slab in 0..<Int(count.load(ordering: .relaxed) >> Self.slabShift) {
            let bits = directory[slab].load(ordering: .relaxed)
            guard let cells = UnsafeMutableRawPointer(bitPattern: bits) else { continue }
            memory.free(cells, Self.slabCells * Cell.size)
        }
        count.store(0, ordering: .relaxed)
        pstp_free(directory, 1, Self.directoryBytes)
    }
}
