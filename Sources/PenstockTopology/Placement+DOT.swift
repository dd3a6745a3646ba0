extension Placement {
    /// The plan for Graphviz: workers as clusters inside their domain's cluster, edges coloured by
    /// how far they go.
    package func dot(applied: [AppliedBinding] = []) -> String {
        var lines = [
            "digraph placement {", "  rankdir=LR;",
            "  node [shape=box, style=filled, fillcolor=white, fontname=\"sans-serif\"];",
            "  graph [fontname=\"sans-serif\"];",
        ]
        let threads = threads(applied: applied)
        var places: [Int?] = []
        for thread in threads where !places.contains(thread.domain) { places.append(thread.domain) }
        for place in places {
            let inside = threads.enumerated().filter { $0.element.domain == place }
            lines.append("  subgraph \"cluster_domain_\(place.map(String.init) ?? "any")\" {")
            lines.append("    label=\(Self.quoted(domainTitle(place)));")
            for (index, thread) in inside {
                let title = [
                    thread.name, thread.core.map { "core L#\($0)" } ?? "", thread.plannedText,
                    thread.appliedText(isLive: machine.isLive),
                ].filter { !$0.isEmpty }.joined(separator: ", ")
                lines.append("    subgraph \"cluster_thread_\(index)\" {")
                lines.append("      label=\(Self.quoted(title));")
                lines += thread.tasks.map { "      \(node($0))" }
                lines.append("    }")
            }
            lines.append("  }")
        }
        lines += request.tasks.indices.filter { request.tasks[$0].kind == .host }.map {
            "  \(node($0))"
        }
        for edge in request.edges
        where request.tasks.indices.contains(edge.from) && request.tasks.indices.contains(edge.to) {
            let colour = colour(from: edge.from, to: edge.to)
            lines.append("  t\(edge.from) -> t\(edge.to) [color=\"\(colour)\"];")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func node(_ task: Int) -> String {
        "t\(task) [label=\(Self.quoted(request.tasks[task].name)), "
            + "tooltip=\(Self.quoted(taskReasons[task]))];"
    }

    /// "package 0, node 1, L3 domain 5".
    func domainTitle(_ domain: Int?) -> String {
        guard let domain else { return "anywhere" }
        let place = machine.domains[domain]
        return "package \(place.package), node \(place.node), \(place.level) domain \(domain)"
    }

    private func colour(from: Int, to: Int) -> String {
        guard let one = taskWorker[from].map({ workers[$0] }),
            let two = taskWorker[to].map({ workers[$0] })
        else { return "gray50" }
        if one.domain == two.domain { return one.index == two.index ? "forestgreen" : "steelblue" }
        return one.package == two.package ? "darkorange" : "firebrick"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in oneLine(text) {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }
}
