public import CPenstock
import PenstockDataflow
import PenstockMatrix
import PenstockRuntime
import Synchronization

func activation(
    _ activation: pst_activation, low: Double, high: Double
) throws(Failure) -> GemmActivation {
    switch activation {
    case PST_LINEAR: return .none
    case PST_RELU: return .relu
    case PST_GELU: return .gelu
    case PST_GELU_TANH: return .geluTanh
    case PST_SIGMOID: return .sigmoid
    case PST_TANH: return .tanh
    case PST_CLAMP: return .clamp(low: low, high: high)
    default: throw Failure(.invalid, "activation \(activation.rawValue) is no pst_activation")
    }
}

private func epilogue<T>(
    _ bias: UnsafePointer<T>?, _ given: pst_activation
) throws(Failure) -> Epilogue<T> {
    if given == PST_CLAMP { throw Failure(.invalid, "PST_CLAMP has no bounds here; use pst_gemm") }
    return Epilogue(bias: bias, activation: try activation(given, low: 0, high: 0))
}

@c @implementation
public func pst_gemm_f32(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>!, _ aRow: Int,
    _ aCol: Int, _ b: UnsafePointer<Float>!, _ bRow: Int, _ bCol: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>!, _ cRow: Int, _ cCol: Int, _ bias: UnsafePointer<Float>!,
    _ activation: pst_activation
) -> pst_status {
    // acquiring: pairs with the store of prepareSmallProducts
    if isPlain(alpha, beta, bias, activation), let direct = sharedDirect.load(ordering: .acquiring),
        direct.pointee.f32.perform(
            m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, cCol,
            accumulate: beta.bitPattern != 0)
    {
        return PST_OK
    }
    return gemm("pst_gemm_f32", bias, activation) {
        gemmF32(
            m: m, n: n, k: k, alpha: alpha,
            a: MatrixView(a, rowStride: aRow, columnStride: aCol),
            b: MatrixView(b, rowStride: bRow, columnStride: bCol), beta: beta,
            c: MutableMatrixView(c, rowStride: cRow, columnStride: cCol), epilogue: $0)
    }
}

/// The general way, out of the small products' sight: it would cost them registers.
@inline(never)
private func gemm<T: BinaryFloatingPoint>(
    _ name: String, _ bias: UnsafePointer<T>?, _ activation: pst_activation,
    _ multiply: (Epilogue<T>) -> GemmStatus
) -> pst_status {
    prepareSmallProducts()
    return attempt { () throws(Failure) in
        let status = multiply(try epilogue(bias, activation))
        if let fault = status.fault { throw failure(fault, name) }
    }
}

@c @implementation
public func pst_gemm_f64(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>!, _ aRow: Int,
    _ aCol: Int, _ b: UnsafePointer<Double>!, _ bRow: Int, _ bCol: Int, _ beta: Double,
    _ c: UnsafeMutablePointer<Double>!, _ cRow: Int, _ cCol: Int, _ bias: UnsafePointer<Double>!,
    _ activation: pst_activation
) -> pst_status {
    // acquiring: pairs with the store of prepareSmallProducts
    if isPlain(alpha, beta, bias, activation), let direct = sharedDirect.load(ordering: .acquiring),
        direct.pointee.f64.perform(
            m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, cCol,
            accumulate: beta.bitPattern != 0)
    {
        return PST_OK
    }
    return gemm("pst_gemm_f64", bias, activation) {
        gemmF64(
            m: m, n: n, k: k, alpha: alpha,
            a: MatrixView(a, rowStride: aRow, columnStride: aCol),
            b: MatrixView(b, rowStride: bRow, columnStride: bCol), beta: beta,
            c: MutableMatrixView(c, rowStride: cRow, columnStride: cCol), epilogue: $0)
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
            bias: o.bias, activation: try matmulActivation(o.activation), inOffset: o.in_offset,
            outOffset: o.out_offset, live: o.live)
        return it.graph.description.add(
            .map(MatmulLayer.map), name: name, inputs: inputs, outputs: [output],
            user: Unmanaged.passUnretained(layer).toOpaque(), keepAlive: layer, label: "matmul")
    }
}

/// A layer's activation; bounds have no place in its options.
private func matmulActivation(_ given: pst_activation) throws(Failure) -> GemmActivation {
    if given == PST_CLAMP { throw Failure(.invalid, "PST_CLAMP has no bounds in a matmul stage") }
    return try activation(given, low: 0, high: 0)
}
