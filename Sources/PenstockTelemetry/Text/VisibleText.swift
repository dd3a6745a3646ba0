/// Names come from users and may hold anything. Whatever shows a name goes through here first.
package enum VisibleText {
    /// One line of visible characters: line breaks and tabs become spaces, other control
    /// characters their Unicode pictures, so that a name can neither break a row nor drive a
    /// terminal, and XML, which cannot hold most control characters at all, stays well formed.
    package static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { replacement(for: $0) != nil }) else {
            return text
        }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(replacement(for: scalar) ?? scalar) }
        return String(result)
    }

    /// Cuts a line to at most `width` units of `measure` and marks the cut with an ellipsis.
    package static func shortened(
        _ text: String, to width: Double, measure: (String) -> Double
    ) -> String {
        if measure(text) <= width { return text }
        var low = 0
        var high = text.count
        while low < high {
            let middle = (low + high + 1) / 2
            if measure(text.prefix(middle) + "…") <= width {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return text.prefix(low) + "…"
    }

    /// Breaks a line at spaces so that no piece is wider than `width`. A single word that is wider
    /// is cut.
    package static func wrapped(
        _ text: String, to width: Double, measure: (String) -> Double
    ) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in text.split(separator: " ") {
            let longer = current.isEmpty ? String(word) : current + " " + word
            if current.isEmpty || measure(longer) <= width {
                current = longer
            } else {
                lines.append(current)
                current = String(word)
            }
        }
        if !current.isEmpty { lines.append(current) }
        return lines.map { shortened($0, to: width, measure: measure) }
    }

    private static func replacement(for scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: " "
        case 0x00..<0x20: Unicode.Scalar(0x2400 + scalar.value)
        case 0x7F: "\u{2421}"
        // The second block of controls (terminals obey U+009B), bidirectional overrides that would
        // reorder the text around a name, and the two code points that XML forbids.
        case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: "\u{FFFD}"
        default: nil
        }
    }
}
