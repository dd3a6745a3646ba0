/// Where the operands of each product of a batch lie.
struct GemmBatch {
    var count = 1
    /// Bytes from one product's operand to the next one's.
    var a = 0
    var b = 0
    var c = 0
    var residual = 0
    /// Instead of steps: a pointer for each product.
    var aArray: UnsafePointer<UnsafeRawPointer?>?
    var bArray: UnsafePointer<UnsafeRawPointer?>?
    var cArray: UnsafePointer<UnsafeMutableRawPointer?>?

    var hasArrays: Bool { aArray != nil || bArray != nil || cArray != nil }

    /// The same for the transposes, whose operands have changed places.
    var transposed: GemmBatch {
        var other = self
        (other.a, other.b) = (b, a)
        (other.aArray, other.bArray) = (bArray, aArray)
        return other
    }
}

extension GemmProblem {
    /// Product `i` of the batch; `self` is product 0.
    func product(_ i: Int, of batch: GemmBatch) -> GemmProblem {
        var problem = self
        problem.a.base = batch.aArray.map { $0[i] } ?? a.base.map { $0 + i * batch.a }
        problem.b.base = batch.bArray.map { $0[i] } ?? b.base.map { $0 + i * batch.b }
        problem.c.base =
            batch.cArray.map { UnsafeRawPointer($0[i]) } ?? c.base.map { $0 + i * batch.c }
        if i > 0, let base = epilogue.residual?.base {
            problem.epilogue.residual?.base = base + i * batch.residual
        }
        return problem
    }

    /// The first fault of any product, or nil; and that no two products write one element.
    func check(_ batch: GemmBatch) -> GemmFault? {
        if batch.count == 1 && !batch.hasArrays { return check() }
        if batch.count > 1, let fault = checkSteps(batch) { return fault }
        for i in 0..<batch.count {
            if let fault = product(i, of: batch).check() { return fault }
        }
        return nil
    }

    private func checkSteps(_ batch: GemmBatch) -> GemmFault? {
        for (argument, step) in [
            (GemmArgument.a, batch.a), (.b, batch.b), (.c, batch.c), (.residual, batch.residual),
        ] where step.multipliedReportingOverflow(by: batch.count).overflow {
            return .tooLarge(argument)
        }
        if m <= 0 || n <= 0 || batch.cArray != nil { return nil }
        // Nested strides: each is longer than all that the shorter ones reach.
        let size = blocking.elementSize
        var reach = 1
        let dimensions = [
            (c.rowStride.magnitude, m), (c.columnStride.magnitude, n),
            ((batch.c / size).magnitude, batch.count),
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
}
