extension GemmProblem {
    /// The first fault among the arguments, or nil.
    func check(_ batch: GemmBatch = GemmBatch()) -> GemmFault? {
        operands(batch).check() ?? epilogue.fault
    }
}

extension RawMatrix {
    /// The fault of an operand that is read on its own, before there is a C.
    func checkOperand(rows k: Int, columns n: Int, _ size: Int) -> GemmFault? {
        if k < 0 { return .negativeSize(.k) }
        if n < 0 { return .negativeSize(.n) }
        if k == 0 || n == 0 { return nil }
        do throws(GemmFault) {
            _ = try Footprint(self, rows: k, columns: n, size: size, as: .b)
            return nil
        } catch {
            return error
        }
    }

    /// Whether two positions are one element: `i * rowStride == j * columnStride` for some step
    /// (i, j) inside the matrix. The least such step is (columnStride, rowStride) over their gcd.
    func overlapsItself(rows: Int, columns: Int) -> Bool {
        let down = rowStride.magnitude
        let across = columnStride.magnitude
        if rows > 1, down == 0 { return true }
        if columns > 1, across == 0 { return true }
        if rows <= 1 || columns <= 1 { return false }
        // The usual case: each row ends before the next begins. `Footprint` ruled out overflow.
        if down > UInt(columns - 1) * across || across > UInt(rows - 1) * down { return false }
        let divisor = greatestCommonDivisor(down, across)
        return across / divisor < UInt(rows) && down / divisor < UInt(columns)
    }
}

private func greatestCommonDivisor(_ x: UInt, _ y: UInt) -> UInt {
    var (x, y) = (x, y)
    while y != 0 { (x, y) = (y, x % y) }
    return x
}
