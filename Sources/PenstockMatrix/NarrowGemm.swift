// Products with narrow inputs, on the calling thread. A is m x k, B k x n, C m x n; op(A) is a
// view's strides. beta = 0 never reads C; alpha = 0 never reads A or B. The caller may pass a
// workspace that it keeps; without one the thread's own serves.

/// `C = activation(alpha * A * B + beta * C + bias)` of bf16 inputs (the upper halves of f32) with
/// f32 sums and result.
///
/// Products are exact and each addition rounds to nearest, so an element of C is within
/// gamma(k + 2) * (|alpha| |A| |B| + |beta| |C|) of the exact one, gamma(i) = iu / (1 - iu),
/// u = 2^-24. VDPBF16PS, the instruction of the avx512 path, also takes subnormal inputs for zero and
/// makes zero of subnormal sums, whatever the thread's MXCSR says; the other paths round as f32 does.
/// Without subnormals and overflow all paths that cut k alike give the same bits.
package func gemmBF16(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: MatrixView<UInt16>, b: MatrixView<UInt16>,
    beta: Float = 0, c: MutableMatrixView<Float>, epilogue: NarrowEpilogue<Float> = .none,
    settings: NarrowSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmBF16(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmBF16(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: MatrixView<UInt16>, b: MatrixView<UInt16>,
    beta: Float = 0, c: MutableMatrixView<Float>, epilogue: NarrowEpilogue<Float> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            bf16: a, .plain(b), m: m, n: n, k: k, alpha: alpha, beta: beta, c: c,
            epilogue: epilogue, settings: settings)
    }
}

/// `C = A * B + beta * C + bias` of signed bytes, exact modulo 2^32. alpha must be 1, beta 0 or 1,
/// and there is no activation; anything else is refused.
package func gemmS8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<Int8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    settings: NarrowSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmS8(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmS8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<Int8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            s8: a, .plain(b), m: m, n: n, k: k, alpha: alpha, beta: beta, c: c,
            epilogue: epilogue, settings: settings)
    }
}

/// `gemmS8` with an A of unsigned bytes.
package func gemmU8S8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<UInt8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    settings: NarrowSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmU8S8(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmU8S8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<UInt8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: NarrowEpilogue<Int32> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    perform(&workspace) { () throws(GemmFault) in
        try NarrowProblem(
            u8s8: a, .plain(b), m: m, n: n, k: k, alpha: alpha, beta: beta, c: c,
            epilogue: epilogue, settings: settings)
    }
}

func perform(
    _ workspace: inout GemmWorkspace, _ problem: () throws(GemmFault) -> NarrowProblem
) -> GemmStatus {
    do throws(GemmFault) {
        return try problem().perform(&workspace)
    } catch {
        return .failed(error)
    }
}
