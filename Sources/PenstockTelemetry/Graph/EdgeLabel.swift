/// What moves along an edge, and how full its channel is.
struct EdgeLabel {
    private static let textSize = 10.5
    private static let textHeight = 14.0
    private static let gaugeHeight = 12.0
    private static let gaugeWidth = 64.0
    private static let widestText = 170.0

    private let text: String
    private let fill: Double?
    private let color: String
    var box = Rectangle(x: 0, y: 0, width: 0, height: 0)

    /// nil for an edge that has nothing to say.
    init?(_ edge: GraphPicture.Edge) {
        text = Self.text(of: edge)
        fill = edge.fill.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
        color = edge.kind == .channel || edge.kind == .fused ? Palette.muted : edge.kind.color
        if text.isEmpty && fill == nil { return nil }
    }

    private static func text(of edge: GraphPicture.Edge) -> String {
        VisibleText.shortened(VisibleText.line(edge.labelText), to: widestText) {
            TextMetrics.width(of: $0, size: textSize)
        }
    }

    static func size(of edge: GraphPicture.Edge) -> (width: Double, height: Double) {
        let text = text(of: edge)
        let width = TextMetrics.width(of: text, size: textSize)
        let hasGauge = edge.fill?.isFinite == true
        return (
            max(width, hasGauge ? gaugeWidth : 0),
            (text.isEmpty ? 0 : textHeight) + (hasGauge ? gaugeHeight : 0)
        )
    }

    /// Where the label may stand when its line passes the given point, the usual place first.
    func boxes(at x: Double, _ y: Double, isStraight: Bool, vertical: Bool) -> [Rectangle] {
        let textWidth = TextMetrics.width(of: text, size: Self.textSize)
        let width = max(textWidth, fill == nil ? 0 : Self.gaugeWidth) + 6
        let textHeight = text.isEmpty ? 0 : Self.textHeight
        let gauge = fill == nil ? 0 : Self.gaugeHeight
        let height = textHeight + gauge
        func box(_ left: Double, _ top: Double) -> Rectangle {
            Rectangle(x: left, y: top, width: width, height: height)
        }
        let right = box(x + 5, y - height / 2)
        let left = box(x - 5 - width, y - height / 2)
        if isStraight && vertical { return [right, left] }
        if isStraight {
            // Text above the line, gauge below it.
            var both = box(x - width / 2, y - textHeight - 4)
            both.height += gauge > 0 ? 8 : 0
            return [both]
        }
        let on = box(x - width / 2, y - height / 2)
        let above = box(x - width / 2, y - height - 4)
        let below = box(x - width / 2, y + 4)
        return [on, right, left, above, below]
    }

    func draw(into canvas: inout SVGCanvas) {
        let middle = box.x + box.width / 2
        if !text.isEmpty {
            canvas.text(
                text, x: middle, y: box.y + 10.5, size: Self.textSize, fill: color, anchor: .middle,
                halo: true)
        }
        guard let fill else { return }
        let top = box.maxY - Self.gaugeHeight + 3
        let left = middle - Self.gaugeWidth / 2
        let track = Rectangle(x: left, y: top, width: 34, height: 6)
        canvas.rectangle(track, radius: 3, fill: Palette.faint, stroke: "#c3ccd4", strokeWidth: 0.6)
        let level = fill < 0.5 ? "#2a8f57" : fill < 0.85 ? "#c98a12" : "#c2353b"
        if fill > 0 {
            let width = max(3, track.width * fill)
            canvas.rectangle(
                Rectangle(x: left, y: top, width: width, height: 6), radius: 3, fill: level)
        }
        canvas.text(
            NumberText.percent(fill), x: left + 38, y: top + 6.5, size: 9.5, fill: Palette.muted,
            halo: true)
    }
}
