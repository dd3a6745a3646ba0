import PenstockRuntime
import PenstockTelemetry
import PenstockTopology

extension Engine {
    /// PST_VIEW_TOPOLOGY as JSON: what the machine has and what this process may use of it.
    var topologyJSON: String {
        let domains = machine.domains.map { domain in
            JSONValue.object([
                "level": .string(domain.level), "index": .integer(domain.index),
                "processors": .string("\(domain.processors)"),
                "cores": .integer(domain.cores.count), "node": .integer(domain.node),
                "package": .integer(domain.package), "cache_bytes": .integer(domain.cacheBytes),
            ])
        }
        return JSONValue.object([
            "machine": .string(machine.title), "live": .boolean(machine.isLive),
            "processors": .integer(capacity.machineProcessors),
            "cores": .integer(machine.cores.count), "packages": .integer(machine.packages.count),
            "nodes": .integer(machine.nodes.count), "domains": .array(domains),
            "allowed": .string("\(capacity.allowed)"),
            "quota": capacity.quota.map { .number($0) } ?? .null,
            "workers": .integer(workerLimit),
        ]).text()
    }
}
