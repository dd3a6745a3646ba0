extension GraphPicture {
    /// The same picture for graphviz.
    package func dot() -> String {
        var out = "digraph \(DOTText.quoted(title)) {\n"
        out += "    rankdir=LR;\n"
        out += "    label=\(DOTText.label([title])); labelloc=t; fontname=\"Helvetica\";\n"
        out +=
            "    node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n"
        out += "    edge [fontname=\"Helvetica\", fontsize=9];\n"
        let fused = fusedSegments
        for (segment, members) in fused {
            let id = segment < 0 ? "n\(segment.magnitude)" : "\(segment)"
            out += "    subgraph cluster_segment_\(id) {\n"
            out += "        label=\"segment \(segment)\"; style=\"rounded,dashed\"; fontsize=9;\n"
            for index in members { out += "        " + node(index) }
            out += "    }\n"
        }
        let grouped = Set(fused.flatMap(\.stages))
        for index in stages.indices where !grouped.contains(index) { out += "    " + node(index) }
        for edge in validEdges {
            var label = edge.labelText.isEmpty ? [] : [edge.labelText]
            if let fill = edge.fill, fill.isFinite {
                label.append(NumberText.percent(fill) + " full")
            }
            var attributes = ["color=\"\(edge.kind.color)\"", "tooltip=\"\(edge.kind.rawValue)\""]
            if !label.isEmpty { attributes.append("label=" + DOTText.label(label)) }
            switch edge.kind {
            case .fused, .channel: break
            case .broadcast: attributes.append("style=bold")
            case .roundRobin, .key: attributes.append("style=dashed")
            case .feedback: attributes += ["style=dashed", "constraint=false"]
            case .deadLetter: attributes.append("style=dotted")
            }
            out += "    s\(edge.from) -> s\(edge.to) [\(attributes.joined(separator: ", "))];\n"
        }
        for (index, thread) in threads.enumerated() {
            let reason = thread.reason.isEmpty ? "" : ": " + thread.reason
            out +=
                "    // thread \(index): "
                + VisibleText.line(thread.name + " on " + thread.place + reason) + "\n"
        }
        return out + "}\n"
    }

    private func node(_ index: Int) -> String {
        let stage = stages[index]
        let thread = validThread(of: stage)
        var lines = [stage.name, kindText(of: stage)] + stage.detail
        if let thread { lines.append(threads[thread].name) }
        let color = Palette.color(thread ?? -1)
        return "s\(index) [label=\(DOTText.label(lines)), color=\"\(color.hex)\", "
            + "fillcolor=\"\(color.mixed(0.12).hex)\"];\n"
    }
}
