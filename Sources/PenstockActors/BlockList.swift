/// A worker's own free blocks of a table, which come and go by the dozen: a lock for many blocks.
/// Guard: the worker.
struct BlockList: ~Copyable {
    /// More than this, and half of them go to the table.
    static let kept = 256
    /// So many come from the table at once.
    private static let refill = 64

    private let table: Unmanaged<SlabTable>
    private var first: UnsafeMutableRawPointer?
    private var count = 0

    init(_ table: SlabTable) { self.table = .passUnretained(table) }

    /// A block of this worker's; nil: it has none.
    @inline(__always)
    mutating func takeOwn() -> UnsafeMutableRawPointer? {
        guard let block = first else { return nil }
        first = table._withUnsafeGuaranteedRef { $0.next(block) }
        count &-= 1
        return block
    }

    /// nil: no memory.
    mutating func take(_ memory: borrowing MemoryBudget) -> UnsafeMutableRawPointer? {
        take(memory) { _ in }
    }

    /// `prepareFresh` is given those that nobody ever had.
    @inline(__always)
    mutating func take(
        _ memory: borrowing MemoryBudget, prepareFresh: (UnsafeMutableRawPointer) -> Void
    ) -> UnsafeMutableRawPointer? {
        if let block = takeOwn() { return block }
        let taken = table._withUnsafeGuaranteedRef { $0.take(atMost: Self.refill, memory) }
        guard let taken else { return nil }
        first = taken.first
        count = taken.count
        if taken.isFresh {
            var block: UnsafeMutableRawPointer? = taken.first
            while let next = block {
                prepareFresh(next)
                block = table._withUnsafeGuaranteedRef { $0.next(next) }
            }
        }
        return takeOwn()
    }

    @inline(__always)
    mutating func put(_ block: UnsafeMutableRawPointer) {
        table._withUnsafeGuaranteedRef { $0.link(block, to: first) }
        first = block
        count &+= 1
        if count > Self.kept { release() }
    }

    @inline(never)
    private mutating func release() {
        guard let block = first else { return }
        table._withUnsafeGuaranteedRef { table in
            var last = block
            var released = 1
            while released < Self.kept / 2, let next = table.next(last) {
                last = next
                released &+= 1
            }
            first = table.next(last)
            count &-= released
            table.put(block, last)
        }
    }
}
