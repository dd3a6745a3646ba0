// Kernels write blocks whose columns are contiguous. A block of any other C is copied in and out,
// so that its elements go through the very same arithmetic.

extension GemmProblem {
    func gather(
        _ rows: Int, _ columns: Int, _ from: Grid, to block: UnsafeMutableRawPointer
    ) {
        copy(rows, columns, from, Grid(base: block, rowStride: columns, columnStride: 1))
    }

    func scatter(
        _ rows: Int, _ columns: Int, _ block: UnsafeMutableRawPointer, to: Grid
    ) {
        copy(rows, columns, Grid(base: block, rowStride: columns, columnStride: 1), to)
    }

    private func copy(_ rows: Int, _ columns: Int, _ from: Grid, _ to: Grid) {
        if blocking.elementSize == 4 {
            copyElements(rows, columns, from, to, UInt32.self)
        } else {
            copyElements(rows, columns, from, to, UInt64.self)
        }
    }
}

/// Where a block of elements lies.
struct Grid {
    var base: UnsafeMutableRawPointer
    /// In elements.
    var rowStride: Int
    var columnStride: Int
}

extension RawMatrix {
    func grid(_ row: Int, _ column: Int, _ size: Int) -> Grid {
        Grid(
            base: UnsafeMutableRawPointer(mutating: at(row, column, size)), rowStride: rowStride,
            columnStride: columnStride)
    }
}

@inline(__always)
private func copyElements<Bits: BitwiseCopyable>(
    _ rows: Int, _ columns: Int, _ from: Grid, _ to: Grid, _: Bits.Type
) {
    let size = MemoryLayout<Bits>.size
    var i = 0
    while i < rows {
        var source = from.base + i * from.rowStride * size
        var target = to.base + i * to.rowStride * size
        var j = 0
        while j < columns {
            target.storeBytes(of: source.load(as: Bits.self), as: Bits.self)
            source += from.columnStride * size
            target += to.columnStride * size
            j += 1
        }
        i += 1
    }
}
