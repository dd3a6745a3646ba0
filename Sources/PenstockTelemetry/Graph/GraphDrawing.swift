/// A graph laid out in one direction, ready to be written as SVG.
struct GraphDrawing {
    let picture: GraphPicture
    let topToBottom: Bool
    let cards: [StageCard]
    let edges: [GraphPicture.Edge]
    let layout: LayeredLayout
    private(set) var bounds = Rectangle(x: 0, y: 0, width: 0, height: 0)
    private let paths: [EdgePath]
    private let names: [OutlineName]
    private let labels: [EdgeLabel]

    init(_ picture: GraphPicture, topToBottom: Bool) {
        self.picture = picture
        self.topToBottom = topToBottom
        edges = picture.validEdges
        var cards = picture.stages.map {
            StageCard($0, thread: picture.validThread(of: $0), of: picture)
        }
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
        paths = layout.routes.map { EdgePath($0, topToBottom: topToBottom) }
        names = layout.outlines.indices.map {
            OutlineName(
                segment: layout.outlineGroups[$0],
                in: Self.rectangle(layout.outlines[$0], topToBottom),
                upwards: topToBottom)
        }
        // A label across the border of an outline is hard to read.
        let borders = layout.outlines.flatMap { Self.rectangle($0, topToBottom).borders(width: 3) }
        let boxes = layout.boxes.map { Self.rectangle($0, topToBottom) }
        labels = Self.placedLabels(
            edges, on: paths, among: boxes + names.map(\.box) + borders, vertical: topToBottom)
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
            // The outline's name stands beside the flow, where no edge enters.
            inset: .init(mainStart: 14, mainEnd: 14, crossStart: 26, crossEnd: 14), minimumGap: 44,
            separation: down ? 34 : 26)
    }

    // MARK: Axes

    private func rectangle(_ box: LayeredLayout.Box) -> Rectangle {
        Self.rectangle(box, topToBottom)
    }

    private static func rectangle(_ box: LayeredLayout.Box, _ topToBottom: Bool) -> Rectangle {
        topToBottom
            ? Rectangle(x: box.cross, y: box.main, width: box.crossSize, height: box.mainSize)
            : Rectangle(x: box.main, y: box.cross, width: box.mainSize, height: box.crossSize)
    }

    // MARK: Edges

    private static func placedLabels(
        _ edges: [GraphPicture.Edge], on paths: [EdgePath], among blocked: [Rectangle],
        vertical: Bool
    ) -> [EdgeLabel] {
        var placer = LabelPlacer()
        for box in blocked { placer.block(box) }
        for (index, path) in paths.enumerated() { placer.block(path, edge: index) }
        return edges.enumerated().compactMap { index, edge in
            guard var label = EdgeLabel(edge) else { return nil }
            label.box = placer.place(label, on: paths[index], edge: index, vertical: vertical)
            return label
        }
    }

    // MARK: Writing

    private func measure() -> Rectangle {
        var all = layout.boxes.map(rectangle) + layout.outlines.map(rectangle) + labels.map(\.box)
        for path in paths {
            all += path.samples.map { Rectangle(x: $0.x - 3, y: $0.y - 3, width: 6, height: 6) }
        }
        guard let first = all.first else { return Rectangle(x: 0, y: 0, width: 0, height: 0) }
        return all.dropFirst().reduce(first) { $0.union($1) }
    }

    func document() -> String {
        let margin = 28.0
        let titleSize = 17.0
        let legend = GraphLegend(picture, edges: edges, width: max(bounds.width, 720))
        let titleLines = VisibleText.wrapped(
            VisibleText.line(picture.title), to: max(bounds.width, 720)
        ) {
            TextMetrics.width(of: $0, size: titleSize, bold: true)
        }
        let titleWidth = titleLines.map { TextMetrics.width(of: $0, size: titleSize, bold: true) }
            .max()
        let inner = max(bounds.width, max(legend.size.width, titleWidth ?? 0))
        let top = margin + Double(titleLines.count) * 24 + 14

        var canvas = SVGCanvas()
        for (index, line) in titleLines.enumerated() {
            canvas.text(
                line, x: margin, y: margin + 14 + Double(index) * 24, size: titleSize, bold: true)
        }
        for kind in GraphPicture.Edge.Kind.allCases where edges.contains(where: { $0.kind == kind })
        {
            canvas.arrow(id: "penstock-\(kind.rawValue)", fill: kind.color)
        }
        let left = margin + (inner - bounds.width) / 2
        canvas.group(dx: left - bounds.x, dy: top - bounds.y) { draw(into: &$0) }
        var height = top + bounds.height + 26
        if picture.stages.isEmpty {
            canvas.text(
                "The graph has no stages.", x: margin, y: height, size: 12, fill: Palette.muted)
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
        for outline in layout.outlines {
            let box = rectangle(outline)
            canvas.rectangle(
                box, radius: 12, fill: "#f4f6f8", stroke: "#b9c4cd", strokeWidth: 1.2, dash: "5 4")
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
                paths[index].data, stroke: edge.kind.color, strokeWidth: edge.kind.width,
                dash: edge.kind.dash, marker: "penstock-\(edge.kind.rawValue)",
                tooltip: names + (label.isEmpty ? "" : ": " + label))
        }
        for (index, card) in cards.enumerated() {
            let box = rectangle(layout.boxes[index])
            card.draw(x: box.x, y: box.y, into: &canvas)
        }
        for name in names { name.draw(into: &canvas) }
        for label in labels { label.draw(into: &canvas) }
    }
}
