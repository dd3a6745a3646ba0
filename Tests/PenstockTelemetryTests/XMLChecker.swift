/// As much of an XML parser as it takes to see that a picture is well formed: tags balance,
/// attributes are quoted and unique, `&` starts a known entity, no forbidden character.
struct XMLChecker {
    private let text: [Unicode.Scalar]
    private var at = 0
    private var open: [String] = []
    private(set) var elements = 0

    /// nil when the text is well formed, else what is wrong and where.
    static func problem(in text: String) -> String? {
        var checker = XMLChecker(text: Array(text.unicodeScalars))
        return checker.check()
    }

    private init(text: [Unicode.Scalar]) { self.text = text }

    private mutating func check() -> String? {
        while at < text.count {
            let scalar = text[at]
            if scalar.value < 0x20, scalar != "\n" { return "control character at \(at)" }
            if scalar.value == 0xFFFE || scalar.value == 0xFFFF { return "noncharacter at \(at)" }
            if scalar == "<" {
                if let problem = tag() { return problem }
            } else if scalar == "&" {
                if !entity() { return "bare & at \(at)" }
            } else {
                if open.isEmpty, scalar != "\n", scalar != " " { return "text outside at \(at)" }
                at += 1
            }
        }
        if !open.isEmpty { return "unclosed \(open)" }
        return elements == 0 ? "no element" : nil
    }

    private mutating func tag() -> String? {
        at += 1
        let closes = take("/")
        let name = word()
        if name.isEmpty { return "tag without a name at \(at)" }
        if closes {
            guard open.popLast() == name else { return "</\(name)> at \(at) does not match" }
            return take(">") ? nil : "bad end tag at \(at)"
        }
        if open.isEmpty, elements > 0 { return "second root at \(at)" }
        elements += 1
        var names: Set<String> = []
        while true {
            while take(" ") || take("\n") {}
            if take("/") { return take(">") ? nil : "bad empty tag at \(at)" }
            if take(">") {
                open.append(name)
                return nil
            }
            let attribute = word()
            guard !attribute.isEmpty, take("="), take("\"") else { return "bad attribute at \(at)" }
            if !names.insert(attribute).inserted { return "\(attribute) twice at \(at)" }
            while at < text.count, text[at] != "\"" {
                if text[at] == "<" { return "< in an attribute at \(at)" }
                if text[at].value < 0x20 { return "control character at \(at)" }
                if text[at] == "&" {
                    if !entity() { return "bare & at \(at)" }
                } else {
                    at += 1
                }
            }
            if !take("\"") { return "unclosed attribute" }
        }
    }

    private mutating func entity() -> Bool {
        for name in ["&lt;", "&gt;", "&amp;", "&quot;", "&#39;"] {
            let scalars = Array(name.unicodeScalars)
            if at + scalars.count <= text.count, Array(text[at..<at + scalars.count]) == scalars {
                at += scalars.count
                return true
            }
        }
        return false
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == scalar else { return false }
        at += 1
        return true
    }

    private mutating func word() -> String {
        var word = ""
        while at < text.count,
            text[at].properties.isAlphabetic || "-:0123456789".unicodeScalars.contains(text[at])
        {
            word.unicodeScalars.append(text[at])
            at += 1
        }
        return word
    }
}
