import PenstockMatrix

/// A matrix of floats in somebody else's memory, to read: element (i, j) lies at
/// `base[i * rowStride + j * columnStride]`. The memory must live as long as the view is used.
public struct MatrixView {
    public var base: UnsafePointer<Float>
    public var rows: Int
    public var columns: Int
    public var rowStride: Int
    public var columnStride: Int

    public init(
        _ base: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int,
        columnStride: Int = 1
    ) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.rowStride = rowStride
        self.columnStride = columnStride
    }

    /// A field of each element as a row: nothing is copied. nil when the field is not stored in the
    /// element, or its elements are no whole number of floats apart.
    public init?<Element, let count: Int>(
        _ elements: UnsafeBufferPointer<Element>, field: KeyPath<Element, InlineArray<count, Float>>
    ) {
        let size = MemoryLayout<Float>.stride
        guard let start = elements.baseAddress,
            let offset = MemoryLayout<Element>.offset(of: field),
            MemoryLayout<Element>.stride % size == 0
        else { return nil }
        let base = (UnsafeRawPointer(start) + offset).assumingMemoryBound(to: Float.self)
        self.init(
            base, rows: elements.count, columns: count,
            rowStride: MemoryLayout<Element>.stride / size)
    }

    var core: PenstockMatrix.MatrixView<Float> {
        .init(base, rowStride: rowStride, columnStride: columnStride)
    }

    /// Rows become columns; nothing is moved.
    public var transposed: MatrixView {
        MatrixView(
            base, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride)
    }
}

/// A matrix of floats in somebody else's memory, to write. No two of its elements may be the same.
public struct MutableMatrixView {
    public var base: UnsafeMutablePointer<Float>
    public var rows: Int
    public var columns: Int
    public var rowStride: Int
    public var columnStride: Int

    public init(
        _ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, rowStride: Int,
        columnStride: Int = 1
    ) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.rowStride = rowStride
        self.columnStride = columnStride
    }
}

/// `c = activation(alpha * a * b + beta * c + bias)` on the calling thread alone; see
/// `MatrixProduct` for the rest that a product can do, and for its rules.
public func multiply(
    _ a: MatrixView, _ b: MatrixView, into c: MutableMatrixView, alpha: Float = 1, beta: Float = 0,
    bias: MatrixView? = nil, activation: Activation = .linear
) throws(PenstockError) {
    if alpha == 1, beta == 0 || beta == 1, bias == nil, case .linear = activation,
        a.columns == b.rows, c.rows == a.rows, c.columns == b.columns,
        let direct = directGemm,
        direct.pointee.f32.perform(
            c.rows, c.columns, a.columns, a.base, a.rowStride, a.columnStride, b.base, b.rowStride,
            b.columnStride, c.base, c.rowStride, c.columnStride, accumulate: beta == 1)
    {
        return
    }
    var product = MatrixProduct(a, b, into: c)
    product.alpha = alpha
    product.beta = beta
    product.bias = bias
    product.activation = activation
    try product.compute()
}

/// The same with weights that are packed.
public func multiply(
    _ a: MatrixView, _ b: PackedMatrix, into c: MutableMatrixView, alpha: Float = 1,
    beta: Float = 0, bias: MatrixView? = nil, activation: Activation = .linear
) throws(PenstockError) {
    var product = MatrixProduct(a, b, into: c)
    product.alpha = alpha
    product.beta = beta
    product.bias = bias
    product.activation = activation
    try product.compute()
}

extension PenstockError {
    init(_ fault: GemmFault) {
        let code: Code =
            switch fault {
            case .outOfMemory: .outOfMemory
            case .noKernel: .notSupported
            default: .invalid
            }
        self.init(code, fault.text)
    }
}
