extension GraphPicture {
    package enum Direction: Sendable, Equatable {
        /// Left to right while that stays readable on a page, else whichever is more compact.
        case automatic
        case leftToRight
        case topToBottom
    }

    /// A picture that needs neither graphviz nor a style sheet.
    package func svg(direction: Direction = .automatic) -> String {
        var drawing = GraphDrawing(self, topToBottom: direction == .topToBottom)
        if direction == .automatic, drawing.bounds.width > 1600 {
            let other = GraphDrawing(self, topToBottom: true)
            let wide = max(drawing.bounds.width, drawing.bounds.height)
            if max(other.bounds.width, other.bounds.height) < wide { drawing = other }
        }
        return drawing.document()
    }
}
