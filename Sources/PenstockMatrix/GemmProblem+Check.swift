// Everything a caller can get wrong is found here, before the first unsafe step.

extension GemmProblem {
    /// The first fault among the arguments, or nil.
    func check() -> GemmFault? {
        if let fault = checkSizes() { return fault }
        if m == 0 || n == 0 { return nil }

        let size = blocking.elementSize
        let cBytes: ByteRange
        switch c.bytes(rows: m, columns: n, elementSize: size, as: .c) {
        case .success(let range): cBytes = range
        case .failure(let fault): return fault
        }
        if c.overlapsItself(rows: m, columns: n) { return .overlapsItself }

        if k > 0 {
            let first = a.check(.a, rows: m, columns: k, against: c, m, n, cBytes, size)
            if let first { return first }
            if packedB == nil {
                let second = b.check(.b, rows: k, columns: n, against: c, m, n, cBytes, size)
                if let second { return second }
            } else if overlaps(
                packedB, bytes: (n + blocking.nr - 1) / blocking.nr * blocking.nr * k * size, cBytes
            ) {
                return .overlapsC(.b)
            }
        }
        return checkEpilogue(cBytes)
    }

    func checkSizes() -> GemmFault? {
        if m < 0 { return .negativeSize(.m) }
        if n < 0 { return .negativeSize(.n) }
        if k < 0 { return .negativeSize(.k) }
        return nil
    }

    private func checkEpilogue(_ cBytes: ByteRange) -> GemmFault? {
        let size = blocking.elementSize
        // Not `low > high`: a NaN is a fault too.
        if epilogue.clamps, !(epilogue.low <= epilogue.high) { return .clampBounds }
        if let bias = epilogue.bias {
            if UInt(bitPattern: bias) % UInt(size) != 0 { return .misaligned(.bias) }
            let count = epilogue.biasByRow ? m : n
            if overlaps(bias, bytes: count * size, cBytes) { return .overlapsC(.bias) }
        }
        if let residual = epilogue.residual {
            return residual.check(.residual, rows: m, columns: n, against: c, m, n, cBytes, size)
        }
        return nil
    }

    private func overlaps(_ base: UnsafeRawPointer?, bytes: Int, _ other: ByteRange) -> Bool {
        let low = UInt(bitPattern: base)
        return low < other.high && other.low < low &+ UInt(bytes)
    }
}

/// Addresses from the first byte of the lowest element to the end of the highest.
private struct ByteRange {
    var low: UInt
    var high: UInt

    func meets(_ other: ByteRange) -> Bool { low < other.high && other.low < high }
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

    fileprivate func check(
        _ argument: GemmArgument, rows: Int, columns: Int, against c: RawMatrix, _ m: Int, _ n: Int,
        _ cBytes: ByteRange, _ size: Int
    ) -> GemmFault? {
        switch bytes(rows: rows, columns: columns, elementSize: size, as: argument) {
        case .failure(let fault):
            return fault
        case .success(let range):
            if !range.meets(cBytes) { return nil }
            let x = normalized(rows: rows, columns: columns)
            let y = c.normalized(rows: m, columns: n)
            let apart =
                x.liesBeside(y, rows, columns, m, n, size)
                || x.transposed.liesBeside(y.transposed, columns, rows, n, m, size)
            return apart ? nil : .overlapsC(argument)
        }
    }

    fileprivate func bytes(
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

    /// Whether `self` and `other` are blocks of one row-major matrix that have no column in common,
    /// as the panels of a factorization are. Conservative: false means only that this is not shown.
    private func liesBeside(
        _ other: RawMatrix, _ rows: Int, _ columns: Int, _ otherRows: Int, _ otherColumns: Int,
        _ size: Int
    ) -> Bool {
        guard columnStride == 1, other.columnStride == 1 else { return false }
        let leading = rows > 1 ? rowStride : other.rowStride
        guard leading > 0, otherRows <= 1 || other.rowStride == leading else { return false }
        let distance = Int(bitPattern: other.base) &- Int(bitPattern: base)
        guard distance % size == 0 else { return false }
        let remainder = distance / size % leading
        let offset = remainder < 0 ? remainder + leading : remainder
        return offset >= columns && otherColumns <= leading - offset
    }
}

private func greatestCommonDivisor(_ x: UInt, _ y: UInt) -> UInt {
    var (x, y) = (x, y)
    while y != 0 { (x, y) = (y, x % y) }
    return x
}
