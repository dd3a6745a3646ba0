extension Placement {
    /// The plan as JSON (RFC 8259). Keys are stable: they are only ever added to.
    ///
    /// - Parameter applied: what became of the bindings: workers first, then blocking threads.
    package func json(applied: [AppliedBinding] = []) -> String {
        let threads = threads(applied: applied)
        return JSON.object([
            ("machine", machineJSON), ("capacity", capacityJSON),
            ("policy", .string(request.policy.rawValue)), ("spin", .bool(spin)),
            ("objective", .number(objective)),
            ("threads", .array(threads.map(threadJSON))),
            ("tasks", .array(request.tasks.indices.map(taskJSON))),
            ("warnings", .array(warnings.map(JSON.string))),
        ]).text + "\n"
    }

    private var machineJSON: JSON {
        .object([
            ("name", .string(machine.title)), ("live", .bool(machine.isLive)),
            ("packages", .integer(machine.packages.count)),
            ("nodes", .integer(machine.nodes.count)),
            ("domains", .integer(machine.domains.count)),
            ("cores", .integer(machine.cores.count)),
            ("processors", .integer(machine.processorSet.count)),
        ])
    }

    private var capacityJSON: JSON {
        .object([
            ("machineProcessors", .integer(capacity.machineProcessors)),
            ("allowed", .string(capacity.allowed.description)),
            ("cores", .integer(capacity.cores.count)),
            ("quota", capacity.quota.map(JSON.number) ?? .null),
            ("reserve", .integer(capacity.reserve)), ("budget", .integer(capacity.budget)),
            ("quotaLimited", .bool(capacity.quotaLimited)),
        ])
    }

    private func threadJSON(_ thread: PlacementThread) -> JSON {
        let core = thread.core.map { machine.cores[$0] }
        let domain = thread.domain.map { machine.domains[$0] }
        return .object([
            ("name", .string(thread.name)),
            ("tasks", .array(thread.tasks.map { .integer($0) })),
            ("core", core.map { .integer($0.index) } ?? .null),
            ("domain", domain.map { .integer($0.index) } ?? .null),
            ("node", domain.map { .integer($0.node) } ?? .null),
            ("package", domain.map { .integer($0.package) } ?? .null),
            ("kind", core.map { .string(machine.kinds[$0.kind].role.rawValue) } ?? .null),
            ("load", thread.load.map(JSON.number) ?? .null),
            ("pin", .string(thread.width.rawValue)),
            ("planned", .string(thread.planned.description)),
            ("applied", appliedJSON(thread)), ("reason", .string(thread.reason)),
        ])
    }

    /// null where nothing was applied: no thread yet, or a machine that is not this one.
    private func appliedJSON(_ thread: PlacementThread) -> JSON {
        guard machine.isLive, let applied = thread.applied else { return .null }
        return .object([
            ("actual", .string(applied.actual.description)),
            ("lastProcessor", .integer(applied.lastProcessor)),
            ("errno", .integer(Int(applied.errorCode))),
            ("asPlanned", .bool(applied.isAsPlanned)),
        ])
    }

    private func taskJSON(_ task: Int) -> JSON {
        .object([
            ("name", .string(request.tasks[task].name)),
            ("kind", .string(request.tasks[task].kind.rawValue)),
            ("worker", taskWorker[task].map { .integer($0) } ?? .null),
            ("reason", .string(taskReasons[task])),
        ])
    }
}

/// Just enough JSON to write a plan without Foundation.
private enum JSON {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        // JSON has no infinity and no NaN.
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let pairs):
            "{" + pairs.map { Self.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
