/// Cuts a chain of fusable stages into contiguous pieces for several workers, when their costs are
/// known and worth it.
enum ChainCut {
    /// A hand-off between cores costs about this per element; pieces lighter than some of them are
    /// not worth a channel.
    private static let handOffNanoseconds = 2.0

    /// Expansions multiply inside a segment; beyond this the span in front would be tiny.
    private static let largestExpansion = 1024

    /// Ranges of the chain. `total`: the cost of all stages of the graph together.
    static func cut(
        _ costs: [Double], total: Double, workers: Int, expansions: [Int]
    ) -> [Range<Int>] {
        var pieces = 1
        let chainCost = costs.reduce(0, +)
        if workers > 1 && chainCost > 0 && total > 0 {
            let share = total / Double(workers)
            pieces = min(workers, costs.count, Int((chainCost / share).rounded(.up)))
        }
        var best = balanced(costs, pieces)
        // Keep fusion unless the cut makes the heaviest piece clearly lighter.
        if pieces > 1 {
            let heaviest = best.map { costs[$0].reduce(0, +) }.max() ?? 0
            if heaviest + handOffNanoseconds > 0.9 * chainCost { best = [0..<costs.count] }
        }
        return best.flatMap { limitExpansion($0, expansions) }
    }

    /// The contiguous partition into at most `pieces` with the lightest heaviest piece: exact
    /// dynamic programme over (prefix, pieces).
    private static func balanced(_ costs: [Double], _ pieces: Int) -> [Range<Int>] {
        let n = costs.count
        if pieces <= 1 { return [0..<n] }
        var sum = [0.0]
        for cost in costs { sum.append(sum[sum.count - 1] + cost) }
        var best = (0...n).map { sum[$0] }
        var from = [[Int]](repeating: Array(repeating: 0, count: n + 1), count: pieces + 1)
        for k in stride(from: 2, through: pieces, by: 1) {
            var next = best
            for end in stride(from: 1, through: n, by: 1) {
                for start in 0..<end {
                    let heaviest = max(best[start], sum[end] - sum[start])
                    if heaviest < next[end] {
                        next[end] = heaviest
                        from[k][end] = start
                    }
                }
                if next[end] == best[end] { from[k][end] = -1 }
            }
            best = next
        }
        var ranges: [Range<Int>] = []
        var end = n
        var k = pieces
        while end > 0 && k > 1 {
            let start = from[k][end]
            k -= 1
            if start < 0 { continue }
            ranges.insert(start..<end, at: 0)
            end = start
        }
        if end > 0 { ranges.insert(0..<end, at: 0) }
        return ranges
    }

    private static func limitExpansion(_ range: Range<Int>, _ expansions: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = range.lowerBound
        var product = 1
        for i in range {
            if product > 1 && product * expansions[i] > largestExpansion {
                ranges.append(start..<i)
                start = i
                product = 1
            }
            product *= expansions[i]
        }
        ranges.append(start..<range.upperBound)
        return ranges
    }
}
