// Products with narrow inputs, on the calling thread. A is m x k, B k x n, C m x n; op(A) is a
// view's strides. beta = 0 never reads C; alpha = 0 never reads A or B. The caller may pass a
// workspace that it keeps; without one the thread's own serves.

/// `C = epilogue(alpha * A * B + beta * C)` of bf16 inputs (the upper halves of f32) with f32 sums
/// and result.
///
/// Products are exact and each addition rounds to nearest, so before the epilogue an element of C
/// is within gamma(k + 2) * (|alpha| |A| |B| + |beta| |C|) of the exact one, gamma(i) = iu / (1 -
/// iu), u = 2^-24. VDPBF16PS, the instruction of the avx512 path, also takes subnormal numbers for
/// zero and makes zero of subnormal sums, whatever the thread's MXCSR says; the other paths round
/// as f32 does. Without subnormals and overflow all paths give the same bits.
package func gemmBF16(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<UInt16>, b: MatrixView<UInt16>,
    beta: Double = 0, c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    settings: NarrowSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmBF16(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmBF16(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<UInt16>, b: MatrixView<UInt16>,
    beta: Double = 0, c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    guard let settings = settings ?? .standard else { return .failed(.noKernel) }
    return NarrowProblem(
        .bf16, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a.raw, b: b.raw, c: c.raw,
        epilogue: epilogue.raw, settings: settings
    ).perform(&workspace)
}

/// `C = A * B + beta * C + bias + residual` of signed bytes, exact modulo 2^32. alpha must be 1,
/// beta 0 or 1, and the epilogue have no activation and no scale; anything else is refused.
package func gemmS8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<Int8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
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
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    guard let settings = settings ?? .standard else { return .failed(.noKernel) }
    return NarrowProblem(
        .s8, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a.raw, b: b.raw, c: c.raw,
        epilogue: epilogue.raw, settings: settings
    ).perform(&workspace)
}

/// `gemmS8` with an A of unsigned bytes.
package func gemmU8S8(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<UInt8>, b: MatrixView<Int8>,
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
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
    beta: Double = 0, c: MutableMatrixView<Int32>, epilogue: Epilogue<Int32> = .none,
    settings: NarrowSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    guard let settings = settings ?? .standard else { return .failed(.noKernel) }
    return NarrowProblem(
        .u8s8, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a.raw, b: b.raw, c: c.raw,
        epilogue: epilogue.raw, settings: settings
    ).perform(&workspace)
}
