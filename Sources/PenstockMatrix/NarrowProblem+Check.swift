import CPenstockKernels

extension NarrowProblem {
    /// The first fault among the arguments, or nil.
    func check(_ batch: GemmBatch = GemmBatch()) -> GemmFault? {
        do throws(GemmFault) {
            try operands(batch).checkSizes()
        } catch {
            return error
        }
        return checkTypes() ?? operands(batch).check() ?? epilogue.fault
    }

    /// What the types cannot do. Scaling would leave the integers, and clamping sums that wrap
    /// around means nothing.
    private func checkTypes() -> GemmFault? {
        if let packedB {
            if packedB.type != type {
                return .unsupported("B was packed for products of other types")
            }
            if packedB.n != n || packedB.k != k {
                return .unsupported("B was packed with another n or k")
            }
        }
        if type == .bf16 { return nil }
        if alpha != 1 { return .unsupported("alpha must be 1 when C is int32") }
        if beta != 0 && beta != 1 { return .unsupported("beta must be 0 or 1 when C is int32") }
        if epilogue.activation != PSTK_LINEAR || epilogue.scale != 1 {
            return .unsupported("there is no activation and no scale when C is int32")
        }
        return nil
    }
}
