extension GraphPicture {
    /// The same picture for pages that render Mermaid, such as GitHub's.
    package func mermaid() -> String {
        var out = "flowchart LR\n"
        let fused = fusedSegments
        for (segment, members) in fused {
            let id = segment < 0 ? "n\(segment.magnitude)" : "\(segment)"
            out += "    subgraph g\(id)[\"segment \(segment)\"]\n"
            for index in members { out += "        " + node(index) }
            out += "    end\n"
        }
        let grouped = Set(fused.flatMap(\.stages))
        for index in stages.indices where !grouped.contains(index) { out += "    " + node(index) }
        for edge in validEdges {
            let arrow =
                switch edge.kind {
                case .fused, .channel, .roundRobin, .key: "-->"
                case .broadcast: "==>"
                case .feedback, .deadLetter: "-.->"
                }
            let label = edge.labelText.isEmpty ? "" : "|\"\(Self.escaped(edge.labelText))\"|"
            out += "    s\(edge.from) \(arrow)\(label) s\(edge.to)\n"
        }
        for index in threads.indices {
            let members = stages.indices.filter { validThread(of: stages[$0]) == index }
            if members.isEmpty { continue }
            let color = Palette.color(index)
            out += "    classDef t\(index) fill:\(color.mixed(0.12).hex),stroke:\(color.hex)"
            out += ",color:\(Palette.ink)\n"
            out += "    class \(members.map { "s\($0)" }.joined(separator: ",")) t\(index)\n"
        }
        return out
    }

    private func node(_ index: Int) -> String {
        let stage = stages[index]
        let lines = [stage.name, kindText(of: stage)] + stage.detail
        return "s\(index)[\"" + lines.map(Self.escaped).joined(separator: "<br/>") + "\"]\n"
    }

    /// Mermaid spells entities with a number sign.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in VisibleText.line(text).unicodeScalars {
            switch scalar {
            case "\"", "#", "&", "<", ">", ";", "`", "\\", "|", "[", "]", "{", "}":
                result += "#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
