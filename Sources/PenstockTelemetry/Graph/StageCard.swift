/// The box of one stage: name, kind, detail lines and thread, in the colour of the thread.
struct StageCard {
    private struct Line {
        var text: String
        var size: Double
        var bold = false
        var fill = Palette.ink
        var height: Double

        var width: Double { TextMetrics.width(of: text, size: size, bold: bold) }
    }

    /// Longer texts are cut; the tooltip has them in full.
    private static let widestText = 300.0
    private static let paddingX = 12.0
    private static let stripe = 5.0
    private static let stackStep = 4.0

    private var lines: [Line] = []
    private let color: Palette.Color
    private let tooltip: String
    private let stacked: Int
    var width: Double
    let height: Double

    /// Replicas stand behind the box; they take room too.
    var outerWidth: Double { width + Double(stacked) * Self.stackStep }
    var outerHeight: Double { height + Double(stacked) * Self.stackStep }

    init(_ stage: GraphPicture.Stage, thread: Int?, of picture: GraphPicture) {
        color = Palette.color(thread ?? -1)
        stacked = min(2, max(0, stage.replicas - 1))
        let name = VisibleText.line(stage.name)
        lines.append(
            Line(
                text: name.allSatisfy(\.isWhitespace) ? "(unnamed)" : name, size: 13.5, bold: true,
                height: 17))
        let kind = VisibleText.line(picture.kindText(of: stage))
        lines.append(Line(text: kind, size: 11, fill: Palette.muted, height: 15))
        for detail in stage.detail {
            lines.append(Line(text: VisibleText.line(detail), size: 11, height: 15))
        }
        var tip = [stage.name + " (" + picture.kindText(of: stage) + ")"] + stage.detail
        if let thread {
            let name = VisibleText.line(picture.threads[thread].name)
            let dark = color.mixed(0.72, with: 0).hex
            lines.append(Line(text: name, size: 10.5, bold: true, fill: dark, height: 15))
            tip.append(picture.threads[thread].name + ", " + picture.threads[thread].place)
        }
        tooltip = tip.joined(separator: "; ")
        for index in lines.indices {
            let line = lines[index]
            lines[index].text = VisibleText.shortened(line.text, to: Self.widestText) {
                TextMetrics.width(of: $0, size: line.size, bold: line.bold)
            }
        }
        let text = lines.map(\.width).max() ?? 0
        width = max(92, text + 2 * Self.paddingX + Self.stripe)
        height = lines.reduce(16) { $0 + $1.height }
    }

    func draw(x: Double, y: Double, into canvas: inout SVGCanvas) {
        for depth in stride(from: stacked, to: 0, by: -1) {
            let shift = Double(depth) * Self.stackStep
            let box = Rectangle(x: x + shift, y: y + shift, width: width, height: height)
            canvas.rectangle(
                box, radius: 8, fill: color.mixed(0.16).hex, stroke: color.mixed(0.6).hex,
                strokeWidth: 1)
        }
        let box = Rectangle(x: x, y: y, width: width, height: height)
        canvas.rectangle(
            box, radius: 8, fill: color.mixed(0.09).hex, stroke: color.hex, strokeWidth: 1.4,
            tooltip: tooltip)
        let c = NumberText.coordinate
        let inner = c(height - 16)
        canvas.path(
            "M\(c(x + 8)) \(c(y))h-1a7 8 0 0 0-7 8v\(inner)a7 8 0 0 0 7 8h1z", fill: color.hex)
        var baseline = y + 8
        for line in lines {
            baseline += line.height
            canvas.text(
                line.text, x: x + Self.stripe + Self.paddingX, y: baseline - 4, size: line.size,
                bold: line.bold, fill: line.fill)
        }
    }
}
