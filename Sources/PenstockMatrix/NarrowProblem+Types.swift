// A problem of each combination of types, with what its types allow.

/// The right operand as the caller has it.
package enum NarrowRight<Element> {
    case plain(MatrixView<Element>)
    /// Its sizes, kernels and blocking are those of the product.
    case packed(NarrowPackedMatrix)
}

extension NarrowProblem {
    package init(
        bf16 a: MatrixView<UInt16>, _ b: NarrowRight<UInt16>, m: Int, n: Int, k: Int,
        alpha: Float = 1, beta: Float = 0, c: MutableMatrixView<Float>,
        epilogue: NarrowEpilogue<Float> = .none, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.bf16, a.raw, b, m, n, k, alpha, beta, c.raw, epilogue, settings)
    }

    package init(
        s8 a: MatrixView<Int8>, _ b: NarrowRight<Int8>, m: Int, n: Int, k: Int,
        alpha: Double = 1, beta: Double = 0, c: MutableMatrixView<Int32>,
        epilogue: NarrowEpilogue<Int32> = .none, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try Self.checkInteger(alpha, beta, epilogue)
        try self.init(.s8, a.raw, b, m, n, k, 1, Float(beta), c.raw, epilogue, settings)
    }

    package init(
        u8s8 a: MatrixView<UInt8>, _ b: NarrowRight<Int8>, m: Int, n: Int, k: Int,
        alpha: Double = 1, beta: Double = 0, c: MutableMatrixView<Int32>,
        epilogue: NarrowEpilogue<Int32> = .none, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try Self.checkInteger(alpha, beta, epilogue)
        try self.init(.u8s8, a.raw, b, m, n, k, 1, Float(beta), c.raw, epilogue, settings)
    }

    private init<B, C>(
        _ type: NarrowType, _ a: RawMatrix, _ b: NarrowRight<B>, _ m: Int, _ n: Int, _ k: Int,
        _ alpha: Float, _ beta: Float, _ c: RawMatrix, _ epilogue: NarrowEpilogue<C>,
        _ settings: NarrowSettings?
    ) throws(GemmFault) {
        switch b {
        case .plain(let b):
            guard let settings = settings ?? .standard else { throw .noKernel }
            self.init(
                type, m: m, n: n, k: k, alpha: alpha, a: a, b: b.raw, beta: beta, c: c,
                epilogue: epilogue, settings: settings)
        case .packed(let b):
            if b.type != type { throw .unsupported("B was packed for products of other types") }
            if b.n != n || b.k != k { throw .unsupported("n or k is not that of the packed B") }
            self.init(
                type, m: m, n: n, k: k, alpha: alpha, a: a,
                b: RawMatrix(base: nil, rowStride: 0, columnStride: 0), packedB: b, beta: beta,
                c: c, epilogue: epilogue, settings: b.settings)
        }
    }

    /// Scaling would leave the integers, and clamping sums that wrap around means nothing.
    private static func checkInteger(
        _ alpha: Double, _ beta: Double, _ epilogue: NarrowEpilogue<Int32>
    ) throws(GemmFault) {
        if alpha != 1 { throw .unsupported("alpha must be 1 when C is int32") }
        if beta != 0, beta != 1 { throw .unsupported("beta must be 0 or 1 when C is int32") }
        if epilogue.activation != .none {
            throw .unsupported("there is no activation when C is int32")
        }
    }
}
