/// What the colours and lines of a graph mean: one row per thread, one row for the kinds of edges.
struct GraphLegend {
    private struct Row {
        var color: String
        var name: String
        var place: String
        var reason: [String]
    }

    private static let size = 11.5
    private static let rowHeight = 19.0
    private static let lineHeight = 15.0

    private var rows: [Row] = []
    private var nameWidth = 0.0
    private var placeWidth = 0.0
    private var kindRows: [[(kind: GraphPicture.Edge.Kind, x: Double)]] = []
    private(set) var size: (width: Double, height: Double) = (0, 0)

    init(_ picture: GraphPicture, edges: [GraphPicture.Edge], width: Double) {
        let plain = { (text: String) in TextMetrics.width(of: text, size: Self.size) }
        let bold = { (text: String) in TextMetrics.width(of: text, size: Self.size, bold: true) }
        for (index, thread) in picture.threads.enumerated() {
            let name = VisibleText.shortened(VisibleText.line(thread.name), to: 220, measure: bold)
            let place = VisibleText.shortened(
                VisibleText.line(thread.place), to: 280, measure: plain)
            rows.append(
                Row(color: Palette.color(index).hex, name: name, place: place, reason: []))
            nameWidth = max(nameWidth, bold(name))
            placeWidth = max(placeWidth, plain(place))
        }
        if picture.stages.contains(where: { picture.validThread(of: $0) == nil }), !rows.isEmpty {
            rows.append(Row(color: Palette.neutral.hex, name: "not placed", place: "", reason: []))
            nameWidth = max(nameWidth, bold("not placed"))
        }
        let room = max(240, width - reasonX)
        var widest = 0.0
        for (index, thread) in picture.threads.enumerated() {
            rows[index].reason = VisibleText.wrapped(
                VisibleText.line(thread.reason), to: room, measure: plain)
            widest = max(widest, rows[index].reason.map(plain).max() ?? 0)
        }
        size.width = rows.isEmpty ? 0 : reasonX + widest
        size.height = rows.reduce(0) { $0 + height(of: $1) }
        layKinds(edges, width: width, measure: plain)
    }

    private var reasonX: Double { 22 + nameWidth + 18 + placeWidth + (placeWidth > 0 ? 18 : 0) }

    private func height(of row: Row) -> Double {
        Self.rowHeight + Double(max(0, row.reason.count - 1)) * Self.lineHeight
    }

    private mutating func layKinds(
        _ edges: [GraphPicture.Edge], width: Double, measure: (String) -> Double
    ) {
        var x = 0.0
        for kind in GraphPicture.Edge.Kind.allCases where edges.contains(where: { $0.kind == kind })
        {
            let step = 36 + measure(kind.text) + 24
            if kindRows.isEmpty || x + step > width {
                kindRows.append([])
                x = 0
            }
            kindRows[kindRows.count - 1].append((kind, x))
            x += step
            size.width = max(size.width, x - 24)
        }
        if !kindRows.isEmpty {
            size.height += Double(kindRows.count) * Self.rowHeight + (rows.isEmpty ? 0 : 10)
        }
    }

    func draw(into canvas: inout SVGCanvas) {
        var y = 0.0
        for row in rows {
            canvas.rectangle(
                Rectangle(x: 0, y: y, width: 12, height: 12), radius: 3, fill: row.color)
            canvas.text(row.name, x: 22, y: y + 10, size: Self.size, bold: true)
            canvas.text(row.place, x: 22 + nameWidth + 18, y: y + 10, size: Self.size)
            for (index, line) in row.reason.enumerated() {
                let baseline = y + 10 + Double(index) * Self.lineHeight
                canvas.text(line, x: reasonX, y: baseline, size: Self.size, fill: Palette.muted)
            }
            y += height(of: row)
        }
        if !rows.isEmpty { y += 10 }
        for kinds in kindRows {
            for (kind, x) in kinds {
                let middle = NumberText.coordinate(y + 6)
                let from = NumberText.coordinate(x)
                canvas.path(
                    "M\(from) \(middle)h28", stroke: kind.color, strokeWidth: kind.width,
                    dash: kind.dash, marker: "penstock-\(kind.rawValue)")
                canvas.text(kind.text, x: x + 36, y: y + 10, size: Self.size, fill: Palette.muted)
            }
            y += Self.rowHeight
        }
    }
}
