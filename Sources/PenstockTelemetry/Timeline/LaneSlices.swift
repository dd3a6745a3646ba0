/// The slices of one lane at the resolution of a picture.
///
/// What is at least one column wide keeps its exact borders. Whatever is narrower is gathered per
/// column: the column takes the colour of the stage that dominates it and the height of the share
/// that is busy. So a picture of a million activations is as small as one of a thousand, and a lane
/// that is busy a tenth of the time does not look full.
struct LaneSlices {
    struct Exact {
        var slice: TimelineSummary.Slice
        var x: Double
        var width: Double
    }

    /// Neighbouring columns of the same stage and height.
    struct Run: Equatable {
        var stage: Int
        var x: Double
        var width: Double
        /// In eighths of the lane's height, 1 to 8.
        var level: Int
    }

    private(set) var exact: [Exact] = []
    private(set) var runs: [Run] = []

    /// `column` is the width of a column; time 0 of `slices` is `startNs`.
    init(
        _ slices: [TimelineSummary.Slice], startNs: UInt64, wallNs: UInt64, width: Double,
        column: Double
    ) {
        guard wallNs > 0 else { return }
        let scale = width / Double(wallNs)
        let nsPerColumn = column / scale
        var current = -1
        var shares: [(stage: Int, ns: Double)] = []

        func add(_ stage: Int, _ ns: Double) {
            for index in shares.indices where shares[index].stage == stage {
                shares[index].ns += ns
                return
            }
            shares.append((stage, ns))
        }
        for slice in slices {
            let start = Double(slice.startNs - startNs)
            let length = Double(slice.endNs - slice.startNs)
            if length >= nsPerColumn {
                exact.append(Exact(slice: slice, x: start * scale, width: length * scale))
                continue
            }
            // A narrow slice lies in one column or across the border of two.
            let first = Int(start / nsPerColumn)
            let border = Double(first + 1) * nsPerColumn
            if first != current {
                flush(current, shares, column: column, nsPerColumn: nsPerColumn, limit: width)
                shares.removeAll(keepingCapacity: true)
                current = first
            }
            add(slice.stage, min(length, border - start))
            if start + length > border {
                flush(current, shares, column: column, nsPerColumn: nsPerColumn, limit: width)
                shares.removeAll(keepingCapacity: true)
                current = first + 1
                add(slice.stage, start + length - border)
            }
        }
        flush(current, shares, column: column, nsPerColumn: nsPerColumn, limit: width)
    }

    private mutating func flush(
        _ index: Int, _ shares: [(stage: Int, ns: Double)], column: Double, nsPerColumn: Double,
        limit: Double
    ) {
        guard let top = shares.max(by: { $0.ns < $1.ns }) else { return }
        let busy = shares.reduce(0) { $0 + $1.ns } / nsPerColumn
        let level = min(8, max(1, Int((busy * 8).nearest)))
        let x = Double(index) * column
        // The last column may reach past the end of the lane.
        let width = min(column, limit - x)
        guard width > 0 else { return }
        if let last = runs.last, last.stage == top.stage, last.level == level,
            (last.x + last.width - x).magnitude < 0.01
        {
            runs[runs.count - 1].width += width
        } else {
            runs.append(Run(stage: top.stage, x: x, width: width, level: level))
        }
    }
}
