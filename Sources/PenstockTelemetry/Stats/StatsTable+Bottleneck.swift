extension StatsTable {
    /// A stage that works at least this share of the time limits the graph.
    private static let saturated = 0.7

    /// The stage that limits the graph; nil when none is near saturation.
    package var bottleneck: Row? {
        guard let busiest, busiest.busyShare >= Self.saturated else { return nil }
        return busiest
    }

    /// The first of the busiest: behind it the others starve.
    private var busiest: Row? {
        var best: Row?
        for row in rows where row.busyShare > (best?.busyShare ?? 0) { best = row }
        return best
    }

    /// One line that says in words what holds the graph back.
    package var bottleneckText: String {
        if rows.isEmpty { return "No stages." }
        guard let busiest else { return "No stage has run yet." }
        let name = "'\(VisibleText.line(busiest.stage))'"
        let busy = NumberText.percent(busiest.busyShare)
        guard busiest.busyShare >= Self.saturated else {
            var text = "No bottleneck: \(name) is the busiest stage, at \(busy)"
            if let source = rows.first(where: { $0.kind == "source" }),
                source.stage != busiest.stage,
                source.blockedShare < 0.1
            {
                text += "; the graph waits for its input"
            }
            return text + "."
        }
        var signs: [String] = []
        if busiest.queueShare >= 0.9 { signs.append("its queue filled up") }
        let blocked = rows.filter { $0.stage != busiest.stage && $0.blockedShare >= 0.2 }
            .max { $0.blockedShare < $1.blockedShare }
        if let blocked {
            let share = NumberText.percent(blocked.blockedShare)
            signs.append("'\(VisibleText.line(blocked.stage))' waits \(share) of the time for room")
        }
        let starved = rows.filter { $0.stage != busiest.stage && $0.starvedShare >= 0.2 }
            .max { $0.starvedShare < $1.starvedShare }
        if let starved {
            let share = NumberText.percent(starved.starvedShare)
            signs.append(
                "'\(VisibleText.line(starved.stage))' waits \(share) of the time for input")
        }
        let replicas = busiest.replicas > 1 ? " on each of \(busiest.replicas) replicas" : ""
        let reasons = signs.isEmpty ? "" : "; " + signs.joined(separator: ", ")
        return "Bottleneck: \(name) is busy \(busy) of the time\(replicas)\(reasons)."
    }
}
