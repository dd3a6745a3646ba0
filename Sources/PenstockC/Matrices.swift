public import CPenstock
import PenstockDataflow
import PenstockMatrix
import PenstockRuntime

/// NULL is no matrix only where it has elements; the product itself checks the rest.
private func check(_ status: GemmStatus, _ name: String) throws(Failure) {
    guard let fault = status.fault else { return }
    switch fault {
    case .outOfMemory: throw Failure(.noMemory, "\(name): \(fault.text)")
    case .noKernel: throw Failure(.notSupported, "\(name): \(fault.text)")
    default: throw Failure(.invalid, "\(name): \(fault.text)")
    }
}

private func epilogue<T>(
    _ bias: UnsafePointer<T>?, _ activation: pst_activation
) throws(Failure) -> Epilogue<T> {
    switch activation {
    case PST_LINEAR: Epilogue(bias: bias)
    case PST_RELU: Epilogue(bias: bias, activation: .relu)
    default: throw Failure(.invalid, "activation \(activation.rawValue) is no pst_activation")
    }
}

@c @implementation
public func pst_gemm_f32(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>!, _ aRow: Int,
    _ aCol: Int, _ b: UnsafePointer<Float>!, _ bRow: Int, _ bCol: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>!, _ cRow: Int, _ cCol: Int, _ bias: UnsafePointer<Float>!,
    _ activation: pst_activation
) -> pst_status {
    if alpha == 1, beta == 0 || beta == 1, bias == nil, activation == PST_LINEAR,
        performDirectly(
            m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, cCol, accumulate: beta == 1)
    {
        return PST_OK
    }
    return attempt { () throws(Failure) in
        let status = gemmF32(
            m: m, n: n, k: k, alpha: alpha,
            a: MatrixView(a, rowStride: aRow, columnStride: aCol),
            b: MatrixView(b, rowStride: bRow, columnStride: bCol), beta: beta,
            c: MutableMatrixView(c, rowStride: cRow, columnStride: cCol),
            epilogue: try epilogue(bias, activation))
        try check(status, "pst_gemm_f32")
    }
}

@c @implementation
public func pst_gemm_f64(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>!, _ aRow: Int,
    _ aCol: Int, _ b: UnsafePointer<Double>!, _ bRow: Int, _ bCol: Int, _ beta: Double,
    _ c: UnsafeMutablePointer<Double>!, _ cRow: Int, _ cCol: Int, _ bias: UnsafePointer<Double>!,
    _ activation: pst_activation
) -> pst_status {
    if alpha == 1, beta == 0 || beta == 1, bias == nil, activation == PST_LINEAR,
        performDirectly(
            m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, cCol, accumulate: beta == 1)
    {
        return PST_OK
    }
    return attempt { () throws(Failure) in
        let status = gemmF64(
            m: m, n: n, k: k, alpha: alpha,
            a: MatrixView(a, rowStride: aRow, columnStride: aCol),
            b: MatrixView(b, rowStride: bRow, columnStride: bCol), beta: beta,
            c: MutableMatrixView(c, rowStride: cRow, columnStride: cCol),
            epilogue: try epilogue(bias, activation))
        try check(status, "pst_gemm_f64")
    }
}

@c @implementation
public func pst_matmul(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!, _ options: UnsafePointer<pst_matmul_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_matmul_options(
            struct_size: 0, k: 0, n: 0, weights: nil, bias: nil, activation: PST_LINEAR,
            in_offset: 0, out_offset: 0, live: false)
        let o = try merged(required(options, "options"), over: defaults, "options")
        let output = try elementType(type)
        guard let inputs = input(it, stage, name),
            let taken = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        let layer = try MatmulLayer(
            input: taken, output: output, k: o.k, n: o.n, weights: required(o.weights, "weights"),
            bias: o.bias, relu: o.activation == PST_RELU, inOffset: o.in_offset,
            outOffset: o.out_offset, live: o.live)
        _ = try epilogue(o.bias, o.activation)
        return it.graph.description.add(
            .map(MatmulLayer.map), name: name, inputs: inputs, outputs: [output],
            user: Unmanaged.passUnretained(layer).toOpaque(), keepAlive: layer, label: "matmul")
    }
}
