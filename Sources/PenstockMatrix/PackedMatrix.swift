import CPenstockKernels
import CPenstockPlatform

/// The right operand B (k x n), laid out as the kernel reads it. Weights are packed once and used
/// by every product; any number of threads may use one at a time.
///
/// A product with it has the same bits as a product with the plain matrix.
package final class PackedMatrix<Element>: @unchecked Sendable {
    package let k: Int
    package let n: Int
    let kernel: UnsafePointer<pstk_kernel>
    let blocking: Blocking
    /// n and the columns of zeros after it.
    let columns: Int
    /// Panels of nr columns, all steps of k each. Never NULL.
    let base: UnsafeMutableRawPointer
    private let rowBytes: Int

    /// Bytes that the packed form takes.
    package var bytes: Int { k * rowBytes }

    fileprivate init(
        _ b: RawMatrix, k: Int, n: Int, kernel: UnsafePointer<pstk_kernel>, blocking: Blocking
    ) throws(GemmFault) {
        if let fault = b.checkOperand(rows: k, columns: n, blocking.elementSize) { throw fault }
        let nr = blocking.nr
        let (padded, overflow1) = n.addingReportingOverflow(nr - 1)
        if overflow1 { throw .outOfMemory }
        columns = padded / nr * nr
        let (rowBytes, overflow2) = columns.multipliedReportingOverflow(by: blocking.elementSize)
        if overflow2 { throw .outOfMemory }
        guard let base = pstp_alloc(k, rowBytes, GemmWorkspace.alignment) else {
            throw .outOfMemory
        }
        self.k = k
        self.n = n
        self.kernel = kernel
        self.blocking = blocking
        self.base = base
        self.rowBytes = rowBytes
        if k == 0 || n == 0 { return }

        packPanels(
            b.normalized(rows: k, columns: n), 0, k, 0, n, kernel, to: base,
            panelBytes: nr * k * blocking.elementSize)
    }

    deinit { pstp_free(base, k, rowBytes) }
}

package typealias PackedMatrixF32 = PackedMatrix<Float>
package typealias PackedMatrixF64 = PackedMatrix<Double>

extension PackedMatrix<Float> {
    /// Packs `b`; nothing of it is kept. Settings are those of every product that will use it.
    package convenience init(
        _ b: MatrixView<Float>, k: Int, n: Int, settings: GemmSettings? = nil
    ) throws(GemmFault) {
        guard let settings = settings ?? .standard else { throw .noKernel }
        try self.init(
            b.raw, k: k, n: n, kernel: settings.path.f32, blocking: settings.f32)
    }
}

extension PackedMatrix<Double> {
    package convenience init(
        _ b: MatrixView<Double>, k: Int, n: Int, settings: GemmSettings? = nil
    ) throws(GemmFault) {
        guard let settings = settings ?? .standard else { throw .noKernel }
        try self.init(
            b.raw, k: k, n: n, kernel: settings.path.f64, blocking: settings.f64)
    }
}
