/// What a product, or a batch of them, reads and writes. Everything that a caller can get wrong is
/// found here, before the first unsafe step. Elements of A, B and C may differ in size; those of the
/// bias and the residual are C's.
struct ProductOperands {
    var m: Int
    var n: Int
    var k: Int
    var a: RawMatrix
    var aSize: Int
    /// nil when B came packed.
    var b: RawMatrix?
    var bSize: Int
    var c: RawMatrix
    var cSize: Int
    var bias: UnsafeRawPointer?
    var biasCount: Int
    var residual: RawMatrix?
    var batch = GemmBatch()

    /// The first fault among the arguments, or nil.
    func check() -> GemmFault? {
        do throws(GemmFault) {
            try checkSizes()
        } catch {
            return error
        }
        if m == 0 || n == 0 || batch.count == 0 { return nil }
        if batch.count > 1, let fault = checkSteps() { return fault }
        for i in 0..<batch.count {
            if let fault = product(i).checkOne() { return fault }
        }
        return nil
    }

    func checkSizes() throws(GemmFault) {
        if m < 0 { throw .negativeSize(.m) }
        if n < 0 { throw .negativeSize(.n) }
        if k < 0 { throw .negativeSize(.k) }
        if batch.count < 0 { throw .negativeSize(.batch) }
    }

    private func product(_ i: Int) -> ProductOperands {
        var one = self
        one.a.base = batch.aArray.map { $0[i] } ?? a.base.map { $0 + i * batch.a }
        one.b?.base = batch.bArray.map { $0[i] } ?? b?.base.map { $0 + i * batch.b }
        one.c.base =
            batch.cArray.map { UnsafeRawPointer($0[i]) } ?? c.base.map { $0 + i * batch.c }
        one.residual?.base = residual?.base.map { $0 + i * batch.residual }
        return one
    }

    /// That no two products write one element.
    private func checkSteps() -> GemmFault? {
        for (argument, step) in [
            (GemmArgument.a, batch.a), (.b, batch.b), (.c, batch.c), (.residual, batch.residual),
        ] where step.multipliedReportingOverflow(by: batch.count).overflow {
            return .tooLarge(argument)
        }
        if batch.cArray != nil { return nil }
        // Nested strides: each is longer than all that the shorter ones reach.
        var reach = 1
        let dimensions = [
            (c.rowStride.magnitude, m), (c.columnStride.magnitude, n),
            ((batch.c / cSize).magnitude, batch.count),
        ].filter { $0.1 > 1 }.sorted { $0.0 < $1.0 }
        for (stride, count) in dimensions {
            if stride < reach { return .overlapsItself }
            let (length, overflow) = Int(clamping: stride).multipliedReportingOverflow(
                by: count - 1)
            let (sum, overflow2) = length.addingReportingOverflow(reach)
            if overflow || overflow2 { return .tooLarge(.c) }
            reach = sum
        }
        return nil
    }

    private func checkOne() -> GemmFault? {
        let cBytes: ByteRange
        switch c.bytes(rows: m, columns: n, elementSize: cSize, as: .c) {
        case .success(let range): cBytes = range
        case .failure(let fault): return fault
        }
        if c.overlapsItself(rows: m, columns: n) { return .overlapsItself }
        if k > 0 {
            if let fault = check(a, .a, m, k, aSize, cBytes) { return fault }
            if let b, let fault = check(b, .b, k, n, bSize, cBytes) { return fault }
        }
        if let bias {
            let row = RawMatrix(base: bias, rowStride: 0, columnStride: 1)
            if let fault = check(row, .bias, 1, biasCount, cSize, cBytes) { return fault }
        }
        return residual.flatMap { check($0, .residual, m, n, cSize, cBytes) }
    }

    private func check(
        _ operand: RawMatrix, _ argument: GemmArgument, _ rows: Int, _ columns: Int, _ size: Int,
        _ cBytes: ByteRange
    ) -> GemmFault? {
        switch operand.bytes(rows: rows, columns: columns, elementSize: size, as: argument) {
        case .failure(let fault):
            return fault
        case .success(let range):
            if !range.meets(cBytes) { return nil }
            let x = operand.normalized(rows: rows, columns: columns)
            let y = c.normalized(rows: m, columns: n)
            let apart =
                x.liesBeside(y, rows, columns, size, m, n, cSize)
                || x.transposed.liesBeside(y.transposed, columns, rows, size, n, m, cSize)
            return apart ? nil : .overlapsC(argument)
        }
    }
}

/// Addresses from the first byte of the lowest element to the end of the highest.
struct ByteRange {
    var low: UInt
    var high: UInt

    func meets(_ other: ByteRange) -> Bool { low < other.high && other.low < high }
}
