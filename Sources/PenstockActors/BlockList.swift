/// A worker's own free blocks of a table: no lock while it takes about as many as it gives back. Guard:
/// the worker.
struct BlockList: ~Copyable {
    /// More than this, and half of them go to the table.
    static let kept = 256

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
        if let block = takeOwn() { return block }
        return table._withUnsafeGuaranteedRef { $0.take(memory)?.block }
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
