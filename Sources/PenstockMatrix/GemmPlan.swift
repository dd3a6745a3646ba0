/// How one product is cut and what is packed. The rules are here and nowhere else; `explain` says
/// which of them held.
///
/// | path    | when                                             | A        | B        |
/// |---------|--------------------------------------------------|----------|----------|
/// | small   | B takes at most half of L2                       | in place | in place |
/// | skinny  | few row panels, so that packing B would not pay  | in place | in place |
/// | general | else, or columns of B are not contiguous         | in place | packed   |
///
/// In every path A is copied if it must be multiplied by alpha, if its rows would fight for one set
/// of L1, or if it is large and not contiguous along k.
struct GemmPlan: Equatable {
    enum Path: String {
        case small, skinny, general
    }

    let path: Path
    let kPiece: Int
    let mPiece: Int
    let nPiece: Int
    let panelRows: Int
    let copiesA: Bool
    let packsB: Bool
    /// C has no contiguous dimension: blocks of it pass through a copy.
    let copiesC: Bool
    /// The residual's columns are not contiguous: so do its blocks.
    let copiesResidual: Bool

    /// Offsets into the workspace and its size, bytes.
    let residual: Int
    let packedA: Int
    let packedB: Int
    let bytes: Int

    /// The whole product is one call of the kernel, all in place.
    let isOneBlock: Bool

    /// nil when the sizes overflow. The problem is canonical and not empty.
    init?(_ problem: borrowing GemmProblem) {
        let blocking = problem.blocking
        let size = blocking.elementSize
        let nr = blocking.nr
        let (m, n, k) = (problem.m, problem.n, problem.k)
        // Far more than there is memory for, so that nothing below overflows.
        let largest = Int.max / 256
        let bCount = k.multipliedReportingOverflow(by: n)
        let aCount = m.multipliedReportingOverflow(by: max(k, 1))
        if bCount.overflow || bCount.partialValue > largest { return nil }
        if aCount.overflow || aCount.partialValue > largest || n > largest { return nil }
        let bBytes = bCount.partialValue * size

        // The path.
        let isPacked = problem.packedB != nil
        let inPlace = problem.b.columnStride == 1 && !isPacked
        if k == 0 || (inPlace && bBytes <= blocking.smallBytes) {
            path = .small
        } else if inPlace && m <= Blocking.fewPanels * blocking.mr {
            path = .skinny
        } else {
            path = .general
        }
        packsB = path == .general && !isPacked

        // Rows at a time, and whether A is copied.
        let a = problem.a
        let alphaIsOne = problem.alpha == 1
        let isPlainA = alphaIsOne && a.columnStride == 1
        var rows = blocking.panelRows(m, n, bInPlace: path == .small, aInPlace: isPlainA)
        var copies = false
        if k > 0 {
            let isLarge = m > 1 && k > blocking.caches.l1d / 2 / size / m
            if problem.alpha != 1 {
                copies = true
            } else if a.columnStride != 1 {
                copies = isLarge
            } else if isLarge && blocking.aliases(stride: a.rowStride, rows: min(m, rows)) {
                // Few columns do not pay for a copy; wide tiles have rows that fit in a set.
                let wide = n >= 2 * nr && n <= Blocking.chunkPanels * nr && blocking.hasWideTiles
                if wide { rows = blocking.wideRows } else { copies = true }
            }
        }
        panelRows = rows
        copiesA = copies
        copiesC = problem.c.columnStride != 1
        copiesResidual = (problem.epilogue.residual?.columnStride ?? 1) != 1

        // The pieces.
        let columns = (n - 1) / nr * nr + nr
        var kLimit = k
        var nLimit = columns
        switch path {
        case .small: break
        case .skinny:
            // A panel of A fills L1. Two chunks of B are in L2, the next one on its way from
            // memory; small ones, since the first has nothing to hide behind.
            kLimit = max(blocking.caches.l1d / ((blocking.mr + 2) * size), 4)
            nLimit = blocking.chunkBytes / 4 / (kLimit * size)
        case .general:
            let width = min(
                columns, rows < blocking.mr ? Blocking.lowChunkColumns : Blocking.chunkPanels * nr)
            let range = Blocking.kcRange
            kLimit = min(
                max(blocking.chunkBytes / (width * size), range.lowerBound), range.upperBound)
            kLimit = min(kLimit, max(k, 1))
            nLimit = blocking.chunkBytes / (kLimit * size)
        }
        kPiece = Blocking.piece(
            k, limit: (min(blocking.kc ?? kLimit, max(k, 1)) + 3) / 4 * 4, unit: 4)
        nPiece = Blocking.piece(n, limit: max((blocking.nc ?? nLimit) / nr * nr, nr), unit: nr)
        var mLimit = (m - 1) / rows * rows + rows
        if copiesA { mLimit = blocking.copyBytes / (kPiece * size) }
        if copiesC || copiesResidual { mLimit = min(mLimit, blocking.chunkBytes / (nPiece * size)) }
        mLimit = max((blocking.mc ?? mLimit) / rows * rows, rows)
        mPiece = Blocking.piece(m, limit: mLimit, unit: rows)

        // The workspace: the copies of C, of the residual, of A, of B.
        let line = GemmWorkspace.alignment
        func space(_ count: (Int, Int)) -> Int? {
            let (product, overflow) = count.0.multipliedReportingOverflow(by: count.1)
            if overflow || product > Int.max / 64 { return nil }
            return (product * size + line - 1) / line * line
        }
        let wide = (nPiece - 1) / nr * nr + nr
        guard let c = copiesC ? space((mPiece, wide)) : 0,
            let r = copiesResidual ? space((mPiece, wide)) : 0,
            let a = copiesA ? space((problem.packedACount(mPiece, kPiece), 1)) : 0,
            let b = packsB ? space((kPiece, wide)) : 0
        else { return nil }
        residual = c
        packedA = c + r
        packedB = c + r + a
        bytes = c + r + a + b
        isOneBlock = bytes == 0 && kPiece >= k && mPiece >= m && nPiece >= n
    }
}
