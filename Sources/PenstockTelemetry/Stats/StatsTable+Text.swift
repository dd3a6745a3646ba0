extension StatsTable {
    private struct Column {
        var title: String
        var alignsLeft = false
        /// Columns of failures stay out of sight while nothing failed.
        var isShown = true
        var cells: [String]
    }

    /// A table for terminals, and below it one line that names the bottleneck.
    package func text() -> String {
        guard !rows.isEmpty else { return bottleneckText + "\n" }
        func counts(_ title: String, _ value: (Row) -> UInt64, always: Bool = true) -> Column {
            Column(
                title: title, isShown: always || rows.contains { value($0) > 0 },
                cells: rows.map { NumberText.count(value($0)) })
        }
        func shares(_ title: String, _ value: (Row) -> Double) -> Column {
            Column(title: title, cells: rows.map { NumberText.percent(value($0)) })
        }
        let columns = [
            Column(
                title: "stage", alignsLeft: true,
                cells: rows.map {
                    let replicas = $0.replicas > 1 ? " ×\($0.replicas)" : ""
                    return VisibleText.line($0.stage) + replicas
                }),
            Column(title: "kind", alignsLeft: true, cells: rows.map { VisibleText.line($0.kind) }),
            counts("in", \.elementsIn), counts("out", \.elementsOut),
            Column(title: "rate", cells: rows.map { NumberText.rate($0.elementsPerSecond) }),
            counts("activations", \.activations),
            shares("busy", \.busyShare), shares("starved", \.starvedShare),
            shares("blocked", \.blockedShare),
            Column(
                title: "queue", isShown: rows.contains { $0.queueCapacity > 0 },
                cells: rows.map {
                    $0.queueCapacity == 0 ? "–" : "\($0.queueHighWater)/\($0.queueCapacity)"
                }),
            counts("errors", \.errors, always: false), counts("skipped", \.skipped, always: false),
            counts("retried", \.retried, always: false),
            counts("dead letters", \.deadLettered, always: false),
        ].filter(\.isShown)
        let widths = columns.map { column in
            ([column.title] + column.cells).map(TextMetrics.columns).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (index, cell) in cells.enumerated() {
                let room = widths[index] - TextMetrics.columns(of: cell)
                let padding = String(repeating: " ", count: room)
                line += columns[index].alignsLeft ? cell + padding : padding + cell
                if index + 1 < cells.count { line += "  " }
            }
            return line + "\n"
        }
        var out = line(columns.map(\.title))
        out += String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +)) + "\n"
        for index in rows.indices { out += line(columns.map { $0.cells[index] }) }
        return out + bottleneckText + "\n"
    }
}
