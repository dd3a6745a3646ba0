/// The name on the outline of a fused segment: along the top when data flows to the right, up the
/// left side when data flows down.
struct OutlineName {
    private static let size = 10.5

    private let text: String
    private let upwards: Bool
    /// The room that the name takes.
    let box: Rectangle

    init(segment: Int, in outline: Rectangle, upwards: Bool) {
        let room = (upwards ? outline.height : outline.width) - 28
        let measure = { (text: String) in TextMetrics.width(of: text, size: Self.size) }
        text = VisibleText.shortened("segment \(segment) · one task", to: room, measure: measure)
        self.upwards = upwards
        let width = measure(text)
        box =
            upwards
            ? Rectangle(x: outline.x + 6, y: outline.maxY - 14 - width, width: 14, height: width)
            : Rectangle(x: outline.x + 14, y: outline.y + 6, width: width, height: 14)
    }

    func draw(into canvas: inout SVGCanvas) {
        let text = text
        canvas.group(dx: box.x, dy: upwards ? box.maxY : box.y, upwards: upwards) {
            $0.text(text, x: 0, y: 10.5, size: Self.size, fill: Palette.muted, halo: true)
        }
    }
}
