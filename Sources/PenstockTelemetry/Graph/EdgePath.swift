/// The line of one edge in the coordinates of the picture.
struct EdgePath {
    struct Point: Equatable {
        var x: Double
        var y: Double
    }

    /// A cubic curve; a straight stretch has no control points.
    private struct Piece {
        var from: Point
        var controls: (Point, Point)?
        var to: Point

        func at(_ t: Double) -> Point {
            guard let (a, b) = controls else {
                return Point(x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t)
            }
            let s = 1 - t
            func mix(_ p: Double, _ q: Double, _ r: Double, _ u: Double) -> Double {
                s * s * s * p + 3 * s * s * t * q + 3 * s * t * t * r + t * t * t * u
            }
            return Point(x: mix(from.x, a.x, b.x, to.x), y: mix(from.y, a.y, b.y, to.y))
        }
    }

    /// How far a backward edge swings out of the layers that it leaves and enters.
    private static let bulge = 30.0

    private var pieces: [Piece] = []
    /// The piece that a label belongs to: the first curve, or the way back.
    private var labelled = 0

    init(_ route: LayeredLayout.Route, topToBottom: Bool) {
        func point(_ main: Double, _ cross: Double) -> Point {
            topToBottom ? Point(x: cross, y: main) : Point(x: main, y: cross)
        }
        func line(_ a: LayeredLayout.Point, _ b: LayeredLayout.Point) {
            pieces.append(Piece(from: point(a.main, a.cross), to: point(b.main, b.cross)))
        }
        func curve(_ a: LayeredLayout.Point, _ b: LayeredLayout.Point, isFirst: Bool) {
            let half = (b.main - a.main) / 2
            let out = route.turns ? (isFirst ? Self.bulge : -Self.bulge) : half
            let into = route.turns ? (isFirst ? -Self.bulge : Self.bulge) : half
            pieces.append(
                Piece(
                    from: point(a.main, a.cross),
                    controls: (point(a.main + out, a.cross), point(b.main - into, b.cross)),
                    to: point(b.main, b.cross)))
        }
        line(route.start[0], route.start[1])
        if route.lane.isEmpty {
            curve(route.start[1], route.end[0], isFirst: true)
        } else {
            curve(route.start[1], route.lane[0], isFirst: true)
            line(route.lane[0], route.lane[1])
            curve(route.lane[1], route.end[0], isFirst: false)
        }
        line(route.end[0], route.end[1])
        labelled = route.turns ? 2 : 1
    }

    /// Straight enough for a label to stand along it.
    var isStraight: Bool {
        let piece = pieces[labelled]
        return min((piece.from.x - piece.to.x).magnitude, (piece.from.y - piece.to.y).magnitude) < 4
    }

    func labelPoint(_ share: Double) -> Point { pieces[labelled].at(share) }

    /// The path data of SVG.
    var data: String {
        func text(_ point: Point) -> String {
            NumberText.coordinate(point.x) + " " + NumberText.coordinate(point.y)
        }
        var data = "M" + text(pieces[0].from)
        for piece in pieces where piece.from != piece.to {
            if let (a, b) = piece.controls {
                data += "C" + text(a) + " " + text(b) + " " + text(piece.to)
            } else {
                data += "L" + text(piece.to)
            }
        }
        return data
    }

    /// Points along the line, near enough to each other that no label slips between them.
    var samples: [Point] {
        var result: [Point] = []
        for piece in pieces {
            let reach =
                (piece.from.x - piece.to.x).magnitude + (piece.from.y - piece.to.y).magnitude
            let bulge = piece.controls == nil ? 0 : Self.bulge
            let steps = max(1, min(400, Int((reach + bulge) / 7)))
            for step in 0...steps { result.append(piece.at(Double(step) / Double(steps))) }
        }
        return result
    }
}
