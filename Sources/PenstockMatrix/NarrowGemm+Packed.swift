// Narrow products with a right operand that was packed before. n, k, kernels and blocking are the
// packed matrix's own.

package func gemmBF16(
    m: Int, alpha: Double = 1, a: MatrixView<UInt16>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmBF16(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmBF16(
    m: Int, alpha: Double = 1, a: MatrixView<UInt16>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    packedB.problem(.bf16, m, alpha, a.raw, beta, c.raw, epilogue.raw).perform(&workspace)
}

package func gemmS8(
    m: Int, alpha: Double = 1, a: MatrixView<Int8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmS8(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmS8(
    m: Int, alpha: Double = 1, a: MatrixView<Int8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    packedB.problem(.s8, m, alpha, a.raw, beta, c.raw, epilogue.raw).perform(&workspace)
}

package func gemmU8S8(
    m: Int, alpha: Double = 1, a: MatrixView<UInt8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmU8S8(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmU8S8(
    m: Int, alpha: Double = 1, a: MatrixView<UInt8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    packedB.problem(.u8s8, m, alpha, a.raw, beta, c.raw, epilogue.raw).perform(&workspace)
}

extension NarrowPackedMatrix {
    fileprivate func problem(
        _ type: NarrowType, _ m: Int, _ alpha: Double, _ a: RawMatrix, _ beta: Double,
        _ c: RawMatrix, _ epilogue: RawEpilogue
    ) -> NarrowProblem {
        NarrowProblem(
            type, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: RawMatrix(), c: c,
            packedB: self, epilogue: epilogue, settings: settings)
    }
}
