public import CPenstockKernels
public import Synchronization

// The way of small products: everything in place, no plan, no workspace, not even the kernel's own loop
// over row panels. A 16 x 16 product takes 260 cycles, and as many instructions as fit into that are all
// that a core can do beside it. The rules are those of the plan's small path; what does not hold
// here goes the general way.

/// What a product without plan needs of the settings. Made once, never freed.
@frozen @usableFromInline package struct DirectGemm {
    @usableFromInline let run: UnsafePointer<(@convention(c) (UnsafePointer<pstk_strip>?) -> Void)?>
    /// Rows of a panel, and those of one that is no wider than `tallColumns`.
    @usableFromInline let panelRows: Int
    @usableFromInline let tallRows: Int
    @usableFromInline let tallColumns: Int
    /// Elements of A and of B that are read in place whatever their strides.
    @usableFromInline let aLimit: Int
    @usableFromInline let bLimit: Int

    init(_ kernel: UnsafePointer<pstk_kernel>, _ blocking: Blocking) {
        run = kernel.pointee.run
        panelRows = blocking.mr
        tallRows = blocking.tallRows
        tallColumns = blocking.nr / 2
        aLimit = blocking.caches.l1d / 2 / blocking.elementSize
        bLimit = blocking.smallBytes / blocking.elementSize
    }
}

/// Set by the first product. A lazy global would cost each product a call.
@usableFromInline nonisolated(unsafe) let sharedDirect = Atomic<
    UnsafePointer<(f32: DirectGemm, f64: DirectGemm)>?
>(nil)

/// nil where no kernel can be used; the general way says why.
@inline(never) @usableFromInline
func makeSharedDirect() -> UnsafePointer<(f32: DirectGemm, f64: DirectGemm)>? {
    guard let settings = GemmSettings.standard else { return nil }
    let made = UnsafeMutablePointer<(f32: DirectGemm, f64: DirectGemm)>.allocate(capacity: 1)
    made.initialize(
        to: (
            DirectGemm(settings.path.f32, settings.f32), DirectGemm(settings.path.f64, settings.f64)
        ))
    // releasing: pairs with the acquiring loads of all products
    let (exchanged, original) = sharedDirect.compareExchange(
        expected: nil, desired: UnsafePointer(made), successOrdering: .acquiringAndReleasing,
        failureOrdering: .acquiring)
    if exchanged { return UnsafePointer(made) }
    made.deallocate()
    return original
}

extension DirectGemm {
    /// Does the product if it is small, plain and right; false if it is for the general way.
    @inlinable @inline(__always)
    func perform<Element>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Element>?, _ aRow: Int, _ aColumn: Int,
        _ b: UnsafePointer<Element>?, _ bRow: Int, _ bColumn: Int,
        _ c: UnsafeMutablePointer<Element>?, _ cRow: Int, _ cColumn: Int, accumulate: Bool
    ) -> Bool {
        let (lastRow, lastStep) = (m &- 1, k &- 1)
        let strides = UInt(bitPattern: aRow | aColumn | bRow | cRow)
        let sizes = UInt(bitPattern: lastRow | (n &- 1) | lastStep)
        // Not negative and small enough that no product below overflows; C's rows do not overlap.
        guard strides < 1 << 32, sizes < 1 << 14, (bColumn ^ 1) | (cColumn ^ 1) == 0, cRow >= n,
            m &* k <= aLimit, k &* n <= bLimit, let a, let b, let c
        else { return false }
        let size = MemoryLayout<Element>.size
        let (aLow, bLow, cLow) = (UInt(bitPattern: a), UInt(bitPattern: b), UInt(bitPattern: c))
        let aHigh = aLow &+ UInt(bitPattern: (lastRow &* aRow &+ lastStep &* aColumn &+ 1) &* size)
        let bHigh = bLow &+ UInt(bitPattern: (lastStep &* bRow &+ n) &* size)
        let cHigh = cLow &+ UInt(bitPattern: (lastRow &* cRow &+ n) &* size)
        guard (aLow | bLow | cLow) & UInt(size &- 1) == 0, aHigh <= cLow || cHigh <= aLow,
            bHigh <= cLow || cHigh <= bLow, aLow < aHigh, bLow < bHigh, cLow < cHigh
        else { return false }
        var strip = pstk_strip(
            a: a, a_row: aRow, a_step: aColumn, b: b, b_step: bRow, b_panel: tallColumns &* 2,
            b_packed: nil, c: c, c_row: cRow, columns: n, k: k, ahead: nil, ahead_row: 0,
            epilogue: nil, row: 0, accumulate: accumulate)
        var left = m
        var limit = n <= tallColumns ? tallRows : panelRows
        if left > limit {
            // Dealt evenly, as the kernel's loop deals them.
            let panels =
                UInt32(truncatingIfNeeded: left &+ limit &- 1)
                / UInt32(truncatingIfNeeded: limit)
            limit = Int((UInt32(truncatingIfNeeded: left) &+ panels &- 1) / panels)
            var higher = left &- (limit &- 1) &* Int(panels)
            while left > 0 {
                if higher == 0 { limit &-= 1 }
                higher &-= 1
                run[limit &- 1].unsafelyUnwrapped(&strip)
                strip.a = strip.a + limit &* aRow &* size
                strip.c = strip.c + limit &* cRow &* size
                left &-= limit
            }
        } else {
            run[left &- 1].unsafelyUnwrapped(&strip)
        }
        return true
    }
}

/// A product without epilogue, alpha 1 and beta 0 or 1, if it is small, plain and right.
@inlinable @inline(__always)
package func performDirectly(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>?, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Float>?, _ bRow: Int, _ bColumn: Int, _ c: UnsafeMutablePointer<Float>?,
    _ cRow: Int, _ cColumn: Int, accumulate: Bool
) -> Bool {
    // acquiring: pairs with the releasing exchange that published it
    guard let sharedDirect = sharedDirect.load(ordering: .acquiring) ?? makeSharedDirect() else {
        return false
    }
    return sharedDirect.pointee.f32.perform(
        m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, accumulate: accumulate)
}

@inlinable @inline(__always)
package func performDirectly(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>?, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Double>?, _ bRow: Int, _ bColumn: Int, _ c: UnsafeMutablePointer<Double>?,
    _ cRow: Int, _ cColumn: Int, accumulate: Bool
) -> Bool {
    // acquiring: pairs with the releasing exchange that published it
    guard let sharedDirect = sharedDirect.load(ordering: .acquiring) ?? makeSharedDirect() else {
        return false
    }
    return sharedDirect.pointee.f64.perform(
        m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, cColumn, accumulate: accumulate)
}
