import CPenstockKernels

// C = activation(alpha * A * B + beta * C + bias), on the calling thread.
//
// A is m x k, B k x n, C m x n; op(A) is a view's strides. beta = 0 never reads C; alpha = 0 never
// reads A or B. The caller may pass a workspace that it keeps; without one the thread's own serves.

package func gemmF32(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: MatrixView<Float>, b: MatrixView<Float>,
    beta: Float = 0, c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    settings: GemmSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmF32(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmF32(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: MatrixView<Float>, b: MatrixView<Float>,
    beta: Float = 0, c: MutableMatrixView<Float>, epilogue: Epilogue<Float> = .none,
    settings: GemmSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    guard let settings = settings ?? .standard else { return .failed(.noKernel) }
    let problem = GemmProblem(
        m: m, n: n, k: k, alpha: Double(alpha), beta: Double(beta), a: a.raw, b: b.raw, c: c.raw,
        packedB: nil, packedSteps: 0, epilogue: epilogue.raw, kernel: settings.path.f32,
        blocking: settings.f32)
    return problem.perform(&workspace)
}

package func gemmF64(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<Double>, b: MatrixView<Double>,
    beta: Double = 0, c: MutableMatrixView<Double>, epilogue: Epilogue<Double> = .none,
    settings: GemmSettings? = nil
) -> GemmStatus {
    withThreadWorkspace {
        gemmF64(
            m: m, n: n, k: k, alpha: alpha, a: a, b: b, beta: beta, c: c, epilogue: epilogue,
            settings: settings, workspace: &$0)
    } ?? .failed(.outOfMemory)
}

package func gemmF64(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: MatrixView<Double>, b: MatrixView<Double>,
    beta: Double = 0, c: MutableMatrixView<Double>, epilogue: Epilogue<Double> = .none,
    settings: GemmSettings? = nil, workspace: inout GemmWorkspace
) -> GemmStatus {
    guard let settings = settings ?? .standard else { return .failed(.noKernel) }
    let problem = GemmProblem(
        m: m, n: n, k: k, alpha: alpha, beta: beta, a: a.raw, b: b.raw, c: c.raw, packedB: nil,
        packedSteps: 0, epilogue: epilogue.raw, kernel: settings.path.f64, blocking: settings.f64)
    return problem.perform(&workspace)
}
