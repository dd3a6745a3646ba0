/// A JSON document whose object keys keep the order they were written in, so that two exports of
/// the same state are the same bytes.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue
    }

    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    package static func strings(_ texts: [String]) -> JSONValue {
        .array(texts.map(JSONValue.string))
    }

    /// Two spaces a level; what fits on one line stays on one line.
    package func text(lineWidth: Int = 100) -> String {
        var result = ""
        write(to: &result, depth: 0, lineWidth: lineWidth)
        return result + "\n"
    }

    private var compact: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): JSONText.number(value)
        case .string(let value): JSONText.quoted(value)
        case .array(let values): "[" + values.map(\.compact).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { JSONText.quoted($0.key) + ": " + $0.value.compact }
                .joined(separator: ", ") + "}"
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    /// A list of rows is always broken up, one row a line, so that a change shows as one line.
    private var holdsRows: Bool {
        switch self {
        case .array(let values):
            values.contains { if case .object = $0 { true } else { $0.holdsRows } }
        case .object(let members): members.contains { $0.value.holdsRows }
        default: false
        }
    }

    private func write(to result: inout String, depth level: Int, lineWidth: Int) {
        let indent = String(repeating: "  ", count: level)
        if !holdsRows {
            let line = compact
            if !isContainer || indent.count + line.count <= lineWidth {
                result += line
                return
            }
        }
        switch self {
        case .array(let values) where !values.isEmpty:
            result += "[\n"
            for (index, value) in values.enumerated() {
                result += indent + "  "
                value.write(to: &result, depth: level + 1, lineWidth: lineWidth)
                result += index + 1 < values.count ? ",\n" : "\n"
            }
            result += indent + "]"
        case .object(let members) where !members.isEmpty:
            result += "{\n"
            for (index, member) in members.enumerated() {
                result += indent + "  " + JSONText.quoted(member.key) + ": "
                member.value.write(to: &result, depth: level + 1, lineWidth: lineWidth)
                result += index + 1 < members.count ? ",\n" : "\n"
            }
            result += indent + "}"
        default: result += compact
        }
    }
}
