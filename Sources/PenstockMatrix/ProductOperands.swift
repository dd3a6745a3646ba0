/// What a product, or a batch of them, reads and writes. Everything that a caller can get wrong is
/// found here, before the first unsafe step. Elements of A, B and C may differ in size; those of
/// the bias and the residual are C's.
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
            if m == 0 || n == 0 || batch.count == 0 { return nil }
            if batch.count > 1 { try checkSteps() }
            if batch.hasArrays { try checkEach() } else { try checkTogether() }
            return nil
        } catch {
            return error
        }
    }

    func checkSizes() throws(GemmFault) {
        if m < 0 { throw .negativeSize(.m) }
        if n < 0 { throw .negativeSize(.n) }
        if k < 0 { throw .negativeSize(.k) }
        if batch.count < 0 { throw .negativeSize(.batch) }
    }

    /// Also of operands that are not read: products are found by multiplying these.
    private func checkSteps() throws(GemmFault) {
        func check(_ step: Int, _ argument: GemmArgument) throws(GemmFault) {
            if step.multipliedReportingOverflow(by: batch.count).overflow {
                throw .tooLarge(argument)
            }
        }
        try check(batch.a, .a)
        try check(batch.b, .b)
        try check(batch.c, .c)
        try check(batch.residual, .residual)
    }

    /// All products at once, which are steps apart.
    private func checkTogether() throws(GemmFault) {
        let whole = try footprintOfC()
        try forEachRead { (operand) throws(GemmFault) in
            if try operand.footprint(batch.count).meets(whole) {
                throw .overlapsC(operand.argument)
            }
        }
    }

    /// Of all products; C has no array.
    func footprintOfC() throws(GemmFault) -> Footprint {
        let whole = try Footprint(
            c, rows: m, columns: n, size: cSize, step: batch.c, count: batch.count, as: .c)
        if c.overlapsItself(rows: m, columns: n) || whole.productsMeet { throw .overlapsItself }
        return whole
    }
}

// MARK: - What is read

extension ProductOperands {
    struct Read {
        let argument: GemmArgument
        let matrix: RawMatrix
        let rows: Int
        let columns: Int
        let size: Int
        var step = 0
        var array: UnsafePointer<UnsafeRawPointer?>?

        /// Of the first `count` products; there is no array.
        func footprint(_ count: Int) throws(GemmFault) -> Footprint {
            try Footprint(
                matrix, rows: rows, columns: columns, size: size, step: step, count: count,
                as: argument)
        }
    }

    func forEachRead(_ body: (Read) throws(GemmFault) -> Void) throws(GemmFault) {
        if k > 0 {
            try body(
                Read(
                    argument: .a, matrix: a, rows: m, columns: k, size: aSize, step: batch.a,
                    array: batch.aArray))
            if let b {
                try body(
                    Read(
                        argument: .b, matrix: b, rows: k, columns: n, size: bSize, step: batch.b,
                        array: batch.bArray))
            }
        }
        if let bias {
            let matrix = RawMatrix(base: bias, rowStride: 0, columnStride: 1)
            try body(
                Read(argument: .bias, matrix: matrix, rows: 1, columns: biasCount, size: cSize))
        }
        if let residual {
            try body(
                Read(
                    argument: .residual, matrix: residual, rows: m, columns: n, size: cSize,
                    step: batch.residual))
        }
    }
}
