import PenstockMatrix
import PenstockRuntime

/// `c = scale * activation(alpha * a * b + beta * c + bias) + residual`, and where it is computed.
///
///     var product = MatrixProduct(input.view, weights, into: output.mutableView)
///     product.bias = bias.view
///     product.activation = .relu
///     product.engine = engine
///     try product.compute()
///
/// Each element of `c` is one chain of fused multiply-adds along k and the epilogue after it, so
/// the bits of the result do not depend on threads, batches or packing. With `beta` 0, `c` is not
/// read. `c` must not share an element with anything that is read, nor with itself. The memory of
/// all views must live until `compute` returns; nothing is kept.
public struct MatrixProduct {
    public var a: MatrixView
    public var c: MutableMatrixView
    public var alpha: Float = 1
    public var beta: Float = 0
    /// One row, which is added to each row of `c`, or one column, which is added to each column;
    /// without gaps.
    public var bias: MatrixView?
    public var activation = Activation.linear
    public var scale: Float = 1
    /// As large as `c`.
    public var residual: MatrixView?
    /// nil: one product.
    public var batch: Batch?
    /// nil: the calling thread alone. Else it and those of the engine's workers that have nothing
    /// else to do. A stage's closure may name the engine that runs it.
    public var engine: Engine?
    /// With an engine: at most so many threads; 0: as many as pay.
    public var threads = 0
    private var b: RightOperand

    private enum RightOperand {
        case plain(MatrixView)
        case packed(PackedMatrix)
    }

    /// So many products of one shape. The matrices of the product are those of the first one; each
    /// further one's are so many elements on, 0 for a matrix that all share.
    public struct Batch: Sendable, Hashable {
        public var count: Int
        public var a: Int
        public var b: Int
        public var c: Int
        public var residual: Int

        public init(count: Int, a: Int, b: Int, c: Int, residual: Int = 0) {
            self.count = count
            self.a = a
            self.b = b
            self.c = c
            self.residual = residual
        }
    }

    public init(_ a: MatrixView, _ b: MatrixView, into c: MutableMatrixView) {
        (self.a, self.b, self.c) = (a, .plain(b), c)
    }

    public init(_ a: MatrixView, _ b: PackedMatrix, into c: MutableMatrixView) {
        (self.a, self.b, self.c) = (a, .packed(b), c)
    }

    /// Throws `.invalid` when sizes do not fit or `c` shares an element with something else, and
    /// then `c` is untouched; `.outOfMemory`.
    public func compute() throws(PenstockError) {
        let status = try request().perform()
        withExtendedLifetime((b, engine)) {}
        if let fault = status.fault { throw PenstockError(fault) }
    }

    /// What `compute` would do and why: the kernel, what is packed, the blocks, the threads.
    public func explain() throws(PenstockError) -> String {
        switch try request().explain() {
        case .success(let text): return text
        case .failure(let fault): throw PenstockError(fault)
        }
    }
}

// MARK: - The matrix module's form

extension MatrixProduct {
    private func request() throws(PenstockError) -> GemmRequest {
        guard var request = GemmRequest(f64: false) else { throw PenstockError(GemmFault.noKernel) }
        let (rows, columns) =
            switch b {
            case .plain(let b): (b.rows, b.columns)
            case .packed(let b): (b.rows, b.columns)
            }
        guard a.columns == rows, c.rows == a.rows, c.columns == columns else {
            throw PenstockError(
                .invalid,
                "a product of \(a.rows) x \(a.columns) and \(rows) x \(columns) does not fit in "
                    + "\(c.rows) x \(c.columns)")
        }
        (request.m, request.n, request.k) = (c.rows, c.columns, a.columns)
        (request.alpha, request.beta) = (Double(alpha), Double(beta))
        request.a = a.raw
        switch b {
        case .plain(let b): request.b = b.raw
        case .packed(let b): request.use(b.core)
        }
        request.c = c.raw
        request.epilogue = try epilogue()
        if let engine {
            if engine.core.isForeign {
                throw PenstockError(.forked, "the engine was created before fork()")
            }
            request.engine = engine.core
        }
        guard threads >= 0 else { throw PenstockError(.invalid, "threads \(threads) is negative") }
        request.threads = threads
        let batch = batch ?? Batch(count: 1, a: 0, b: 0, c: 0)
        do throws(GemmFault) {
            try request.setBatch(
                count: batch.count, a: batch.a, b: batch.b, c: batch.c, residual: batch.residual,
                aArray: nil, bArray: nil, cArray: nil)
        } catch {
            throw PenstockError(error)
        }
        return request
    }

    private func epilogue() throws(PenstockError) -> RawEpilogue {
        var byRow = false
        if let bias {
            byRow = !bias.isVector(of: c.columns)
            guard !byRow || bias.transposed.isVector(of: c.rows) else {
                throw PenstockError(
                    .invalid,
                    "the bias is neither one row of \(c.columns) elements nor one column of "
                        + "\(c.rows), without gaps")
            }
        }
        if let residual, residual.rows != c.rows || residual.columns != c.columns {
            throw PenstockError(
                .invalid,
                "a residual of \(residual.rows) x \(residual.columns) for a product of "
                    + "\(c.rows) x \(c.columns)")
        }
        return Epilogue<Float>.raw(
            bias: bias.map { UnsafeRawPointer($0.base) }, byRow: byRow,
            activation: activation.core, scale: Double(scale), residual: residual?.raw)
    }
}

extension MatrixView {
    fileprivate var raw: RawMatrix {
        RawMatrix(base: base, rowStride: rowStride, columnStride: columnStride)
    }

    /// One row without gaps.
    fileprivate func isVector(of count: Int) -> Bool {
        rows == 1 && columns == count && (columnStride == 1 || count == 1)
    }
}

extension MutableMatrixView {
    fileprivate var raw: RawMatrix {
        RawMatrix(base: base, rowStride: rowStride, columnStride: columnStride)
    }
}
