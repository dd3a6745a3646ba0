import CPenstockPlatform

/// A matrix of floats in shared memory, row by row without gaps: weights, and what they are made
/// with.
///
/// A reference, so that a stage can learn what matmul stages read. Reading and writing are not
/// synchronised: nobody may write while another thread reads or writes. In a graph a loop whose
/// credit is the size of a batch gives that order (see `Stream.loop`).
public final class Matrix: @unchecked Sendable {
    public let rows: Int
    public let columns: Int
    let base: UnsafeMutablePointer<Float>

    /// Zeros. Throws `.invalid` for sizes below 1 and `.outOfMemory`.
    public init(rows: Int, columns: Int) throws(PenstockError) {
        guard rows >= 1, columns >= 1 else {
            throw PenstockError(.invalid, "a matrix of \(rows) x \(columns)")
        }
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard !overflow, let memory = pstp_alloc(count, MemoryLayout<Float>.stride, 128) else {
            throw PenstockError(.outOfMemory, "no memory for a matrix of \(rows) x \(columns)")
        }
        self.rows = rows
        self.columns = columns
        base = memory.bindMemory(to: Float.self, capacity: count)
    }

    /// A copy of `elements`, row by row. Throws `.invalid` when there are not `rows` times
    /// `columns`.
    public convenience init(rows: Int, columns: Int, _ elements: [Float]) throws(PenstockError) {
        try self.init(rows: rows, columns: columns)
        guard elements.count == count else {
            throw PenstockError(
                .invalid, "\(elements.count) elements for a matrix of \(rows) x \(columns)")
        }
        for i in elements.indices { base[i] = elements[i] }
    }

    deinit { pstp_free(base, count, MemoryLayout<Float>.stride) }

    /// `rows` times `columns`.
    public var count: Int { rows * columns }

    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            return base[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            base[row * columns + column] = newValue
        }
    }

    /// The elements, row by row, while the closure runs.
    public func withElements<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableBufferPointer(start: base, count: count))
    }

    /// The matrix to read; it must be kept alive meanwhile.
    public var view: MatrixView {
        MatrixView(base, rows: rows, columns: columns, rowStride: columns)
    }

    /// The matrix to write; it must be kept alive meanwhile.
    public var mutableView: MutableMatrixView {
        MutableMatrixView(base, rows: rows, columns: columns, rowStride: columns)
    }
}
