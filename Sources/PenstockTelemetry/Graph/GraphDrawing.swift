/// A graph laid out in one direction, ready to be written as SVG.
struct GraphDrawing {
    let picture: GraphPicture
    let topToBottom: Bool
    let cards: [StageCard]
    let edges: [GraphPicture.Edge]
    let layout: LayeredLayout
    private(set) var bounds = Rectangle(x: 0, y: 0, width: 0, height: 0)
    private var labels: [EdgeLabel] = []

    init(_ picture: GraphPicture, topToBottom: Bool) {
        self.picture = picture
        self.topToBottom = topToBottom
        edges = picture.validEdges
        var cards = picture.stages.map { StageCard($0, thread: picture.validThread(of: $0), of: picture) }
        var layout = Self.layout(cards, edges, picture, topToBottom)
        if !topToBottom {
            // Columns look tidy when their boxes are equally wide.
            var widest: [Int: Double] = [:]
            for index in cards.indices {
                let layer = layout.layer(of: index)
                widest[layer] = max(widest[layer] ?? 0, cards[index].outerWidth)
            }
            for index in cards.indices {
                let stack = cards[index].outerWidth - cards[index].width
                cards[index].width = widest[layout.layer(of: index)]! - stack
            }
            layout = Self.layout(cards, edges, picture, topToBottom)
        }
        self.cards = cards
        self.layout = layout
        labels = placeLabels()
        bounds = measure()
    }

    private static func layout(
        _ cards: [StageCard], _ edges: [GraphPicture.Edge], _ picture: GraphPicture, _ down: Bool
    ) -> LayeredLayout {
        LayeredLayout(
            nodes: cards.enumerated().map { index, card in
                LayeredLayout.Node(
                    main: down ? card.outerHeight : card.outerWidth,
                    cross: down ? card.outerWidth : card.outerHeight,
                    group: picture.stages[index].segment)
            },
            edges: edges.map { edge in
                let size = EdgeLabel.size(of: edge)
                return LayeredLayout.Edge(
                    from: edge.from, to: edge.to, isFeedback: edge.kind == .feedback,
                    labelMain: down ? size.height : size.width)
            },
            // The outline's name stands at its top, whichever way data flows.
            inset: down
                ? .init(mainStart: 26, mainEnd: 12, crossStart: 14, crossEnd: 14)
                : .init(mainStart: 14, mainEnd: 14, crossStart: 26, crossEnd: 14),
            minimumGap: 44, separation: down ? 34 : 26)
    }

    // MARK: Axes

    private func rectangle(_ box: LayeredLayout.Box) -> Rectangle {
        topToBottom
            ? Rectangle(x: box.cross, y: box.main, width: box.crossSize, height: box.mainSize)
            : Rectangle(x: box.main, y: box.cross, width: box.mainSize, height: box.crossSize)
    }

    private func point(_ point: LayeredLayout.Point) -> (x: Double, y: Double) {
        topToBottom ? (point.cross, point.main) : (point.main, point.cross)
    }

    private func written(_ at: LayeredLayout.Point) -> String {
        let (x, y) = point(at)
        return NumberText.coordinate(x) + " " + NumberText.coordinate(y)
    }

    // MARK: Edges

    private func pathData(_ route: LayeredLayout.Route) -> String {
        var data = "M" + written(route.start[0]) + "L" + written(route.start[1])
        let stops = route.lane.isEmpty ? [route.end[0]] : [route.lane[0], route.end[0]]
        var here = route.start[1]
        for (index, stop) in stops.enumerated() {
            if route.turns {
                // A turn bulges out of the boxes it leaves, and again before those it enters.
                let bulge = index == 0 ? 30.0 : -30.0
                data += "C" + written(.init(main: here.main + bulge, cross: here.cross))
                data += " " + written(.init(main: stop.main + bulge, cross: stop.cross))
            } else {
                let half = (stop.main - here.main) / 2
                data += "C" + written(.init(main: here.main + half, cross: here.cross))
                data += " " + written(.init(main: stop.main - half, cross: stop.cross))
            }
            data += " " + written(stop)
            here = stop
            if index == 0, !route.lane.isEmpty {
                data += "L" + written(route.lane[1])
                here = route.lane[1]
            }
        }
        return data + "L" + written(route.end[1])
    }

    /// Labels stand on the first curve after the source, or on the way back; of several positions
    /// the one that hides least wins.
    private func placeLabels() -> [EdgeLabel] {
        var taken = layout.boxes.map(rectangle)
        var result: [EdgeLabel] = []
        for (index, edge) in edges.enumerated() {
            guard var label = EdgeLabel(edge) else { continue }
            let route = layout.routes[index]
            let from = route.turns ? route.lane[0] : route.start[1]
            let to = route.turns ? route.lane[1] : route.lane.first ?? route.end[0]
            let isStraight = (from.cross - to.cross).magnitude < 4
            var best: (cost: Double, box: Rectangle)?
            for share in [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8] {
                // The S-curve between two layers, at this share of its main extent.
                let bend = isStraight ? share : share * share * (3 - 2 * share)
                let at = point(
                    .init(
                        main: from.main + (to.main - from.main) * share,
                        cross: from.cross + (to.cross - from.cross) * bend))
                let box = label.box(at: at.x, at.y, isStraight: isStraight, vertical: topToBottom)
                let cost = taken.reduce((share - 0.5).magnitude) { $0 + $1.overlap(box) }
                if best == nil || cost < best!.cost { best = (cost, box) }
            }
            label.box = best!.box
            label.isOnLine = !isStraight
            label.gaugeBelow = isStraight && !topToBottom
            taken.append(label.box)
            result.append(label)
        }
        return result
    }

    // MARK: Writing

    private func measure() -> Rectangle {
        var all = layout.boxes.map(rectangle) + layout.outlines.map(rectangle) + labels.map(\.box)
        for route in layout.routes {
            for at in route.lane {
                let reach = route.turns ? 26.0 : 0
                let low = point(.init(main: at.main - reach, cross: at.cross - 3))
                let high = point(.init(main: at.main + reach, cross: at.cross + 6))
                all.append(
                    Rectangle(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y))
            }
        }
        guard let first = all.first else { return Rectangle(x: 0, y: 0, width: 0, height: 0) }
        return all.dropFirst().reduce(first) { $0.union($1) }
    }

    func document() -> String {
        let margin = 28.0
        let titleSize = 17.0
        let legend = GraphLegend(picture, edges: edges, width: max(bounds.width, 720))
        let titleLines = VisibleText.wrapped(VisibleText.line(picture.title), to: max(bounds.width, 720)) {
            TextMetrics.width(of: $0, size: titleSize, bold: true)
        }
        let titleWidth = titleLines.map { TextMetrics.width(of: $0, size: titleSize, bold: true) }.max()
        let inner = max(bounds.width, max(legend.size.width, titleWidth ?? 0))
        let top = margin + Double(titleLines.count) * 24 + 14

        var canvas = SVGCanvas()
        for (index, line) in titleLines.enumerated() {
            canvas.text(line, x: margin, y: margin + 14 + Double(index) * 24, size: titleSize, bold: true)
        }
        for kind in GraphPicture.Edge.Kind.allCases where edges.contains(where: { $0.kind == kind }) {
            canvas.arrow(id: "penstock-\(kind.rawValue)", fill: kind.color)
        }
        let left = margin + (inner - bounds.width) / 2
        canvas.group(dx: left - bounds.x, dy: top - bounds.y) { draw(into: &$0) }
        var height = top + bounds.height + 26
        if picture.stages.isEmpty {
            canvas.text("The graph has no stages.", x: margin, y: height, size: 12, fill: Palette.muted)
            height += 20
        }
        canvas.group(dx: margin, dy: height) { legend.draw(into: &$0) }
        height += legend.size.height + margin - 8
        return canvas.document(
            width: inner + 2 * margin, height: height, title: picture.title,
            description: "Dataflow graph: \(picture.stages.count) stages, \(edges.count) edges, "
                + "\(picture.threads.count) threads")
    }

    private func draw(into canvas: inout SVGCanvas) {
        for (index, outline) in layout.outlines.enumerated() {
            let box = rectangle(outline)
            canvas.rectangle(
                box, radius: 12, fill: "#f4f6f8", stroke: "#b9c4cd", strokeWidth: 1.2, dash: "5 4")
            let name = "segment \(layout.outlineGroups[index]) · one task"
            let room = box.width - 24
            let shown = VisibleText.shortened(name, to: room) { TextMetrics.width(of: $0, size: 10.5) }
            canvas.text(shown, x: box.x + 14, y: box.y + 16, size: 10.5, fill: Palette.muted)
        }
        // Fused edges first: a queue that crosses one is the more important line.
        let order = edges.indices.sorted {
            (edges[$0].kind == .fused ? 0 : 1, $0) < (edges[$1].kind == .fused ? 0 : 1, $1)
        }
        for index in order {
            let edge = edges[index]
            let names = picture.stages[edge.from].name + " → " + picture.stages[edge.to].name
            let label = edge.labelText
            canvas.path(
                pathData(layout.routes[index]), stroke: edge.kind.color, strokeWidth: edge.kind.width,
                dash: edge.kind.dash, marker: "penstock-\(edge.kind.rawValue)",
                tooltip: names + (label.isEmpty ? "" : ": " + label))
        }
        for (index, card) in cards.enumerated() {
            let box = rectangle(layout.boxes[index])
            card.draw(x: box.x, y: box.y, into: &canvas)
        }
        for label in labels { label.draw(into: &canvas) }
    }
}
