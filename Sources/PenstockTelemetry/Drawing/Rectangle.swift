/// A box in a picture; y grows downwards.
package struct Rectangle: Sendable, Equatable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var maxX: Double { x + width }
    package var maxY: Double { y + height }

    /// The area that two boxes share.
    package func overlap(_ other: Rectangle) -> Double {
        let w = min(maxX, other.maxX) - max(x, other.x)
        let h = min(maxY, other.maxY) - max(y, other.y)
        return w > 0 && h > 0 ? w * h : 0
    }

    /// The four sides as thin boxes around the edge.
    package func borders(width line: Double) -> [Rectangle] {
        let half = line / 2
        return [
            Rectangle(x: x - half, y: y - half, width: width + line, height: line),
            Rectangle(x: x - half, y: maxY - half, width: width + line, height: line),
            Rectangle(x: x - half, y: y - half, width: line, height: height + line),
            Rectangle(x: maxX - half, y: y - half, width: line, height: height + line),
        ]
    }

    package func union(_ other: Rectangle) -> Rectangle {
        let left = min(x, other.x)
        let top = min(y, other.y)
        return Rectangle(
            x: left, y: top, width: max(maxX, other.maxX) - left,
            height: max(maxY, other.maxY) - top)
    }
}
