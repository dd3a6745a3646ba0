/// How the loops cut one product, and where in the workspace they pack.
struct GemmPlan {
    let kPiece: Int
    let mPiece: Int
    let nPiece: Int
    let packsA: Bool
    /// C has no contiguous dimension: tiles pass through a copy.
    let copiesC: Bool

    /// Offsets into the workspace and its size.
    let packedA: Int
    let packedB: Int
    let bytes: Int

    /// nil when the sizes overflow.
    init?(_ problem: GemmProblem) {
        let blocking = problem.blocking
        let size = blocking.elementSize
        kPiece = Self.kPiece(problem.k, blocking)
        mPiece = Blocking.piece(problem.m, limit: blocking.mc, unit: blocking.mr)
        nPiece = Blocking.piece(problem.n, limit: blocking.nc, unit: blocking.nr)
        packsA = problem.k > 0 && !Self.readsDirectly(problem)
        copiesC = problem.c.columnStride != 1

        let packsB = problem.k > 0 && problem.packedB == nil
        let columns = ((nPiece - 1) / blocking.nr + 1) * blocking.nr
        let tile = copiesC ? blocking.mr * blocking.nr : 0
        let (a, overflow1) = kPiece.multipliedReportingOverflow(by: packsA ? mPiece * size : 0)
        let (b, overflow2) = kPiece.multipliedReportingOverflow(by: packsB ? columns * size : 0)
        let limit = Int.max / 4
        if overflow1 || overflow2 || a > limit || b > limit { return nil }
        let line = GemmWorkspace.alignment
        packedA = (tile * size + line - 1) / line * line
        packedB = packedA + (a + line - 1) / line * line
        bytes = packedB + b
    }

    /// The same for a product and for a matrix packed ahead of it, or their bits would differ.
    static func kPiece(_ k: Int, _ blocking: Blocking) -> Int {
        Blocking.piece(k, limit: blocking.kc, unit: 4)
    }

    /// Packing A pays only if the panels are used often, or if its rows would fight for one set of
    /// the L1 cache. Kernels read plain A along k, so k must be contiguous.
    private static func readsDirectly(_ problem: GemmProblem) -> Bool {
        guard problem.a.columnStride == 1 else { return false }
        let blocking = problem.blocking
        if problem.n <= blocking.nr { return true }
        let (stride, overflow) = problem.a.rowStride.multipliedReportingOverflow(
            by: blocking.elementSize)
        // Eight ways hold at most eight rows that are a multiple of 4 KiB apart.
        if overflow || (stride % 4096 == 0 && problem.m > 8) { return false }
        return problem.m <= blocking.directBytes / blocking.elementSize / problem.k
    }
}
