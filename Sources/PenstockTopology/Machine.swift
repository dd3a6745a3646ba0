/// What hwloc says of a machine, copied into Swift values: immutable after `load`, free to share.
///
/// Every index is a hwloc logical index (neighbours in number are neighbours in hardware) unless
/// its name says `os`. Operating system indexes appear only in `ProcessorSet`s and names.
package final class Machine: Sendable {
    /// Where a topology comes from.
    package enum Source: Sendable, Hashable {
        /// The machine that this process runs on, restricted to what it may use.
        case live
        /// hwloc XML, version 2.
        case xml(path: String)
        /// hwloc's description language: "package:2 l3:4 core:8 pu:2".
        case synthetic(String)
    }

    package struct Processor: Sendable, Hashable {
        package let index: Int
        package let osIndex: Int
        package let core: Int
        /// 0 for the first processor of its core, 1 for the first SMT sibling, and so on.
        package let sibling: Int
    }

    package struct Core: Sendable, Hashable {
        package let index: Int
        package let osIndex: Int
        /// OS indexes in hwloc order: the first is the one that workers use.
        package let processors: [Int]
        package let processorSet: ProcessorSet
        package let l2Group: Int
        /// Cores with the same value share their last cache (of whatever level).
        package let lastCache: Int
        package let domain: Int
        package let node: Int
        package let package: Int
        package let kind: Int
        package let caches: CoreCaches
    }

    /// The cores that share an L2; one core when none is shared.
    package struct L2Group: Sendable, Hashable {
        package let index: Int
        package let cores: [Int]
    }

    /// The cores that share the last cache, one kind and one NUMA node: the unit of placement.
    ///
    /// Where the last cache is private to each core (virtual machines hide the L3, some Arm servers
    /// have a cache hwloc cannot see), the node takes the cache's place.
    package struct Domain: Sendable, Hashable {
        package let index: Int
        package let cores: [Int]
        package let processors: ProcessorSet
        package let node: Int
        package let package: Int
        package let kind: Int
        /// "L3", "L2", or "node" when no cache is shared.
        package let level: String
        /// Bytes of the shared cache; 0 when none is shared.
        package let cacheBytes: Int
    }

    package struct Node: Sendable, Hashable {
        package let index: Int
        package let osIndex: Int
        package let processors: ProcessorSet
        /// 0 for memoryless nodes and where the source does not say.
        package let memoryBytes: UInt64
        /// "MCDRAM", "HBM", or empty for plain memory.
        package let memoryKind: String
    }

    package struct Package: Sendable, Hashable {
        package let index: Int
        package let osIndex: Int
        package let processors: ProcessorSet
        package let model: String
    }

    package enum Role: String, Sendable, Hashable {
        case performance
        case efficiency
        /// Cores outside the main cache complex (Intel's low-power island).
        case lowPower = "low-power"
    }

    package struct CoreKind: Sendable, Hashable {
        package let index: Int
        /// hwloc's rank: higher is faster and hungrier; -1 when unknown.
        package let efficiency: Int
        /// "IntelCore", "IntelAtom"…, or "kind 1".
        package let name: String
        package let role: Role
        package let processors: ProcessorSet
    }

    package let source: Source
    /// Whether a binding means anything: hwloc's calls succeed and do nothing elsewhere.
    package let isLive: Bool
    package let processors: [Processor]
    package let cores: [Core]
    package let l2Groups: [L2Group]
    package let domains: [Domain]
    package let nodes: [Node]
    package let packages: [Package]
    package let kinds: [CoreKind]
    /// NUMA latencies, row by row over `nodes`; nil where the source has none.
    package let nodeDistances: [Double]?
    package let processorSet: ProcessorSet
    /// Processors of the whole machine, also those this process may not use.
    package let installedProcessors: Int
    /// Processor sets of nameable objects: "package", "numa", "l3"… to sets by logical index.
    let objects: [String: [ProcessorSet]]
    let memoryBinder: TopologyHandle?

    init(
        parts: MachineParts, source: Source, isLive: Bool, installedProcessors: Int,
        memoryBinder: TopologyHandle?
    ) {
        self.source = source
        self.isLive = isLive
        processors = parts.processors
        cores = parts.cores
        l2Groups = parts.l2Groups
        domains = parts.domains
        nodes = parts.nodes
        packages = parts.packages
        kinds = parts.kinds
        nodeDistances = parts.nodeDistances
        objects = parts.objects
        var all = ProcessorSet()
        for core in parts.cores { all.formUnion(core.processorSet) }
        processorSet = all
        self.installedProcessors = max(installedProcessors, all.count)
        self.memoryBinder = memoryBinder
    }

    /// The latency of `second`'s memory seen from `first`, relative to its own (1 = local); nil
    /// when the source does not say.
    package func relativeDistance(from first: Int, to second: Int) -> Double? {
        guard let nodeDistances, nodes.indices.contains(first), nodes.indices.contains(second)
        else { return nil }
        let own = nodeDistances[first * nodes.count + first]
        let other = nodeDistances[first * nodes.count + second]
        guard own > 0, other.isFinite, other >= own else { return nil }
        return other / own
    }
}
