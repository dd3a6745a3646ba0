extension GraphPicture {
    /// Keys and their order are stable; indexes are those of the arrays.
    package func json() -> String { jsonValue.text() }

    package var jsonValue: JSONValue {
        .object([
            "title": .string(title),
            "stages": .array(stages.map(Self.value)),
            "edges": .array(edges.map(Self.value)),
            "threads": .array(
                threads.map {
                    .object([
                        "name": .string($0.name), "place": .string($0.place),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    private static func value(_ stage: Stage) -> JSONValue {
        .object([
            "name": .string(stage.name), "kind": .string(stage.kind),
            "segment": .integer(stage.segment), "replicas": .integer(stage.replicas),
            "thread": stage.thread.map(JSONValue.integer) ?? .null,
            "detail": .strings(stage.detail),
        ])
    }

    private static func value(_ edge: Edge) -> JSONValue {
        .object([
            "from": .integer(edge.from), "to": .integer(edge.to),
            "fromPort": .integer(edge.fromPort), "label": .string(edge.label),
            "kind": .string(edge.kind.rawValue),
            "fill": edge.fill.map(JSONValue.number) ?? .null,
        ])
    }
}
