/// Finds room for the labels of edges: of several positions the one that hides least wins.
struct LabelPlacer {
    private struct Cell: Hashable {
        var column: Int
        var row: Int
    }

    private static let cellSize = 64.0

    private var boxes: [Cell: [Rectangle]] = [:]
    private var points: [Cell: [(point: EdgePath.Point, edge: Int)]] = [:]

    mutating func block(_ box: Rectangle) {
        for cell in Self.cells(of: box) { boxes[cell, default: []].append(box) }
    }

    mutating func block(_ path: EdgePath, edge: Int) {
        for point in path.samples {
            let cell = Cell(
                column: Self.index(point.x), row: Self.index(point.y))
            points[cell, default: []].append((point, edge))
        }
    }

    /// The best box for a label of the given size on the path.
    mutating func place(
        _ label: EdgeLabel, on path: EdgePath, edge: Int, vertical: Bool
    ) -> Rectangle {
        var best: (cost: Double, box: Rectangle)?
        for share in [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8] {
            let at = path.labelPoint(share)
            let candidates = label.boxes(
                at: at.x, at.y, isStraight: path.isStraight, vertical: vertical)
            for (rank, box) in candidates.enumerated() {
                let start = (share - 0.5).magnitude * 20 + Double(rank) * 2
                let cost = start + cost(of: box, edge: edge, straight: path.isStraight)
                if best == nil || cost < best!.cost { best = (cost, box) }
            }
        }
        block(best!.box)
        return best!.box
    }

    private func cost(of box: Rectangle, edge: Int, straight: Bool) -> Double {
        var cost = 0.0
        for cell in Self.cells(of: box) {
            for other in boxes[cell] ?? [] { cost += other.overlap(box) }
            for (point, owner) in points[cell] ?? [] {
                // Text and gauge of a straight edge stand on both sides of its line by design.
                if straight, owner == edge { continue }
                let isInside =
                    point.x > box.x && point.x < box.maxX && point.y > box.y && point.y < box.maxY
                if isInside { cost += 8 }
            }
        }
        return cost
    }

    private static func index(_ value: Double) -> Int {
        let index = Int(value / cellSize)
        return value < 0 ? index - 1 : index
    }

    private static func cells(of box: Rectangle) -> [Cell] {
        var cells: [Cell] = []
        for column in index(box.x)...index(box.maxX) {
            for row in index(box.y)...index(box.maxY) {
                cells.append(Cell(column: column, row: row))
            }
        }
        return cells
    }
}
