import CPenstockKernels

/// How the loops cut one narrow product, and where in the workspace they pack. The rules are here
/// and nowhere else.
struct NarrowPlan: Equatable {
    let kPiece: Int
    let mPiece: Int
    let nPiece: Int
    let packsA: Bool
    let packsB: Bool
    /// Bytes from one packed row of A to the next.
    let rowBytes: Int

    /// The offset of packed B in the workspace, after packed A, and the workspace's size.
    let packedB: Int
    let bytes: Int

    /// nil when the sizes overflow. The problem is canonical and not empty.
    init?(_ problem: borrowing NarrowProblem) {
        let blocking = problem.blocking
        let (mr, nr, group) = (blocking.mr, blocking.nr, blocking.group)
        let k = problem.k
        // Far more than there is memory for, so that nothing below overflows.
        if max(problem.m, problem.n, k) > Int.max / 64 { return nil }
        packsA = k > 0 && !Self.readsDirectly(problem)
        packsB = k > 0 && problem.packedB == nil

        // No piece but the last ends within a group. Sums wait in C from piece to piece, where
        // there is no room for them if C is to be scaled and added after they are.
        let unit = 4 * group
        let isWhole = problem.alpha != 1 && problem.beta != 0
        let kLimit = isWhole ? k : blocking.kc ?? blocking.passGroups * group
        let steps = max(min(kLimit, k), 1)
        kPiece = Blocking.piece(k, limit: (steps - 1) / unit * unit + unit, unit: unit)
        let words = blocking.groups(kPiece) * blocking.groupBytes
        let nLimit = blocking.nc ?? min(blocking.columnBytes / words, 8192)
        nPiece = Blocking.piece(problem.n, limit: max(nLimit / nr, 1) * nr, unit: nr)
        let rows = (problem.m - 1) / mr * mr + mr
        let mLimit = blocking.mc ?? (packsA ? blocking.rowBytes / words : rows)
        mPiece = Blocking.piece(problem.m, limit: max(mLimit / mr, 1) * mr, unit: mr)

        // An odd number of cache lines: rows then spread over all sets of the L1 cache.
        rowBytes = ((words + 63) / 64 | 1) * 64
        let line = GemmWorkspace.alignment
        let columns = (nPiece - 1) / nr * nr + nr
        let (a, overflow1) = rowBytes.multipliedReportingOverflow(by: packsA ? mPiece : 0)
        let (b, overflow2) = words.multipliedReportingOverflow(by: packsB ? columns : 0)
        if overflow1 || overflow2 || a > Int.max / 4 || b > Int.max / 4 { return nil }
        packedB = (a + line - 1) / line * line
        bytes = packedB + b
    }

    /// Kernels that multiply groups as they lie read A in place, unless its rows would fight for
    /// one set of the L1 cache.
    private static func readsDirectly(_ problem: borrowing NarrowProblem) -> Bool {
        guard problem.kernel.pointee.parts == 1, problem.a.columnStride == 1 else { return false }
        let bytes = (problem.a.rowStride &* problem.type.elementSize) & 4095
        let ways = problem.blocking.caches.l1d / 4096
        return bytes != 0 || min(problem.m, problem.blocking.mr) <= ways
    }
}
