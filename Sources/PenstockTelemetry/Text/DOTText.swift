/// Quoted strings of the DOT language.
package enum DOTText {
    /// An identifier: only the quote is special, and a backslash at the end would escape it.
    package static func quoted(_ text: String) -> String {
        "\"" + escaped(VisibleText.line(text)) + "\""
    }

    /// A label of several centred lines.
    package static func label(_ lines: [String]) -> String {
        "\"" + lines.map { escaped(VisibleText.line($0)) }.joined(separator: "\\n") + "\""
    }

    /// graphviz reads escapes such as \N and entities such as &lt; in labels; a name means itself.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "&": result += "&amp;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
