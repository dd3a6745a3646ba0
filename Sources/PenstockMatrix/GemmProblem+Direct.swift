public import CPenstockKernels

// The way of small products: everything in place, no plan, no workspace, not even the kernel's own
// loop over row panels. A 16 x 16 product takes 260 cycles, and as many instructions as fit into
// that are all that a core can do beside it. The rules are those of the plan's small path; what
// does not hold here goes the general way.

/// What a product without plan needs of the settings. Made once, never freed.
@frozen public struct DirectGemm {
    @usableFromInline let run: UnsafePointer<(@convention(c) (UnsafePointer<pstk_strip>?) -> Void)?>
    /// Rows of a panel, and those of one that is no wider than `tallColumns`.
    @usableFromInline let panelRows: Int
    @usableFromInline let tallRows: Int
    @usableFromInline let tallColumns: Int
    /// Those where the columns are whole wide tiles, whose width is a power of two.
    @usableFromInline let wideRows: Int
    /// Elements of A and of B that are read in place whatever their strides, and elements between
    /// contiguous rows of A that never fight for one set of L1.
    @usableFromInline let aLimit: Int
    @usableFromInline let bLimit: Int
    @usableFromInline let aRowLimit: Int
    /// Bytes of C from which on its lines are fetched ahead.
    @usableFromInline let cLimit: UInt

    init(_ kernel: UnsafePointer<pstk_kernel>, _ blocking: Blocking) {
        run = kernel.pointee.run
        panelRows = blocking.mr
        tallRows = blocking.tallRows
        tallColumns = blocking.nr / 2
        wideRows = blocking.panelRows(1, blocking.nr * 2, bInPlace: true, aInPlace: true)
        aLimit = blocking.caches.l1d / 2 / blocking.elementSize
        bLimit = blocking.smallBytes / blocking.elementSize
        // Of rows a quarter of a page apart every fourth is in one set, of nearer ones fewer.
        let fits = blocking.tallRows / 4 + 1 < blocking.caches.l1d / 4096
        aRowLimit = fits ? 1024 / blocking.elementSize : 0
        cLimit = UInt(blocking.caches.l1d)
    }
}

/// For both element types, never freed; nil where no kernel can be used, and the general way says
/// why.
package nonisolated(unsafe) let directGemm: UnsafePointer<(f32: DirectGemm, f64: DirectGemm)>? = {
    guard let settings = GemmSettings.standard else { return nil }
    let made = UnsafeMutablePointer<(f32: DirectGemm, f64: DirectGemm)>.allocate(capacity: 1)
    made.initialize(
        to: (
            DirectGemm(settings.path.f32, settings.f32), DirectGemm(settings.path.f64, settings.f64)
        ))
    return UnsafePointer(made)
}()

extension DirectGemm {
    /// Does a product without epilogue, alpha 1 and beta 0 or 1, if it is small, plain and right;
    /// false if it is for the general way.
    @inlinable @inline(__always)
    public func perform<Element>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Element>?, _ aRow: Int, _ aColumn: Int,
        _ b: UnsafePointer<Element>?, _ bRow: Int, _ bColumn: Int,
        _ c: UnsafeMutablePointer<Element>?, _ cRow: Int, _ cColumn: Int, accumulate: Bool
    ) -> Bool {
        let (lastRow, lastStep) = (m &- 1, k &- 1)
        let strides = UInt(bitPattern: aRow | aColumn | bRow | cRow)
        let sizes = UInt(bitPattern: lastRow | (n &- 1) | lastStep)
        let size = MemoryLayout<Element>.size
        let (aLow, bLow, cLow) = (UInt(bitPattern: a), UInt(bitPattern: b), UInt(bitPattern: c))
        // Not negative and small enough that no product below overflows; not NULL; and in the lower
        // half of the address space, so that no end wraps. C's rows do not overlap.
        guard strides < 1 << 32, sizes < 1 << 14, (bColumn ^ 1) | (cColumn ^ 1) == 0, cRow >= n,
            m &* k <= aLimit || (aColumn == 1 && aRow <= aRowLimit), k &* n <= bLimit,
            Int(bitPattern: (aLow &- 1) | (bLow &- 1) | (cLow &- 1)) >= 0,
            (aLow | bLow | cLow) & UInt(size &- 1) == 0
        else { return false }
        let aHigh = aLow &+ UInt(bitPattern: (lastRow &* aRow &+ lastStep &* aColumn &+ 1) &* size)
        let bHigh = bLow &+ UInt(bitPattern: (lastStep &* bRow &+ n) &* size)
        let cHigh = cLow &+ UInt(bitPattern: (lastRow &* cRow &+ n) &* size)
        guard aHigh <= cLow || cHigh <= aLow, bHigh <= cLow || cHigh <= bLow else { return false }
        var strip = pstk_strip(
            a: a, a_row: aRow, a_step: aColumn, b: b, b_step: bRow, b_panel: tallColumns &* 2,
            b_packed: nil, c: c, c_row: cRow, columns: n, k: k, ahead: nil, ahead_register: 0,
            ahead_step: 0, ahead_count: 0, epilogue: nil, row: 0, accumulate: accumulate,
            fetches_c: k >= 64 && cHigh &- cLow >= cLimit)
        let limit =
            n <= tallColumns
            ? tallRows : n & (tallColumns &* 4 &- 1) == 0 ? wideRows : panelRows
        // Not withUnsafeMutablePointer: its check of the stack takes as long as all of the above.
        return _withUnprotectedUnsafeMutablePointer(to: &strip) { strip in
            if m <= limit {
                run[lastRow].unsafelyUnwrapped(strip)
                return true
            }
            let deal = PanelDeal(m, limit: limit)
            var panel = 0
            while panel < deal.panels {
                let rows = deal.rows(panel)
                run[rows &- 1].unsafelyUnwrapped(strip)
                strip.pointee.a = strip.pointee.a + rows &* aRow &* size
                strip.pointee.c = strip.pointee.c + rows &* cRow &* size
                panel &+= 1
            }
            return true
        }
    }
}
