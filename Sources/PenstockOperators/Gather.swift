import PenstockRuntime

/// Each number of an element is replaced by that row of a table.
final class Gather: Pass, @unchecked Sendable {
    private let reader: IndexReader
    private let rows: Int
    private let rowBytes: Int
    /// Negative indexes count from the table's end.
    private let wraps: Bool
    private let table: UnsafeRawPointer
    /// nil: the program's, which it keeps.
    private let copy: Memory?

    init(
        _ input: Layout, _ table: UnsafeRawPointer, _ layout: Layout, isLive: Bool
    ) throws(OperatorFault) {
        reader = try IndexReader(input, "gather")
        guard let rows = layout.shape.first else {
            throw .invalid("table has rank 0; its first axis is what indexes choose from")
        }
        self.rows = rows
        rowBytes = layout.bytes / rows
        wraps = !input.scalar.isUnsigned
        if isLive {
            copy = nil
            self.table = table
        } else {
            let copy = try Memory(layout.bytes)
            copy.base.copyMemory(from: table, byteCount: layout.bytes)
            self.copy = copy
            self.table = UnsafeRawPointer(copy.base)
        }
        super.init(input, try Layout(layout.scalar, input.shape + layout.shape.dropFirst()))
    }

    override var scratchBytes: Int { IndexReader.scratchBytes }
    override var canFail: Bool { true }
    override var complaint: StaticString { "gather: the index is not in the table" }

    override func joined(with next: Pass) -> Pass? {
        // Rows of the program's own memory may stand anywhere.
        guard input.values == 1, rowBytes >= InPlace.leastBytes, InPlace.takes(next),
            UInt(bitPattern: table) % UInt(output.scalar.bytes) == 0
        else { return nil }
        return GatherInPlace(self, next)
    }

    /// The row that number `i` asks for; nil if there is none. For single indexes.
    @inline(__always)
    func row(
        _ from: UnsafeRawPointer, _ i: Int, _ scratch: UnsafeMutableRawPointer
    ) -> UnsafeRawPointer? {
        let row = row(reader.read(from, i, 1, scratch).pointee)
        return row < 0 ? nil : table + row &* rowBytes
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let count = n &* input.values
        var done = 0
        while done < count {
            let size = min(IndexReader.block, count &- done)
            let indexes = reader.read(from, done, size, scratch)
            let out = to + done &* rowBytes
            let good =
                switch rowBytes {
                case 1: copyRows(indexes, size, out, as: UInt8.self)
                case 2: copyRows(indexes, size, out, as: UInt16.self)
                case 4: copyRows(indexes, size, out, as: UInt32.self)
                case 8: copyRows(indexes, size, out, as: UInt64.self)
                default: copyRows(indexes, size, out)
                }
            if good < size { return (done &+ good) / input.values }
            done &+= size
        }
        return n
    }

    /// The row, or -1.
    @inline(__always)
    private func row(_ index: Int) -> Int {
        let row = index < 0 && wraps ? index &+ rows : index
        return row >= 0 && row < rows ? row : -1
    }

    @inline(__always)
    private func copyRows<T: BitwiseCopyable>(
        _ indexes: UnsafePointer<Int>, _ n: Int, _ to: UnsafeMutableRawPointer, as type: T.Type
    ) -> Int {
        // A table's numbers are aligned, but a row of two u8 is no aligned u16.
        for i in 0..<n {
            let row = row(indexes[i])
            if row < 0 { return i }
            let value = (table + row &* MemoryLayout<T>.size).loadUnaligned(as: T.self)
            (to + i &* MemoryLayout<T>.size).storeBytes(of: value, as: T.self)
        }
        return n
    }

    private func copyRows(
        _ indexes: UnsafePointer<Int>, _ n: Int, _ to: UnsafeMutableRawPointer
    ) -> Int {
        for i in 0..<n {
            let row = row(indexes[i])
            if row < 0 { return i }
            (to + i &* rowBytes).copyMemory(from: table + row &* rowBytes, byteCount: rowBytes)
        }
        return n
    }
}
