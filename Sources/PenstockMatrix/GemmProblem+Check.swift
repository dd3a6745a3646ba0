extension GemmProblem {
    /// The first fault among the arguments, or nil.
    func check(_ batch: GemmBatch = GemmBatch()) -> GemmFault? { operands(batch).check() }

    func operands(_ batch: GemmBatch) -> ProductOperands {
        let size = blocking.elementSize
        return ProductOperands(
            m: m, n: n, k: k, a: a, aSize: size, b: packedB == nil ? b : nil, bSize: size, c: c,
            cSize: size, bias: epilogue.bias, biasCount: epilogue.biasByRow ? m : n,
            residual: epilogue.residual, batch: batch)
    }
}

extension RawMatrix {
    /// The fault of an operand that is read on its own, before there is a C.
    func checkOperand(rows k: Int, columns n: Int, _ size: Int) -> GemmFault? {
        if k < 0 { return .negativeSize(.k) }
        if n < 0 { return .negativeSize(.n) }
        if k == 0 || n == 0 { return nil }
        if case .failure(let fault) = bytes(rows: k, columns: n, elementSize: size, as: .b) {
            return fault
        }
        return nil
    }

    func bytes(
        rows: Int, columns: Int, elementSize: Int, as argument: GemmArgument
    ) -> Result<ByteRange, GemmFault> {
        guard let base else { return .failure(.null(argument)) }
        let address = UInt(bitPattern: base)
        if address % UInt(elementSize) != 0 { return .failure(.misaligned(argument)) }
        let (down, overflow1) = (rows - 1).multipliedReportingOverflow(by: rowStride)
        let (across, overflow2) = (columns - 1).multipliedReportingOverflow(by: columnStride)
        let (first, overflow3) = min(down, 0).addingReportingOverflow(min(across, 0))
        let (last, overflow4) = max(down, 0).addingReportingOverflow(max(across, 0))
        let (below, overflow5) = first.multipliedReportingOverflow(by: elementSize)
        let (above, overflow6) = last.multipliedReportingOverflow(by: elementSize)
        let (low, overflow7) = address.subtractingReportingOverflow(below.magnitude)
        let (top, overflow8) = address.addingReportingOverflow(UInt(bitPattern: above))
        let (high, overflow9) = top.addingReportingOverflow(UInt(elementSize))
        let overflows =
            overflow1 || overflow2 || overflow3 || overflow4 || overflow5 || overflow6 || overflow7
            || overflow8 || overflow9
        if overflows { return .failure(.tooLarge(argument)) }
        return .success(ByteRange(low: low, high: high))
    }

    /// Whether two positions are one element: `i * rowStride == j * columnStride` for some step
    /// (i, j) inside the matrix. The least such step is (columnStride, rowStride) over their gcd.
    func overlapsItself(rows: Int, columns: Int) -> Bool {
        let down = rowStride.magnitude
        let across = columnStride.magnitude
        if rows > 1, down == 0 { return true }
        if columns > 1, across == 0 { return true }
        if rows <= 1 || columns <= 1 { return false }
        // The usual case: each row ends before the next begins. `bytes` ruled out overflow.
        if down > UInt(columns - 1) * across || across > UInt(rows - 1) * down { return false }
        let divisor = greatestCommonDivisor(down, across)
        return across / divisor < UInt(rows) && down / divisor < UInt(columns)
    }

    /// Whether `self` and `other` are blocks of one row-major matrix of bytes that have no column in
    /// common, as the panels of a factorization are. Conservative: false means only that this is not
    /// shown.
    func liesBeside(
        _ other: RawMatrix, _ rows: Int, _ columns: Int, _ size: Int, _ otherRows: Int,
        _ otherColumns: Int, _ otherSize: Int
    ) -> Bool {
        guard columnStride == 1, other.columnStride == 1 else { return false }
        let leading = rows > 1 ? rowStride * size : other.rowStride * otherSize
        guard leading > 0, otherRows <= 1 || other.rowStride * otherSize == leading else {
            return false
        }
        let remainder = (Int(bitPattern: other.base) &- Int(bitPattern: base)) % leading
        let offset = remainder < 0 ? remainder + leading : remainder
        return offset >= columns * size && otherColumns * otherSize <= leading - offset
    }
}

private func greatestCommonDivisor(_ x: UInt, _ y: UInt) -> UInt {
    var (x, y) = (x, y)
    while y != 0 { (x, y) = (y, x % y) }
    return x
}
