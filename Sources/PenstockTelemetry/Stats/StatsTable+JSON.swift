extension StatsTable {
    /// Raw counters, so that a reader can compute what it likes, and the bottleneck by name.
    package func json() -> String { jsonValue.text(lineWidth: 500) }

    package var jsonValue: JSONValue {
        .object([
            "rows": .array(rows.map(Self.value)),
            "bottleneck": bottleneck.map { .string($0.stage) } ?? .null,
            "summary": .string(bottleneckText),
        ])
    }

    private static func value(_ row: Row) -> JSONValue {
        .object([
            "stage": .string(row.stage), "kind": .string(row.kind),
            "replicas": .integer(row.replicas), "elementsIn": .unsigned(row.elementsIn),
            "elementsOut": .unsigned(row.elementsOut), "activations": .unsigned(row.activations),
            "busyNs": .unsigned(row.busyNs), "starvedNs": .unsigned(row.starvedNs),
            "blockedNs": .unsigned(row.blockedNs),
            "queueHighWater": .unsigned(row.queueHighWater),
            "queueCapacity": .unsigned(row.queueCapacity), "errors": .unsigned(row.errors),
            "skipped": .unsigned(row.skipped), "retried": .unsigned(row.retried),
            "deadLettered": .unsigned(row.deadLettered), "wallNs": .unsigned(row.wallNs),
        ])
    }
}
