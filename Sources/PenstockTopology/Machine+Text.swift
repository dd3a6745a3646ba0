extension Machine: CustomStringConvertible {
    /// A few lines: the model, what there is how often, and the caches.
    package var description: String {
        let counts = [
            counted(packages.count, "package"), counted(nodes.count, "NUMA node"),
            counted(domains.count, "domain"), counted(cores.count, "core"),
            "\(processorSet.count) PU",
        ]
        var lines = [title + (isLive ? "" : " (not this machine: bindings do nothing)")]
        let hidden = installedProcessors - processorSet.count
        lines.append(
            counts.joined(separator: ", ") + (hidden > 0 ? " of \(installedProcessors)" : ""))
        for kind in kinds where kinds.count > 1 {
            let members = cores.count { $0.kind == kind.index }
            lines.append("\(counted(members, "\(kind.role.rawValue) core")) (\(kind.name))")
        }
        // Kinds differ in caches, so each kind with other caches has a line of its own.
        var seen = Set<CoreCaches>()
        for core in cores where seen.insert(core.caches).inserted && seen.count <= 4 {
            lines.append(Self.text(of: core.caches))
        }
        let nodesText = nodes.prefix(8).map { node in
            let memory = node.memoryBytes > 0 ? byteText(Double(node.memoryBytes)) : "size unknown"
            let kind = node.memoryKind.isEmpty ? "" : " \(node.memoryKind)"
            return "L#\(node.index)\(kind) \(memory)"
        }
        let more = nodes.count > 8 ? ", …" : ""
        lines.append("memory: " + nodesText.joined(separator: ", ") + more)
        return lines.joined(separator: "\n")
    }

    /// The processor's name, or where the topology comes from.
    package var title: String {
        let model = packages.first?.model ?? ""
        return model.isEmpty ? source.description : model
    }

    private static func text(of caches: CoreCaches) -> String {
        func text(_ name: String, _ cache: Cache) -> String {
            let shared = cache.sharers > 1 ? " per \(cache.sharers) cores" : ""
            let assumed = cache.isAssumed ? " (assumed in part)" : ""
            return "\(name) \(byteText(Double(cache.bytes))) \(cache.ways)-way\(shared)\(assumed)"
        }
        let levels = [text("L1d", caches.l1d), text("L2", caches.l2)]
        return (levels + [caches.l3.map { text("L3", $0) } ?? "no L3"]).joined(separator: ", ")
    }
}
