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

/// `c = activation(alpha * a * b + beta * c + bias)` on the calling thread alone.
///
/// The bits of the result do not depend on the thread or the call. With `beta` 0, `c` is not read.
/// `c` must not overlap `a` or `b`. `bias`: a value for each column of `c`, which must have that
/// many.
///
/// The product is blocked for the caches (K. Goto, R. van de Geijn, "Anatomy of High-Performance
/// Matrix Multiplication", 2008). Throws `.invalid` when sizes do not fit and `.outOfMemory`.
public func multiply(
    _ a: MatrixView, _ b: MatrixView, into c: MutableMatrixView, alpha: Float = 1, beta: Float = 0,
    bias: MatrixView? = nil, activation: Activation = .linear
) throws(PenstockError) {
    guard a.columns == b.rows, c.rows == a.rows, c.columns == b.columns else {
        throw PenstockError(
            .invalid,
            "a product of \(a.rows) x \(a.columns) and \(b.rows) x \(b.columns) does not fit in "
                + "\(c.rows) x \(c.columns)")
    }
    if let bias, bias.rows != 1 || bias.columns != c.columns || bias.columnStride != 1 {
        throw PenstockError(.invalid, "the bias is not one row of \(c.columns) elements")
    }
    let status = gemmF32(
        m: c.rows, n: c.columns, k: a.columns, alpha: alpha,
        a: .init(a.base, rowStride: a.rowStride, columnStride: a.columnStride),
        b: .init(b.base, rowStride: b.rowStride, columnStride: b.columnStride), beta: beta,
        c: .init(c.base, rowStride: c.rowStride, columnStride: c.columnStride),
        epilogue: Epilogue(bias: bias?.base, activation: activation.core))
    if let fault = status.fault { throw PenstockError(fault) }
}

extension PenstockError {
    init(_ fault: GemmFault) {
        self.init(fault == .outOfMemory ? .outOfMemory : .invalid, fault.text)
    }
}
