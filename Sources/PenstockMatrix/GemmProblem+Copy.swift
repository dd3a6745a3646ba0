// Kernels write tiles whose columns are contiguous. A tile of any other C is copied in and out, so
// that its elements go through the very same arithmetic.

extension GemmProblem {
    func gather(
        _ rows: Int, _ columns: Int, from target: UnsafeMutableRawPointer,
        to tile: UnsafeMutableRawPointer
    ) {
        let from = Grid(base: target, rowStride: c.rowStride, columnStride: c.columnStride)
        let to = Grid(base: tile, rowStride: blocking.nr, columnStride: 1)
        copy(rows, columns, from, to)
    }

    func scatter(
        _ rows: Int, _ columns: Int, from tile: UnsafeMutableRawPointer,
        to target: UnsafeMutableRawPointer
    ) {
        let from = Grid(base: tile, rowStride: blocking.nr, columnStride: 1)
        let to = Grid(base: target, rowStride: c.rowStride, columnStride: c.columnStride)
        copy(rows, columns, from, to)
    }

    private func copy(_ rows: Int, _ columns: Int, _ from: Grid, _ to: Grid) {
        if blocking.elementSize == 4 {
            copyElements(rows, columns, from, to, UInt32.self)
        } else {
            copyElements(rows, columns, from, to, UInt64.self)
        }
    }
}

private struct Grid {
    var base: UnsafeMutableRawPointer
    /// In elements.
    var rowStride: Int
    var columnStride: Int
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
