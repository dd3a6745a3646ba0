extension MachineParts {
    /// Numbers cores, groups and domains from cores in hwloc order; nodes, packages, kind drafts
    /// and objects must be there already.
    mutating func build(_ drafts: [CoreDraft]) {
        buildKinds(all: ProcessorSet(drafts.flatMap(\.processors)))
        let sharers = drafts.reduce(into: [UInt: Int]()) { counts, draft in
            for cache in draft.caches { counts[cache.identity, default: 0] += 1 }
        }
        var lastCaches = Numbering<UInt>()
        var groups = Numbering<UInt>()
        var domainKeys = Numbering<DomainKey>()
        for (index, draft) in drafts.enumerated() {
            // Private caches get identities of their own, far from any address.
            let own = UInt.max - UInt(index)
            let last = draft.caches.last
            let isShared = last.map { sharers[$0.identity] ?? 1 > 1 } ?? false
            let place = Place(of: draft, in: self)
            let key = DomainKey(cache: isShared ? last?.identity : nil, place: place)
            let l2 = draft.caches.first { $0.level == 2 }
            cores.append(
                Machine.Core(
                    index: index, osIndex: draft.osIndex, processors: draft.processors,
                    processorSet: ProcessorSet(draft.processors),
                    l2Group: groups.number(of: l2?.identity ?? own),
                    lastCache: lastCaches.number(of: last?.identity ?? own),
                    domain: domainKeys.number(of: key), node: place.node, package: place.package,
                    kind: place.kind, caches: CoreCaches(draft.caches, sharers: sharers)))
            for (sibling, osIndex) in draft.processors.enumerated() {
                processors.append(
                    Machine.Processor(
                        index: processors.count, osIndex: osIndex, core: index, sibling: sibling))
            }
        }
        buildGroups(count: groups.count)
        buildDomains(domainKeys.keys, drafts: drafts)
        completeObjects()
    }

    private mutating func buildGroups(count: Int) {
        var members = [[Int]](repeating: [], count: count)
        for core in cores { members[core.l2Group].append(core.index) }
        l2Groups = members.enumerated().map { Machine.L2Group(index: $0.offset, cores: $0.element) }
    }

    private mutating func buildDomains(_ keys: [DomainKey], drafts: [CoreDraft]) {
        var members = [[Int]](repeating: [], count: keys.count)
        for core in cores { members[core.domain].append(core.index) }
        domains = keys.enumerated().map { index, key in
            var set = ProcessorSet()
            for core in members[index] { set.formUnion(cores[core].processorSet) }
            let cache = key.cache == nil ? nil : drafts[members[index][0]].caches.last
            return Machine.Domain(
                index: index, cores: members[index], processors: set, node: key.place.node,
                package: key.place.package, kind: key.place.kind,
                level: cache.map { "L\($0.level)" } ?? "node", cacheBytes: cache?.bytes ?? 0)
        }
    }

    /// Names that hwloc has no objects for on this machine.
    private mutating func completeObjects() {
        if objects["core"] == nil { objects["core"] = cores.map(\.processorSet) }
        objects["domain"] = domains.map(\.processors)
    }

    /// The node that a core's memory comes from: one that covers it, with memory rather than
    /// without, plain memory rather than the fast kind beside it (MCDRAM, HBM), the lowest index.
    fileprivate func node(of processors: ProcessorSet) -> Int {
        let covering = nodes.filter { processors.isSubset(of: $0.processors) }
        let anyMemory = covering.contains { $0.memoryBytes > 0 }
        let withMemory = covering.filter { $0.memoryBytes > 0 || !anyMemory }
        return (withMemory.first { $0.memoryKind.isEmpty } ?? withMemory.first)?.index ?? 0
    }

    fileprivate func package(of processors: ProcessorSet) -> Int {
        packages.first { processors.isSubset(of: $0.processors) }?.index ?? 0
    }

    fileprivate func kind(of processors: ProcessorSet) -> Int {
        kinds.first { processors.intersects($0.processors) }?.index ?? 0
    }
}

private struct Place: Hashable {
    var node: Int
    var package: Int
    var kind: Int

    init(of draft: CoreDraft, in parts: MachineParts) {
        let set = ProcessorSet(draft.processors)
        node = parts.node(of: set)
        package = parts.package(of: set)
        kind = parts.kind(of: set)
    }
}

private struct DomainKey: Hashable {
    var cache: UInt?
    var place: Place
}

/// Numbers keys by first appearance.
private struct Numbering<Key: Hashable> {
    private(set) var keys: [Key] = []
    private var numbers: [Key: Int] = [:]

    var count: Int { keys.count }

    mutating func number(of key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }
}

extension CoreCaches {
    fileprivate init(_ drafts: [CacheDraft], sharers: [UInt: Int]) {
        func cache(_ level: Int) -> Cache? {
            drafts.first { $0.level == level }.map {
                Cache(
                    level: level, bytes: $0.bytes, lineBytes: $0.lineBytes,
                    associativity: $0.associativity, sharers: sharers[$0.identity] ?? 1)
            }
        }
        func assumed(_ level: Int) -> Cache {
            Cache(level: level, bytes: 0, lineBytes: 0, associativity: 0, sharers: 1)
        }
        l1d = cache(1) ?? assumed(1)
        l2 = cache(2) ?? assumed(2)
        l3 = cache(3)
    }
}
