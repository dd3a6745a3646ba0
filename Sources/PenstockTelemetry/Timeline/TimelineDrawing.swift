/// A timeline measured and ready to be written as SVG.
struct TimelineDrawing {
    private static let margin = 28.0
    private static let laneHeight = 30.0
    private static let lanePitch = 40.0
    private static let size = 11.5
    /// Up to this many exact slices each get a tooltip of their own and, where it fits, a name.
    private static let namedSlices = 1000
    private static let mostStages = 40
    /// Columns over all lanes. A column costs at most two slices of some 25 bytes.
    private static let columnBudget = 8_000.0

    private let timeline: Timeline
    private let summary: TimelineSummary
    private let width: Double
    private let names: [String]
    private let plotX: Double
    private let plotWidth: Double
    private let utilisationWidth = 96.0

    init(_ timeline: Timeline, width: Double) {
        self.timeline = timeline
        self.width = width
        let summary = TimelineSummary(timeline)
        self.summary = summary
        ranking = summary.stages.indices.sorted {
            (summary.stages[$1].busyNs, $0) < (summary.stages[$0].busyNs, $1)
        }
        let measure = { (text: String) in TextMetrics.width(of: text, size: Self.size, bold: true) }
        names = timeline.threads.map {
            VisibleText.shortened(VisibleText.line($0), to: 190, measure: measure)
        }
        let overlap = TextMetrics.width(of: "overlap", size: Self.size, bold: true)
        let widest = max(names.map(measure).max() ?? 0, overlap)
        plotX = Self.margin + widest + 14
        plotWidth = width - plotX - utilisationWidth - Self.margin
    }

    /// Colours are dealt by busy time, so that the stages which matter get the most distinct ones.
    private let ranking: [Int]

    private static func color(ofRank rank: Int) -> Palette.Color {
        rank < mostStages ? Palette.color(rank) : Palette.neutral
    }

    func document() -> String {
        var rank = [Int](repeating: 0, count: ranking.count)
        for (position, stage) in ranking.enumerated() { rank[stage] = position }
        var canvas = SVGCanvas()
        let titleLines = VisibleText.wrapped(
            VisibleText.line(timeline.title), to: width - 2 * Self.margin
        ) { TextMetrics.width(of: $0, size: 17, bold: true) }
        var y = Self.margin + 14
        for line in titleLines {
            canvas.text(line, x: Self.margin, y: y, size: 17, bold: true)
            y += 24
        }
        canvas.text(caption, x: Self.margin, y: y - 3, size: Self.size, fill: Palette.muted)
        y += 24
        let hasTime = summary.wallNs > 0
        if hasTime {
            canvas.text(
                "busy", x: width - Self.margin, y: y - 4, size: 10.5, fill: Palette.muted,
                anchor: .end)
            let lanes = Double(timeline.threads.count) * Self.lanePitch
            y += 4
            axis(from: y - 4, to: y + lanes + 28, into: &canvas)
            draw(lanesAt: y, rank: rank, into: &canvas)
            y += lanes
            strip(at: y, into: &canvas)
            y += 64
            overlapLine(at: y, into: &canvas)
            y += 26
            legend(at: &y, into: &canvas)
        }
        if timeline.droppedSpans > 0 {
            let count = NumberText.grouped(timeline.droppedSpans)
            canvas.text(
                "\(count) spans are missing: the trace was full, so busy times are too low.",
                x: Self.margin, y: y + 4, size: Self.size, bold: true, fill: "#b3362f")
            y += 22
        }
        return canvas.document(
            width: width, height: y + Self.margin - 14, title: timeline.title, description: caption)
    }

    private var caption: String {
        if timeline.spans.isEmpty { return "No spans were recorded." }
        if summary.wallNs == 0 { return "No span has any length." }
        let spans = UInt64(timeline.spans.count)
        return "\(NumberText.duration(ns: summary.wallNs)) on \(timeline.threads.count) "
            + "\(timeline.threads.count == 1 ? "thread" : "threads"), "
            + "\(NumberText.grouped(spans)) \(spans == 1 ? "activation" : "activations")"
    }

    // MARK: Lanes

    private func draw(lanesAt top: Double, rank: [Int], into canvas: inout SVGCanvas) {
        let lanes = Double(max(1, timeline.threads.count))
        // One pixel a column, coarser when there are many lanes.
        let column = max(1, (plotWidth * lanes / Self.columnBudget).ceiling)
        let total = summary.lanes.reduce(0) { $0 + $1.count }
        for thread in timeline.threads.indices {
            let y = top + Double(thread) * Self.lanePitch
            canvas.text(
                names[thread], x: plotX - 14, y: y + 19, size: Self.size, bold: true, anchor: .end,
                tooltip: names[thread] == timeline.threads[thread] ? nil : timeline.threads[thread])
            canvas.rectangle(
                Rectangle(x: plotX, y: y, width: plotWidth, height: Self.laneHeight), radius: 2,
                fill: "#8795a1", opacity: 0.10)
            let slices = LaneSlices(
                summary.lanes[thread], startNs: summary.startNs, wallNs: summary.wallNs,
                width: plotWidth, column: column)
            write(slices, y: y, rank: rank, named: total <= Self.namedSlices, into: &canvas)
            utilisation(of: thread, y: y, into: &canvas)
        }
    }

    private func write(
        _ slices: LaneSlices, y: Double, rank: [Int], named: Bool, into canvas: inout SVGCanvas
    ) {
        // One path per colour: a slice costs some twenty bytes instead of a hundred. Stages that
        // the legend does not list share the last path.
        var paths = [String](repeating: "", count: min(rank.count, Self.mostStages) + 1)
        func colour(_ stage: Int) -> Int { min(rank[stage], paths.count - 1) }
        let c = NumberText.coordinate
        for run in slices.runs {
            let height = Self.laneHeight * Double(run.level) / 8
            let top = c(y + Self.laneHeight - height)
            paths[colour(run.stage)] += "M\(c(plotX + run.x)) \(top)h\(c(run.width))v\(c(height))"
            paths[colour(run.stage)] += "h-\(c(run.width))z"
        }
        if !named {
            for slice in slices.exact {
                paths[colour(slice.slice.stage)] +=
                    "M\(c(plotX + slice.x)) \(c(y))h\(c(slice.width))"
                paths[colour(slice.slice.stage)] += "v\(c(Self.laneHeight))h-\(c(slice.width))z"
            }
        }
        for (index, data) in paths.enumerated() where !data.isEmpty {
            let name =
                index < Self.mostStages ? summary.stages[ranking[index]].name : "other stages"
            canvas.path(data, fill: Self.color(ofRank: index).hex, tooltip: name)
        }
        guard named else { return }
        for slice in slices.exact {
            let name = summary.stages[slice.slice.stage].name
            let color = Self.color(ofRank: rank[slice.slice.stage])
            let box = Rectangle(
                x: plotX + slice.x, y: y, width: slice.width, height: Self.laneHeight)
            let time = NumberText.duration(ns: slice.slice.endNs - slice.slice.startNs)
            let elements = NumberText.count(slice.slice.elements)
            // A hairline of paper keeps neighbours of one stage apart.
            canvas.rectangle(
                box, fill: color.hex, stroke: slice.width > 3 ? Palette.paper : nil,
                strokeWidth: 0.7, tooltip: "\(name): \(time), \(elements) elements")
            let shown = VisibleText.line(name)
            if TextMetrics.width(of: shown, size: 10.5) + 10 <= slice.width {
                canvas.text(
                    shown, x: box.x + box.width / 2, y: y + 19, size: 10.5, fill: color.contrast,
                    anchor: .middle)
            }
        }
    }

    private func utilisation(of thread: Int, y: Double, into canvas: inout SVGCanvas) {
        let share = summary.utilisation(ofThread: thread)
        let left = plotX + plotWidth + 12
        let track = Rectangle(x: left, y: y + 12, width: 40, height: 6)
        canvas.rectangle(track, radius: 3, fill: Palette.faint)
        if share > 0 {
            canvas.rectangle(
                Rectangle(x: left, y: y + 12, width: max(3, 40 * min(1, share)), height: 6),
                radius: 3, fill: "#3d4a56")
        }
        canvas.text(
            NumberText.percent(share), x: width - Self.margin, y: y + 19, size: Self.size,
            bold: true, anchor: .end)
    }

    // MARK: Time

    private func axis(from top: Double, to bottom: Double, into canvas: inout SVGCanvas) {
        let axis = TimeAxis(wallNs: summary.wallNs)
        let c = NumberText.coordinate
        var labelEnd = -Double.infinity
        for tick in axis.ticks {
            let x = plotX + plotWidth * Double(tick.ns) / Double(summary.wallNs)
            canvas.path("M\(c(x)) \(c(top))V\(c(bottom))", stroke: "#dbe1e6", strokeWidth: 1)
            let half = TextMetrics.width(of: tick.label, size: 10.5) / 2
            guard x - half > labelEnd + 6 else { continue }
            canvas.text(
                tick.label, x: x, y: bottom + 14, size: 10.5, fill: Palette.muted, anchor: .middle)
            labelEnd = x + half
        }
    }

    /// How many threads were busy at once: pale for one, strong for two and more.
    private func strip(at y: Double, into canvas: inout SVGCanvas) {
        canvas.text(
            "overlap", x: plotX - 14, y: y + 14, size: Self.size, bold: true, fill: Palette.muted,
            anchor: .end)
        let columns = Int(plotWidth)
        var one = [Double](repeating: 0, count: columns + 1)
        var more = one
        let nsPerColumn = Double(summary.wallNs) / Double(columns)
        for stretch in summary.stretches {
            var from = Double(stretch.startNs - summary.startNs) / nsPerColumn
            let to = Double(stretch.endNs - summary.startNs) / nsPerColumn
            while from < to {
                let column = min(columns, Int(from))
                let next = min(to, Double(column + 1))
                if next <= from { break }
                if stretch.busyThreads > 1 {
                    more[column] += next - from
                } else {
                    one[column] += next - from
                }
                from = next
            }
        }
        let height = 18.0
        let both = zip(one, more).map(+)
        canvas.path(
            bars(both, y: y, height: height), fill: "#c9d3db", tooltip: "at least one thread busy")
        canvas.path(
            bars(more, y: y, height: height), fill: "#3d4a56", tooltip: "at least two threads busy")
        canvas.text(
            NumberText.percent(summary.overlap), x: width - Self.margin, y: y + 14, size: Self.size,
            bold: true, anchor: .end)
    }

    /// Columns as one path, neighbours of the same height merged.
    private func bars(_ shares: [Double], y: Double, height: Double) -> String {
        let c = NumberText.coordinate
        var data = ""
        var start = 0
        func level(_ index: Int) -> Int { Int((min(1, shares[index]) * 16).nearest) }
        for index in shares.indices {
            let isLast = index + 1 == shares.count
            if !isLast, level(index + 1) == level(start) { continue }
            let tall = Double(level(start)) * height / 16
            if tall > 0 {
                let wide = Double(min(index + 1, Int(plotWidth)) - start)
                if wide > 0 {
                    data += "M\(c(plotX + Double(start))) \(c(y + height - tall))h\(c(wide))"
                    data += "v\(c(tall))h-\(c(wide))z"
                }
            }
            start = index + 1
        }
        return data
    }

    private func overlapLine(at y: Double, into canvas: inout SVGCanvas) {
        let share = NumberText.percent(summary.overlap)
        canvas.text(
            "Overlap: at least two threads were busy during \(share) of the wall time.",
            x: Self.margin, y: y, size: Self.size)
    }

    // MARK: Legend

    private func legend(at y: inout Double, into canvas: inout SVGCanvas) {
        let total = Double(summary.stages.reduce(0) { $0 + $1.busyNs })
        let measure = { (text: String) in TextMetrics.width(of: text, size: Self.size) }
        let entries = ranking.prefix(Self.mostStages).map { stage in
            (
                name: VisibleText.shortened(
                    VisibleText.line(summary.stages[stage].name), to: 260, measure: measure),
                share: NumberText.percent(
                    total > 0 ? Double(summary.stages[stage].busyNs) / total : 0),
                time: NumberText.duration(ns: summary.stages[stage].busyNs)
            )
        }
        canvas.text(
            "Share of busy time", x: Self.margin, y: y, size: Self.size, bold: true)
        y += 20
        let names = entries.map { measure($0.name) }.max() ?? 0
        let pitch = names + 20 + 56 + 76 + 24
        let columns = max(1, min(4, Int((width - 2 * Self.margin) / pitch)))
        let rows = (entries.count + columns - 1) / columns
        for (index, entry) in entries.enumerated() {
            let x = Self.margin + Double(index / rows) * pitch
            let baseline = y + Double(index % rows) * 19
            canvas.rectangle(
                Rectangle(x: x, y: baseline - 10, width: 12, height: 12), radius: 3,
                fill: Palette.color(index).hex)
            canvas.text(entry.name, x: x + 20, y: baseline, size: Self.size)
            canvas.text(
                entry.share, x: x + 20 + names + 56, y: baseline, size: Self.size, bold: true,
                anchor: .end)
            canvas.text(
                entry.time, x: x + 20 + names + 56 + 76, y: baseline, size: Self.size,
                fill: Palette.muted, anchor: .end)
        }
        y += Double(rows) * 19
        if ranking.count > entries.count {
            canvas.text(
                "and \(ranking.count - entries.count) more stages", x: Self.margin, y: y,
                size: Self.size, fill: Palette.muted)
            y += 19
        }
        y += 8
    }
}
