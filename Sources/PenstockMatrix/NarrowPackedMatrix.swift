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
    let panelBytes: Int
    /// Bytes that the packed form takes.
    package let bytes: Int
    private let blocking: NarrowBlocking
    /// Panels of nr columns, all groups of k each.
    private let base: UnsafeMutableRawPointer

    /// Packs `b`; nothing of it is kept. Settings are those of every product to come.
    package init(
        _ type: NarrowType, _ b: RawMatrix, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        guard let settings = settings ?? .standard else { throw .noKernel }
        if let fault = b.checkOperand(rows: k, columns: n, type.elementSize) { throw fault }
        let blocking = settings[type]
        let panels = n / blocking.nr + (n % blocking.nr == 0 ? 0 : 1)
        let (panelBytes, overflow) = blocking.groups(k).multipliedReportingOverflow(
            by: blocking.groupBytes * blocking.nr)
        if overflow { throw .outOfMemory }
        guard let base = pstp_alloc(panels, panelBytes, GemmWorkspace.alignment) else {
            throw .outOfMemory
        }
        self.type = type
        self.k = k
        self.n = n
        self.settings = settings
        self.blocking = blocking
        self.panelBytes = panelBytes
        self.base = base
        bytes = panels * panelBytes
        if k == 0 || n == 0 { return }
        let b = b.normalized(rows: k, columns: n)
        packB(
            type, b, b.at(0, 0, type.elementSize), k, n,
            settings.kernel(type, transposed: false), to: base, panelBytes: panelBytes)
    }

    deinit { pstp_free(base, bytes, 1) }

    /// Where step `pc` of the panel of `column` lies: a whole group and a whole panel.
    func address(_ pc: Int, _ column: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(base) + column / blocking.nr * panelBytes
            + pc / blocking.group * blocking.groupBytes * blocking.nr
    }
}

extension NarrowPackedMatrix {
    /// A B of bf16.
    package convenience init(
        bf16 b: MatrixView<UInt16>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.bf16, b.raw, k: k, n: n, settings: settings)
    }

    /// A B of signed bytes for products with an A of signed bytes.
    package convenience init(
        s8 b: MatrixView<Int8>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.s8, b.raw, k: k, n: n, settings: settings)
    }

    /// A B of signed bytes for products with an A of unsigned bytes.
    package convenience init(
        u8s8 b: MatrixView<Int8>, k: Int, n: Int, settings: NarrowSettings? = nil
    ) throws(GemmFault) {
        try self.init(.u8s8, b.raw, k: k, n: n, settings: settings)
    }
}
