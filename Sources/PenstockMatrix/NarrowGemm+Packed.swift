// Narrow products with a right operand that was packed before. n, k, kernels and blocking are the
// packed matrix's own.

package func gemmBF16(
    m: Int, alpha: Float = 1, a: MatrixView<UInt16>, packedB: NarrowPackedMatrix, beta: Float = 0,
    c: MutableMatrixView<Float>, epilogue: NarrowEpilogue<Float> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmBF16(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmBF16(
    m: Int, alpha: Float = 1, a: MatrixView<UInt16>, packedB: NarrowPackedMatrix, beta: Float = 0,
    c: MutableMatrixView<Float>, epilogue: NarrowEpilogue<Float> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            bf16: a, .packed(packedB), m: m, n: packedB.n, k: packedB.k, alpha: alpha, beta: beta,
            c: c, epilogue: epilogue)
    }
}

package func gemmS8(
    m: Int, alpha: Double = 1, a: MatrixView<Int8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmS8(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmS8(
    m: Int, alpha: Double = 1, a: MatrixView<Int8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            s8: a, .packed(packedB), m: m, n: packedB.n, k: packedB.k, alpha: alpha, beta: beta,
            c: c, epilogue: epilogue)
    }
}

package func gemmU8S8(
    m: Int, alpha: Double = 1, a: MatrixView<UInt8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none
) -> GemmStatus {
    withThreadWorkspace {
        gemmU8S8(
            m: m, alpha: alpha, a: a, packedB: packedB, beta: beta, c: c, epilogue: epilogue,
            workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmU8S8(
    m: Int, alpha: Double = 1, a: MatrixView<UInt8>, packedB: NarrowPackedMatrix, beta: Double = 0,
    c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            u8s8: a, .packed(packedB), m: m, n: packedB.n, k: packedB.k, alpha: alpha, beta: beta,
            c: c, epilogue: epilogue)
    }
}
