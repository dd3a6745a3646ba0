import PenstockMatrix

/// A right operand laid out ahead as the kernel reads it: weights that meet many inputs.
///
/// Nothing of the original is kept. A product with it has the same bits as one with the original;
/// any number of threads may use it at a time.
public final class PackedMatrix: Sendable {
    let core: PackedMatrixF32

    /// Throws `.invalid` and `.outOfMemory`.
    public init(_ matrix: MatrixView) throws(PenstockError) {
        do throws(GemmFault) {
            core = try PackedMatrixF32(matrix.core, k: matrix.rows, n: matrix.columns)
        } catch {
            throw PenstockError(error)
        }
    }

    public convenience init(_ matrix: Matrix) throws(PenstockError) {
        try self.init(matrix.view)
        withExtendedLifetime(matrix) {}
    }

    public var rows: Int { core.k }
    public var columns: Int { core.n }
}
