/// Accepts exactly the JSON of RFC 8259, and remembers the keys; tests have no Foundation to ask.
struct JSONChecker {
    private let bytes: [UInt8]
    private var place = 0
    private var keys: Set<String> = []

    /// All keys of a text, or nil when it is not JSON.
    static func keys(of text: String) -> Set<String>? {
        var checker = JSONChecker(bytes: Array(text.utf8))
        guard checker.value() else { return nil }
        checker.space()
        return checker.place == checker.bytes.count ? checker.keys : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func value() -> Bool {
        space()
        switch next {
        case UInt8(ascii: "{"): return list("}") { $0.pair() }
        case UInt8(ascii: "["): return list("]") { $0.value() }
        case UInt8(ascii: "\""): return string() != nil
        default: return ["true", "false", "null"].contains { take($0) } || number()
        }
    }

    private mutating func list(_ end: Character, _ item: (inout JSONChecker) -> Bool) -> Bool {
        place += 1
        space()
        if take(String(end)) { return true }
        while item(&self) {
            space()
            if take(String(end)) { return true }
            guard take(",") else { return false }
        }
        return false
    }

    private mutating func pair() -> Bool {
        space()
        guard let key = string() else { return false }
        keys.insert(key)
        space()
        return take(":") && value()
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        let start = place
        while let byte = next, byte >= 0x20 {
            place += 1
            if byte == UInt8(ascii: "\"") {
                return String(decoding: bytes[start..<place - 1], as: UTF8.self)
            }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escape = next, Array("\"\\/bfnrtu".utf8).contains(escape) else { return nil }
            place += escape == UInt8(ascii: "u") ? 5 : 1
        }
        return nil
    }

    private mutating func number() -> Bool {
        let start = place
        while let byte = next, Array("+-.eE0123456789".utf8).contains(byte) { place += 1 }
        return Double(String(decoding: bytes[start..<place], as: UTF8.self)) != nil
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func space() {
        while let byte = next, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { place += 1 }
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }
}
