import CPenstockKernels

// The way of small products: everything in place, no plan, no workspace. A 16 x 16 product takes
// about 400 cycles, so the general way, which takes as long to decide as this to multiply, is
// too slow for it. The rules are those of the plan's small path; what does not hold here goes there.

/// What a product without plan needs of the settings.
package struct DirectGemm: @unchecked Sendable {
    private let kernel: UnsafePointer<pstk_kernel>
    private let multiply: @convention(c) (UnsafePointer<pstk_block>?) -> Void
    private let elementSize: Int
    private let panelRows: Int32
    private let tallRows: Int32
    private let tallColumns: Int
    /// Elements of A and of B that are read in place whatever their strides.
    private let aLimit: Int
    private let bLimit: Int

    init(_ kernel: UnsafePointer<pstk_kernel>, _ blocking: Blocking) {
        self.kernel = kernel
        multiply = kernel.pointee.multiply.unsafelyUnwrapped
        elementSize = blocking.elementSize
        panelRows = kernel.pointee.mr
        tallRows = kernel.pointee.tall_rows
        tallColumns = blocking.nr / 2
        aLimit = blocking.caches.l1d / 2 / blocking.elementSize
        bLimit = blocking.smallBytes / blocking.elementSize
    }

    /// Does the product if it is small, plain and right; false if it is for the general way.
    @inline(__always)
    package func perform(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeRawPointer?, _ aRow: Int, _ aColumn: Int,
        _ b: UnsafeRawPointer?, _ bRow: Int, _ bColumn: Int, _ c: UnsafeMutableRawPointer?,
        _ cRow: Int, _ cColumn: Int, accumulate: Bool
    ) -> Bool {
        let strides = UInt(bitPattern: aRow | aColumn | bRow | cRow)
        let sizes = UInt(bitPattern: (m &- 1) | (n &- 1) | (k &- 1))
        // Not negative and small enough that no product below overflows; C's rows do not overlap.
        guard strides < 1 << 32, sizes < 1 << 14, bColumn == 1, cColumn == 1, cRow >= n,
            m &* k <= aLimit, k &* n <= bLimit, let a, let b, let c
        else { return false }
        let size = elementSize
        let (aLow, bLow, cLow) = (UInt(bitPattern: a), UInt(bitPattern: b), UInt(bitPattern: c))
        let aHigh = aLow &+ UInt(((m &- 1) &* aRow &+ (k &- 1) &* aColumn &+ 1) &* size)
        let bHigh = bLow &+ UInt(((k &- 1) &* bRow &+ n) &* size)
        let cHigh = cLow &+ UInt(((m &- 1) &* cRow &+ n) &* size)
        guard (aLow | bLow | cLow) & UInt(size &- 1) == 0, aHigh <= cLow || cHigh <= aLow,
            bHigh <= cLow || cHigh <= bLow, aLow < aHigh, bLow < bHigh, cLow < cHigh
        else { return false }
        var block = pstk_block(
            a: a, a_row: aRow, a_step: aColumn, a_state: PSTK_A_IN_PLACE, a_packed: nil, alpha: 1,
            b: b, b_step: bRow, b_panel: tallColumns &* 2, b_packed: nil, c: c, c_row: cRow,
            accumulate: accumulate, rows: m, columns: n, k: k,
            panel_rows: n <= tallColumns ? tallRows : panelRows, epilogue: nil)
        multiply(&block)
        return true
    }
}

/// nil where no kernel can be used; the general way says why.
package let directF32: DirectGemm? = GemmSettings.standard.map {
    DirectGemm($0.path.f32, $0.f32)
}
package let directF64: DirectGemm? = GemmSettings.standard.map {
    DirectGemm($0.path.f64, $0.f64)
}

/// A product without epilogue, alpha 1 and beta 0 or 1, if it is small, plain and right.
package func performDirectly(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>?, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Float>?, _ bRow: Int, _ bColumn: Int, _ c: UnsafeMutablePointer<Float>?,
    _ cRow: Int, _ cColumn: Int, accumulate: Bool
) -> Bool {
    directF32?.perform(
        m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, accumulate: accumulate)
        ?? false
}

package func performDirectly(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>?, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Double>?, _ bRow: Int, _ bColumn: Int, _ c: UnsafeMutablePointer<Double>?,
    _ cRow: Int, _ cColumn: Int, accumulate: Bool
) -> Bool {
    directF64?.perform(
        m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, accumulate: accumulate)
        ?? false
}
