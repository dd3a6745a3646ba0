/// Escaping and literals for JSON (RFC 8259).
package enum JSONText {
    /// The string as a JSON literal, quotes included.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            // The two separators are legal in JSON but end a line in older JavaScript.
            case "\u{00}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The shortest text that reads back as the same number. JSON has no word for infinity or NaN.
    package static func number(_ value: Double) -> String {
        value.isFinite ? "\(value)" : "null"
    }
}
