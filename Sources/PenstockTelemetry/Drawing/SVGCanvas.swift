/// Writes SVG elements. Attributes only, no style sheet: several pictures can stand inline in one
/// page without touching each other or the page.
package struct SVGCanvas {
    private var body = ""

    package enum Anchor: String { case start, middle, end }

    package init() {}

    package mutating func rectangle(
        _ box: Rectangle, radius: Double = 0, fill: String, stroke: String? = nil,
        strokeWidth: Double = 1, dash: String? = nil, opacity: Double? = nil, tooltip: String? = nil
    ) {
        body += "<rect" + number("x", box.x) + number("y", box.y) + number("width", box.width)
        body += number("height", box.height)
        if radius > 0 { body += number("rx", radius) }
        body += attribute("fill", fill)
        paint(stroke: stroke, width: strokeWidth, dash: dash)
        if let opacity { body += " opacity=\"\(NumberText.fixed(opacity, decimals: 2))\"" }
        close("rect", tooltip: tooltip)
    }

    package mutating func path(
        _ data: String, fill: String = "none", stroke: String? = nil, strokeWidth: Double = 1,
        dash: String? = nil, marker: String? = nil, tooltip: String? = nil
    ) {
        body += "<path" + attribute("d", data) + attribute("fill", fill)
        paint(stroke: stroke, width: strokeWidth, dash: dash)
        if let marker { body += attribute("marker-end", "url(#\(marker))") }
        close("path", tooltip: tooltip)
    }

    /// Text is made visible and escaped here, nowhere else. A halo keeps it readable over lines.
    package mutating func text(
        _ text: String, x: Double, y: Double, size: Double, bold: Bool = false,
        fill: String = Palette.ink, anchor: Anchor = .start, halo: Bool = false,
        tooltip: String? = nil
    ) {
        body += "<text" + number("x", x) + number("y", y) + number("font-size", size)
        if bold { body += " font-weight=\"600\"" }
        body += attribute("fill", fill)
        if anchor != .start { body += attribute("text-anchor", anchor.rawValue) }
        if halo {
            body += " paint-order=\"stroke\" stroke-linejoin=\"round\""
            paint(stroke: Palette.paper, width: 3.5, dash: nil)
        }
        body += ">" + XMLText.escaped(text)
        if let tooltip { body += "<title>" + XMLText.escaped(tooltip) + "</title>" }
        body += "</text>\n"
    }

    /// An arrow head that an edge can end with.
    package mutating func arrow(id: String, fill: String) {
        body += "<marker" + attribute("id", id) + " viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\""
        body +=
            " markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
        body += "<path d=\"M0 1L10 5L0 9L2 5z\"" + attribute("fill", fill) + "/></marker>\n"
    }

    /// The drawing shifted as a whole, for parts that are laid out on their own, and perhaps turned
    /// to be read from the bottom up.
    package mutating func group(
        dx: Double, dy: Double, upwards: Bool = false, _ draw: (inout SVGCanvas) -> Void
    ) {
        body += "<g transform=\"translate(\(NumberText.coordinate(dx)) "
        body += "\(NumberText.coordinate(dy)))\(upwards ? " rotate(-90)" : "")\">\n"
        draw(&self)
        body += "</g>\n"
    }

    /// The whole file. Readers of the screen hear the title.
    package func document(width: Double, height: Double, title: String, description: String)
        -> String
    {
        let w = NumberText.coordinate(width.ceiling)
        let h = NumberText.coordinate(height.ceiling)
        let fonts =
            "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" \
            viewBox="0 0 \(w) \(h)" font-family="\(fonts)" role="img">
            <title>\(XMLText.escaped(title))</title>
            <desc>\(XMLText.escaped(description))</desc>
            <rect width="\(w)" height="\(h)" fill="\(Palette.paper)"/>
            \(body)</svg>

            """
    }

    private mutating func paint(stroke: String?, width: Double, dash: String?) {
        guard let stroke else { return }
        body += attribute("stroke", stroke) + number("stroke-width", width)
        if let dash { body += attribute("stroke-dasharray", dash) }
    }

    private mutating func close(_ element: String, tooltip: String?) {
        if let tooltip {
            body += "><title>" + XMLText.escaped(tooltip) + "</title></\(element)>\n"
        } else {
            body += "/>\n"
        }
    }

    private func number(_ name: String, _ value: Double) -> String {
        " \(name)=\"\(NumberText.coordinate(value))\""
    }

    private func attribute(_ name: String, _ value: String) -> String { " \(name)=\"\(value)\"" }
}
