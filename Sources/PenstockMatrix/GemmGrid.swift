/// How C is cut into rectangles that threads claim one by one. Each is a product of its own, so no
/// thread waits for another and no bit depends on who does which.
///
/// A rectangle packs for itself what it packs. That repeats work that a shared pack would do once,
/// but a barrier costs more on machines whose cores come and go, and packing is a few thousandths
/// of a product.
package struct GemmGrid: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    /// Rows and columns of a rectangle; the last ones may be smaller.
    package let rowPiece: Int
    package let columnPiece: Int

    package var count: Int { rows * columns }

    /// Rectangles for each thread, so that one that comes late or is held up costs little.
    private static let perThread = 4
    /// No shorter sides: packing would tell.
    private static let leastSide = 192
    /// Fewer multiply-adds do not pay for a second thread: waking one costs what a core does in
    /// that time (about 3 to 6 million flop).
    package static let leastWork = 2.5e6

    /// Threads that pay: each has at least `leastWork`.
    static func usefulThreads(_ m: Int, _ n: Int, _ k: Int, limit: Int, speedup: Double) -> Int {
        let work = Double(m) * Double(n) * Double(max(k, 1)) / speedup
        return max(1, Int(min(Double(limit), work / leastWork)))
    }

    init(_ m: Int, _ n: Int, threads: Int, rowUnit: Int, columnUnit: Int) {
        var best = (1, 1)
        if threads > 1 {
            // As many rectangles as wanted, else fewer: of those the squarest.
            for share in stride(from: Self.perThread, through: 1, by: -1) {
                let wanted = threads * share
                var cost = Double.infinity
                for down in 1...wanted where wanted % down == 0 {
                    let across = wanted / down
                    let (height, width) = (m / down, n / across)
                    let isSmall =
                        (down > 1 && height < Self.leastSide)
                        || (across > 1 && width < Self.leastSide)
                    if isSmall && share > 1 { continue }
                    if height < 1 || width < 1 { continue }
                    let sides = Double(height + width)
                    if sides < cost { (cost, best) = (sides, (down, across)) }
                }
                if cost < .infinity { break }
            }
        }
        rowPiece = Self.piece(m, best.0, rowUnit)
        columnPiece = Self.piece(n, best.1, columnUnit)
        rows = (m - 1) / rowPiece + 1
        columns = (n - 1) / columnPiece + 1
    }

    private static func piece(_ count: Int, _ pieces: Int, _ unit: Int) -> Int {
        if pieces == 1 { return count }
        return ((count - 1) / pieces / unit + 1) * unit
    }
}
