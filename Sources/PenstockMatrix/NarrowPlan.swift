import CPenstockKernels

/// How the loops cut one narrow product, and where in the workspace they pack.
struct NarrowPlan {
    let kPiece: Int
    let mPiece: Int
    let nPiece: Int
    let packsA: Bool
    /// Bytes from one packed row of A to the next.
    let rowBytes: Int

    /// The offset of packed B in the workspace, after packed A, and the workspace's size.
    let packedB: Int
    let bytes: Int

    /// nil when the sizes overflow.
    init?(_ problem: NarrowProblem) {
        let blocking = problem.blocking
        kPiece = Self.kPiece(problem.k, blocking)
        mPiece = Blocking.piece(problem.m, limit: blocking.mc, unit: blocking.mr)
        nPiece = Blocking.piece(problem.n, limit: blocking.nc, unit: blocking.nr)
        packsA = problem.k > 0 && !Self.readsDirectly(problem)

        let packsB = problem.k > 0 && problem.packedB == nil
        let line = GemmWorkspace.alignment
        let columns = ((nPiece - 1) / blocking.nr + 1) * blocking.nr
        let limit = Int.max / 4
        let groups = (kPiece - 1) / blocking.group + 1
        let (words, overflow1) = groups.multipliedReportingOverflow(by: blocking.groupBytes)
        if overflow1 || words > limit { return nil }
        // An odd number of cache lines: rows then spread over all sets of the L1 cache.
        rowBytes = ((words + 63) / 64 | 1) * 64
        let (a, overflow2) = rowBytes.multipliedReportingOverflow(by: packsA ? mPiece : 0)
        let (b, overflow3) = words.multipliedReportingOverflow(by: packsB ? columns : 0)
        if overflow2 || overflow3 || a > limit || b > limit { return nil }
        packedB = (a + line - 1) / line * line
        bytes = packedB + b
    }

    /// The same for a product and for a matrix packed ahead of it, or their bits would differ. No
    /// piece but the last ends within a group.
    static func kPiece(_ k: Int, _ blocking: NarrowBlocking) -> Int {
        let unit = 4 * blocking.group
        let limit = max(blocking.kc / unit, 1) * unit
        return Blocking.piece(k, limit: limit, unit: unit)
    }

    /// Kernels that multiply groups as they lie read A in place, unless its rows would fight for one
    /// set of the L1 cache, whose eight ways hold eight rows that are 4 KiB apart.
    private static func readsDirectly(_ problem: NarrowProblem) -> Bool {
        guard problem.kernel.parts == 1, problem.a.columnStride == 1 else { return false }
        let (stride, overflow) = problem.a.rowStride.multipliedReportingOverflow(
            by: problem.type.elementSize)
        return !overflow && (stride % 4096 != 0 || problem.m <= 8)
    }
}
