extension Machine {
    /// The processors of an object such as "L3:0", "core:3", "numa:1", "package:0", "pu:5" or
    /// "domain:2", counted as hwloc counts them. Case does not matter. The error lists what exists.
    package func processors(named name: String) throws(TopologyError) -> ProcessorSet {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        let word = parts.first.map { $0.lowercased() } ?? ""
        let type = Self.aliases[word] ?? word
        if let sets = objects[type] {
            if parts.count == 1, sets.count == 1 { return sets[0] }
            if parts.count == 2, let index = Int(parts[1]), sets.indices.contains(index) {
                return sets[index]
            }
        }
        throw TopologyError("no object '\(name)' in \(source); there are \(objectNames)")
    }

    /// "package:0-1, numa:0-1, l3:0-7…", outermost first.
    package var objectNames: String {
        Self.order.compactMap { type in
            objects[type].map { $0.count == 1 ? "\(type):0" : "\(type):0-\($0.count - 1)" }
        }.joined(separator: ", ")
    }

    private static let order = [
        "machine", "package", "die", "numa", "domain", "l3", "l2", "l1", "core", "pu",
    ]

    private static let aliases = [
        "node": "numa", "numanode": "numa", "socket": "package", "l1d": "l1", "l1cache": "l1",
        "l2cache": "l2", "l3cache": "l3", "processor": "pu",
    ]
}
