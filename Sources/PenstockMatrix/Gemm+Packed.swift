// Products with a right operand that was packed before. n, k, kernels and blocking are the packed
// matrix's own.

package func gemmF32(
    m: Int, alpha: Float = 1, a: MatrixView<Float>, packedB: PackedMatrixF32, beta: Float = 0,
    c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmF32(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmF32(
    m: Int, alpha: Float = 1, a: MatrixView<Float>, packedB: PackedMatrixF32, beta: Float = 0,
    c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    packedB.problem(m, Double(alpha), a, Double(beta), c, epilogue).perform(&workspace)
}

package func gemmF64(
    m: Int, alpha: Double = 1, a: MatrixView<Double>, packedB: PackedMatrixF64, beta: Double = 0,
    c: MutableMatrixView<Double>, epilogue: Epilogue<Double> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmF64(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmF64(
    m: Int, alpha: Double = 1, a: MatrixView<Double>, packedB: PackedMatrixF64, beta: Double = 0,
    c: MutableMatrixView<Double>, epilogue: Epilogue<Double> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    packedB.problem(m, alpha, a, beta, c, epilogue).perform(&workspace)
}

extension PackedMatrix {
    fileprivate func problem(
        _ m: Int, _ alpha: Double, _ a: MatrixView<Element>, _ beta: Double,
        _ c: MutableMatrixView<Element>, _ epilogue: Epilogue<Element>
    ) -> GemmProblem {
        GemmProblem(
            m: m, n: n, k: k, alpha: alpha, beta: beta, a: a.raw,
            b: RawMatrix(base: nil, rowStride: 0, columnStride: 0), c: c.raw, packedB: base,
            packedSteps: k, epilogue: epilogue.raw, kernel: kernel, blocking: blocking)
    }
}
