public import CPenstock
import PenstockMatrix
import PenstockRuntime

/// What a product's fault is to a C caller.
func failure(_ fault: GemmFault, _ name: String) -> Failure {
    switch fault {
    case .outOfMemory: Failure(.noMemory, "\(name): \(fault.text)")
    case .noKernel: Failure(.notSupported, "\(name): \(fault.text)")
    default: Failure(.invalid, "\(name): \(fault.text)")
    }
}

func check(_ type: pst_gemm_type, _ name: String) throws(Failure) {
    guard type.rawValue <= PST_GEMM_U8S8.rawValue else {
        throw Failure(.invalid, "\(name): type \(type.rawValue) is no pst_gemm_type")
    }
}

private var defaults: pst_gemm_args {
    pst_gemm_args(
        struct_size: 0, type: PST_GEMM_F32, m: 0, n: 0, k: 0, alpha: 1, beta: 0, a: nil, a_row: 0,
        a_col: 0, b: nil, b_row: 0, b_col: 0, packed_b: nil, c: nil, c_row: 0, c_col: 0, batch: 1,
        a_batch: 0, b_batch: 0, c_batch: 0, a_array: nil, b_array: nil, c_array: nil, bias: nil,
        bias_by_row: false, activation: PST_LINEAR, low: 0, high: 0, scale: 1, residual: nil,
        residual_row: 0, residual_col: 0, residual_batch: 0, engine: nil, threads: 0, kc: 0, mc: 0,
        nc: 0)
}

/// What a C caller asks for: the product, or how it would be done.
private func perform(
    _ given: UnsafePointer<pst_gemm_args>?, _ name: String, explaining: Bool
) throws(Failure) -> String? {
    let o = try merged(required(given, "args"), over: defaults, "args")
    try check(o.type, name)
    let weights = try packedB(o, name)
    // Its memory is used until the product is done.
    defer { withExtendedLifetime(weights) {} }
    if let type = narrowType(o.type) {
        guard var request = NarrowRequest(type) else { throw failure(.noKernel, name) }
        if case .narrow(let matrix) = weights?.matrix { request.packedB = matrix }
        return try perform(&request, o, name, explaining: explaining)
    }
    guard var request = GemmRequest(f64: o.type == PST_GEMM_F64) else {
        throw failure(.noKernel, name)
    }
    switch weights?.matrix {
    case .f32(let matrix): request.use(matrix)
    case .f64(let matrix): request.use(matrix)
    default: break
    }
    return try perform(&request, o, name, explaining: explaining)
}

private func packedB(_ o: pst_gemm_args, _ name: String) throws(Failure) -> PackedHandle? {
    guard let handle = o.packed_b else { return nil }
    let packed = try packed(handle)
    guard packed.type == o.type, packed.k == o.k, packed.n == o.n else {
        throw Failure(
            .invalid,
            "\(name): packed_b is \(packed.k) x \(packed.n) of type \(packed.type.rawValue), "
                + "not \(o.k) x \(o.n) of type \(o.type.rawValue)")
    }
    return packed
}

/// Generic, so that small products are not boxed.
private func perform<Request: ProductRequest>(
    _ request: inout Request, _ o: pst_gemm_args, _ name: String, explaining: Bool
) throws(Failure) -> String? {
    (request.m, request.n, request.k) = (o.m, o.n, o.k)
    (request.alpha, request.beta) = (o.alpha, o.beta)
    request.a = RawMatrix(base: o.a, rowStride: o.a_row, columnStride: o.a_col)
    request.b = RawMatrix(base: o.b, rowStride: o.b_row, columnStride: o.b_col)
    request.c = RawMatrix(
        base: UnsafeRawPointer(o.c), rowStride: o.c_row, columnStride: o.c_col)
    request.epilogue = try epilogue(o)
    for (size, argument) in [(o.kc, "kc"), (o.mc, "mc"), (o.nc, "nc"), (o.threads, "threads")]
    where size < 0 {
        throw Failure(.invalid, "\(name): \(argument) is too large")
    }
    request.setBlocks(kc: o.kc, mc: o.mc, nc: o.nc)
    if let handle = o.engine {
        let engine = try engine(handle)
        if engine.isForeign {
            throw Failure(.forked, "\(name): the engine was created before fork()")
        }
        request.engine = engine
    }
    request.threads = o.threads
    do throws(GemmFault) {
        try request.setBatch(
            count: o.batch, a: o.a_batch, b: o.b_batch, c: o.c_batch,
            residual: o.residual_batch, aArray: o.a_array, bArray: o.b_array, cArray: o.c_array)
        if explaining { return try request.explain().get() }
        if let fault = request.perform().fault { throw fault }
        return nil
    } catch {
        throw failure(error, name)
    }
}

private func epilogue(_ o: pst_gemm_args) throws(Failure) -> RawEpilogue {
    let activation = try activation(o.activation, low: o.low, high: o.high)
    return Epilogue<Float>.raw(
        bias: o.bias, byRow: o.bias_by_row, activation: activation, scale: o.scale,
        residual: o.residual.map {
            RawMatrix(base: $0, rowStride: o.residual_row, columnStride: o.residual_col)
        })
}

/// Out of the small products' sight: it would cost them registers.
@inline(never)
private func performGenerally(_ args: UnsafePointer<pst_gemm_args>?) -> pst_status {
    prepareSmallProducts()
    return attempt { () throws(Failure) in
        _ = try perform(args, "pst_gemm", explaining: false)
    }
}

@c @implementation
public func pst_gemm(_ args: UnsafePointer<pst_gemm_args>!) -> pst_status {
    if let args, performDirectly(args) { return PST_OK }
    return performGenerally(args)
}

@c @implementation
public func pst_gemm_explain(
    _ args: UnsafePointer<pst_gemm_args>!,
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let out = try required(out, "text")
        if let text = try perform(args, "pst_gemm_explain", explaining: true) {
            try give(text, to: out)
        }
    }
}
