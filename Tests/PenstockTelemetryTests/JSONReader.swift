/// A strict reader of JSON (RFC 8259), so that tests can look inside exports without Foundation.
enum JSONNode: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([String: JSONNode])

    subscript(key: String) -> JSONNode? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    subscript(index: Int) -> JSONNode? {
        if case .array(let values) = self, values.indices.contains(index) {
            values[index]
        } else {
            nil
        }
    }

    var count: Int {
        switch self {
        case .array(let values): values.count
        case .object(let members): members.count
        default: 0
        }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
}

struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0

    struct Malformed: Error {
        var at: Int
    }

    static func read(_ text: String) throws -> JSONNode {
        var reader = JSONReader(bytes: Array(text.utf8))
        let node = try reader.value()
        reader.space()
        guard reader.at == reader.bytes.count else { throw Malformed(at: reader.at) }
        return node
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func space() {
        while let byte = next, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { at += 1 }
    }

    private mutating func expect(_ literal: StaticString) throws {
        for index in 0..<literal.utf8CodeUnitCount {
            guard next == literal.utf8Start[index] else { throw Malformed(at: at) }
            at += 1
        }
    }

    private mutating func value() throws -> JSONNode {
        space()
        switch next {
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        case UInt8(ascii: "t"):
            try expect("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .boolean(false)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "{"): return .object(try object())
        default: return .number(try number())
        }
    }

    private mutating func array() throws -> [JSONNode] {
        try expect("[")
        var values: [JSONNode] = []
        space()
        if next == UInt8(ascii: "]") {
            at += 1
            return values
        }
        while true {
            values.append(try value())
            space()
            if next == UInt8(ascii: ",") { at += 1 } else { break }
        }
        try expect("]")
        return values
    }

    private mutating func object() throws -> [String: JSONNode] {
        try expect("{")
        var members: [String: JSONNode] = [:]
        space()
        if next == UInt8(ascii: "}") {
            at += 1
            return members
        }
        while true {
            space()
            let key = try string()
            space()
            try expect(":")
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw Malformed(at: at)
            }
            space()
            if next == UInt8(ascii: ",") { at += 1 } else { break }
        }
        try expect("}")
        return members
    }

    private mutating func string() throws -> String {
        try expect("\"")
        var out: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Malformed(at: at) }
            at += 1
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let escape = next else { throw Malformed(at: at) }
            at += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(escape)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                guard at + 4 <= bytes.count,
                    let code = UInt32(
                        String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw Malformed(at: at) }
                out += Array(String(Character(scalar)).utf8)
                at += 4
            default: throw Malformed(at: at)
            }
        }
        try expect("\"")
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func number() throws -> Double {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let whole = try digits()
        // No leading zeros.
        if whole > 1, bytes[at - whole] == UInt8(ascii: "0") { throw Malformed(at: at) }
        if next == UInt8(ascii: ".") {
            at += 1
            _ = try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            _ = try digits()
        }
        guard let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
            throw Malformed(at: start)
        }
        return value
    }

    private mutating func digits() throws -> Int {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw Malformed(at: at) }
        return at - start
    }
}
