import CPenstockKernels
import CPenstockPlatform

/// The right operand B (k x n) of narrow products, laid out as the kernel reads it. Weights are
/// packed once and used by every product; any number of threads may use one at a time.
///
/// A product with it has the same bits as a product with the plain matrix.
package final class NarrowPackedMatrix: @unchecked Sendable {
    package let type: NarrowType
    package let k: Int
    package let n: Int
    let settings: NarrowSettings
    /// For each piece of k, the panels of its rows.
    let buffer: UnsafeRawBufferPointer
    private let blocking: NarrowBlocking
    /// Bytes that one group of k takes over all columns, padding included.
    private let rowBytes: Int
    private let base: UnsafeMutableRawPointer

    /// Bytes that the packed form takes.
    package var bytes: Int { buffer.count }

    /// Packs a B of bf16; nothing of it is kept. Settings are those of every product to come.
    package convenience init(
        bf16 b: MatrixView<UInt16>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.bf16, b.raw, k: k, n: n, settings)
    }

    /// Packs a B of signed bytes for products with an A of signed bytes.
    package convenience init(
        s8 b: MatrixView<Int8>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.s8, b.raw, k: k, n: n, settings)
    }

    /// Packs a B of signed bytes for products with an A of unsigned bytes.
    package convenience init(
        u8s8 b: MatrixView<Int8>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.u8s8, b.raw, k: k, n: n, settings)
    }

    private init(
        _ type: NarrowType, _ b: RawMatrix, k: Int, n: Int, _ settings: NarrowSettings?
    ) throws(GemmFault) {
        guard let settings = settings ?? .standard else { throw .noKernel }
        if let fault = b.checkOperand(rows: k, columns: n, type.elementSize) { throw fault }
        let blocking = settings.blocking(type)
        let groups = k / blocking.group + (k % blocking.group == 0 ? 0 : 1)
        let panels = n / blocking.nr + (n % blocking.nr == 0 ? 0 : 1)
        let (rowBytes, overflow) = panels.multipliedReportingOverflow(
            by: blocking.nr * blocking.groupBytes)
        if overflow { throw .outOfMemory }
        guard let base = pstp_alloc(groups, rowBytes, GemmWorkspace.alignment) else {
            throw .outOfMemory
        }
        self.type = type
        self.k = k
        self.n = n
        self.settings = settings
        self.blocking = blocking
        self.rowBytes = rowBytes
        self.base = base
        buffer = UnsafeRawBufferPointer(start: base, count: groups * rowBytes)
        if k == 0 || n == 0 { return }

        let b = b.normalized(rows: k, columns: n)
        let kernel = settings.kernel(type, transposed: false)
        let piece = NarrowPlan.kPiece(k, blocking)
        var pc = 0
        while pc < k {
            let steps = min(piece, k - pc)
            packB(
                b, pc, steps, 0, n, type, kernel, blocking,
                to: base + pc / blocking.group * rowBytes)
            pc += steps
        }
    }

    deinit { pstp_free(base, buffer.count, 1) }

    /// The panels from `column` on of the piece of k that starts at `pc`. A column is a multiple of
    /// a panel's width.
    func block(_ pc: Int, _ steps: Int, _ column: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(base) + pc / blocking.group * rowBytes
            + column / blocking.nr * blocking.panelBytes(steps)
    }
}
