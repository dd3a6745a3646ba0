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
}
