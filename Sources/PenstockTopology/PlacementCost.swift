/// The figures of the objective: what it costs to move a cache line, and how fast a core is.
///
/// Seeds are medians of published core-to-core measurements (nviennot/core-to-core-latency), one
/// way, in nanoseconds. A machine's own NUMA latencies refine what lies outside the cache.
enum PlacementCost {
    /// Neighbours on one worker hand over in L1 or L2.
    static let sameWorker = 1.0
    static let sharedL2 = 12.0
    static let sharedLastCache = 22.0
    /// One domain without a shared cache: the mesh of a node.
    static let sameNode = 45.0
    /// Two last caches of one node, or two nodes of one package that say no more.
    static let otherCache = 90.0
    static let otherNode = 110.0
    static let otherPackage = 200.0

    static let lineBytes = 64.0
    /// Streams keep about four lines in flight, so a line costs a quarter of its latency.
    static let overlap = 4.0
    /// What an edge of unknown traffic is taken for: enough to prefer neighbours, too little to
    /// give up a core for.
    static let unknownTraffic = 1e6
    /// What a task of unknown load is taken for, at most.
    static let unknownLoad = 0.1
    /// From this load on a task is too heavy for an efficiency core.
    static let heavyLoad = 0.25
    /// Added when a task is not in the domain of the one it wants to be near.
    static let nearPenalty = 10.0
    /// Added for each replica that shares a worker with a replica of its group.
    static let replicaPenalty = 0.02

    /// Domain to domain, row by row; the diagonal is the distance of two cores inside.
    static func distances(_ machine: Machine) -> [Double] {
        machine.domains.flatMap { one in machine.domains.map { distance(one, $0, machine) } }
    }

    /// Time, in cores, that a flow of bytes a second takes per nanosecond of distance.
    static func weight(traffic: Double) -> Double {
        traffic / lineBytes / overlap * 1e-9
    }

    static func slowdown(_ role: Machine.Role) -> Double {
        switch role {
        case .performance: 1
        case .efficiency: 1.7
        case .lowPower: 2.5
        }
    }

    private static func distance(
        _ one: Machine.Domain, _ two: Machine.Domain, _ machine: Machine
    ) -> Double {
        if one.index == two.index { return one.cacheBytes > 0 ? sharedLastCache : sameNode }
        // Hybrid machines split one cache into a domain for each kind.
        if machine.cores[one.cores[0]].lastCache == machine.cores[two.cores[0]].lastCache {
            return sharedLastCache + 3
        }
        let seed = one.package != two.package ? otherPackage : otherNode
        guard one.node != two.node else { return one.package != two.package ? seed : otherCache }
        guard
            let there = machine.relativeDistance(from: one.node, to: two.node),
            let back = machine.relativeDistance(from: two.node, to: one.node)
        else { return seed }
        // Firmware tables are relative and sometimes fanciful: trust their order, within bounds.
        return Swift.min(Swift.max(otherCache * (there + back) / 2, otherCache + 5), 400)
    }
}
