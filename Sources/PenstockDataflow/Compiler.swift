import PenstockRuntime

/// Lowers a valid description to a plan: relays where replicas meet, then fusion.
struct Compiler {
    private let description: Description
    private let stages: [StageSpec]
    private let workers: Int

    /// A stage, or a relay: a task that only moves elements from one channel to the next.
    private struct Node {
        var stage: Int?
        var name: String
        var replicas = 1
        var ordered = true
        var key: Key?
        var batch = 0
        var lingerNanoseconds: UInt64 = 0
        var thread = StageThread.worker
        var loop: Int?
    }

    private struct Arc {
        var from: Int
        var port: Int
        var to: Int
        var input: Int
        let type: ElementType
        var capacity: Int
        var isAutomatic: Bool
        var neverFuse: Bool
        let isFeedback: Bool
        var distribution: Distribution
        var edge: Int?
    }

    private var nodes: [Node] = []
    private var arcs: [Arc] = []

    /// `workers`: how many there are to share the work, for cutting chains of known cost.
    static func compile(_ description: Description, workers: Int) -> Plan {
        var compiler = Compiler(description: description, workers: workers)
        compiler.build()
        compiler.cutChains()
        compiler.insertRelays()
        return compiler.fuse()
    }

    private init(description: Description, workers: Int) {
        self.description = description
        stages = description.stages
        self.workers = workers
    }

    private mutating func build() {
        var loopOf: [Int: Int] = [:]
        for merge in Set(description.edges.filter { $0.credit != nil }.map(\.to)) {
            for member in description.loopMembers(merge: merge) { loopOf[member] = merge }
        }
        for (i, stage) in stages.enumerated() {
            // A source's batch only limits its spans; there is nothing to collect.
            var batch = stage.options.batch
            if case .source = stage.kind { batch = 0 }
            nodes.append(
                Node(
                    stage: i, name: stage.name, replicas: stage.options.replicas,
                    ordered: stage.options.ordered && stage.options.key == nil,
                    key: stage.options.replicas > 1 ? stage.options.key : nil,
                    batch: batch,
                    lingerNanoseconds: stage.options.lingerNanoseconds,
                    thread: stage.options.thread, loop: loopOf[i]))
        }
        for (i, edge) in description.edges.enumerated() {
            var capacity = description.effectiveCapacity(edge)
            if let loop = loopOf[edge.to], loopOf[edge.from] == loop {
                capacity = max(capacity, description.loopCredit(merge: loop))
            }
            let stage = stages[edge.from]
            arcs.append(
                Arc(
                    from: edge.from, port: edge.port, to: edge.to, input: edge.input,
                    type: stage.type(ofPort: edge.port),
                    capacity: max(capacity, Plan.expansion(of: stage)),
                    isAutomatic: edge.capacity == 0 && stages[edge.to].options.capacity == 0
                        && (stage.builtIn?.channelElements ?? 0) == 0,
                    neverFuse: edge.neverFuse, isFeedback: edge.credit != nil,
                    distribution: stage.distributions[edge.port], edge: i))
        }
    }

    // MARK: - Relays

    private func arcs(from node: Int, port: Int) -> [Int] {
        arcs.indices.filter { arcs[$0].from == node && arcs[$0].port == port }
    }

    private func inputCount(_ node: Int) -> Int { arcs.count { $0.to == node } }

    /// Replicas talk to one task at either end; where they would meet anything else a relay comes
    /// between.
    private mutating func insertRelays() {
        for node in nodes.indices where nodes[node].replicas > 1 {
            let ports = Set(arcs.indices.filter { arcs[$0].from == node }.map { arcs[$0].port })
            for port in ports.sorted() {
                let out = arcs(from: node, port: port)
                let target = arcs[out[0]].to
                let isSimple =
                    out.count == 1
                    && (nodes[target].replicas == 1
                        // batches are made from one channel
                        ? inputCount(target) == 1 && nodes[target].batch == 0
                        : canFuseReplicas(node, target, out[0]))
                if !isSimple { relay(behind: node, port: port) }
            }
        }
        for i in arcs.indices where nodes[arcs[i].to].replicas > 1 {
            let from = arcs[i].from
            let to = arcs[i].to
            if nodes[from].replicas > 1 { continue }
            let many = arcs(from: from, port: arcs[i].port).count > 1
            // Ordered replicas get whole batches as chunks, so the batch is made before the split.
            let batches = nodes[to].batch > 0 && nodes[to].ordered
            if many || batches { relay(before: i, batch: batches) }
        }
    }

    private func canFuseReplicas(_ a: Int, _ b: Int, _ arc: Int) -> Bool {
        nodes[a].replicas == nodes[b].replicas && nodes[b].key == nil && isFusable(arc)
    }

    private mutating func addRelay(_ name: String, near node: Int) -> Int {
        nodes.append(Node(stage: nil, name: name, loop: nodes[node].loop))
        return nodes.count - 1
    }

    /// All that port's consumers move behind a relay, which divides among them.
    private mutating func relay(behind node: Int, port: Int) {
        let out = arcs(from: node, port: port)
        let inside = out.contains { nodes[arcs[$0].to].loop == nodes[node].loop }
        let relay = addRelay("after \(nodes[node].name)", near: node)
        if !inside { nodes[relay].loop = nil }
        let first = arcs[out[0]]
        for i in out {
            arcs[i].from = relay
            arcs[i].port = 0
        }
        arcs.append(
            Arc(
                from: node, port: port, to: relay, input: 0, type: first.type,
                capacity: first.capacity, isAutomatic: false, neverFuse: true, isFeedback: false,
                distribution: .broadcast, edge: nil))
    }

    private mutating func relay(before i: Int, batch: Bool) {
        let to = arcs[i].to
        let relay = addRelay("before \(nodes[to].name)", near: to)
        if nodes[arcs[i].from].loop != nodes[to].loop { nodes[relay].loop = nil }
        if batch {
            nodes[relay].batch = nodes[to].batch
            nodes[relay].lingerNanoseconds = nodes[to].lingerNanoseconds
        }
        arcs.append(
            Arc(
                from: relay, port: 0, to: to, input: arcs[i].input, type: arcs[i].type,
                capacity: arcs[i].capacity, isAutomatic: false, neverFuse: true, isFeedback: false,
                distribution: .broadcast, edge: nil))
        arcs[i].to = relay
        arcs[i].input = 0
    }

    // MARK: - Fusion

    /// Could the two ends of an arc run as one task?
    private func isFusable(_ i: Int) -> Bool {
        let arc = arcs[i]
        guard !arc.neverFuse, !arc.isFeedback, let a = nodes[arc.from].stage,
            let b = nodes[arc.to].stage
        else { return false }
        let from = stages[a]
        let to = stages[b]
        if case .merge = to.kind { return false }
        if arc.port != 0 || from.outputs.count != 1 || from.options.onFailure == .deadLetter {
            return false
        }
        if arcs(from: arc.from, port: 0).count != 1 { return false }
        if to.options.onFailure == .retry { return false }
        // It may stop in the middle of a span, as one that retries.
        if to.builtIn?.isResumable ?? false { return false }
        if to.options.batch > 0 && !from.handsOnBatches(to: to) { return false }
        if nodes[arc.from].replicas != nodes[arc.to].replicas { return false }
        if nodes[arc.from].replicas > 1
            && (nodes[arc.to].key != nil || nodes[arc.from].ordered != nodes[arc.to].ordered)
        {
            return false
        }
        if thread(of: arc.from) != thread(of: arc.to) { return false }
        if nodes[arc.from].loop != nodes[arc.to].loop { return false }
        if from.options.exclusive != to.options.exclusive { return false }
        if let place = to.options.on, let other = from.options.on, place != other { return false }
        if to.options.on != nil && from.options.on == nil { return false }
        if let near = to.options.near, near != a { return false }
        return true
    }

    /// Stages without a callback run wherever their neighbour does.
    private func thread(of node: Int) -> StageThread {
        guard let stage = nodes[node].stage, stages[stage].kind.isStepless else {
            return nodes[node].thread
        }
        if case .drain = stages[stage].kind, let arc = arcs.first(where: { $0.to == node }) {
            return nodes[arc.from].thread
        }
        let next = arcs.filter { $0.from == node }
        return next.count == 1 ? nodes[next[0].to].thread : .worker
    }

    /// Groups of neighbours that can run as one task. Fusable arcs lead from a node with one
    /// consumer to one with one input, so the groups are chains.
    private func chains() -> [[Int]] {
        var nextOf: [Int: Int] = [:]
        var hasPrevious = Set<Int>()
        for i in arcs.indices where isFusable(i) {
            nextOf[arcs[i].from] = arcs[i].to
            hasPrevious.insert(arcs[i].to)
        }
        return nodes.indices.filter { !hasPrevious.contains($0) }.map { node in
            var chain = [node]
            while let next = nextOf[chain[chain.count - 1]] { chain.append(next) }
            return chain
        }
    }

    /// Separates what is better not fused. Before relays are inserted, since replicas on both sides
    /// of a cut need one between them.
    private mutating func cutChains() {
        let total = nodes.indices.reduce(0) { $0 + cost(of: $1) }
        for chain in chains() {
            let pieces = ChainCut.cut(
                chain.map(cost(of:)), total: total, workers: workers,
                expansions: chain.map(expansion(of:)))
            for piece in pieces.dropLast() {
                let last = chain[piece.upperBound - 1]
                for i in arcs.indices where arcs[i].from == last { arcs[i].neverFuse = true }
            }
        }
    }

    private func fuse() -> Plan { plan(chains()) }

    private func cost(of node: Int) -> Double {
        nodes[node].stage.map { stages[$0].options.costNanoseconds } ?? 0
    }

    private func expansion(of node: Int) -> Int {
        nodes[node].stage.map { Plan.expansion(of: stages[$0]) } ?? 1
    }

    private func plan(_ chains: [[Int]]) -> Plan {
        var plan = Plan()
        plan.segmentOfStage = Array(repeating: -1, count: stages.count)
        var segmentOf = Array(repeating: -1, count: nodes.count)
        for (index, chain) in chains.enumerated() {
            for node in chain {
                segmentOf[node] = index
                if let stage = nodes[node].stage { plan.segmentOfStage[stage] = index }
            }
            let first = nodes[chain[0]]
            var segment = Plan.SegmentPlan(
                stages: chain.compactMap { nodes[$0].stage },
                name: chain.map { nodes[$0].name }.joined(separator: "+"))
            segment.replicas = first.replicas
            segment.ordered = chain.allSatisfy { nodes[$0].ordered }
            segment.key = first.key
            segment.batch = first.batch
            segment.lingerNanoseconds = first.lingerNanoseconds
            segment.thread = thread(of: chain[0])
            segment.loop = first.loop
            segment.cost = chain.reduce(0) { $0 + cost(of: $1) }
            if first.stage == nil {
                segment.relayType = arcs.first { $0.to == chain[0] }?.type
            }
            plan.segments.append(segment)
        }
        for arc in arcs {
            let from = segmentOf[arc.from]
            let to = segmentOf[arc.to]
            // Inside a segment, unless it is a feedback edge from its end to its beginning.
            if from == to && !arc.isFeedback { continue }
            let link = plan.links.count
            plan.segments[from].outLinks.append(link)
            plan.segments[to].links.append(link)
            plan.links.append(
                Plan.LinkPlan(
                    from: from, port: arc.port, to: to, input: arc.input, type: arc.type,
                    capacity: arc.capacity, isAutomatic: arc.isAutomatic,
                    isFeedback: arc.isFeedback,
                    distribution: arc.distribution, edge: arc.edge))
        }
        for i in plan.segments.indices {
            plan.segments[i].links.sort { plan.links[$0].input < plan.links[$1].input }
            // Consumers in the order they were connected, relays last.
            plan.segments[i].outLinks.sort {
                let (a, b) = (plan.links[$0], plan.links[$1])
                return (a.port, a.edge ?? .max) < (b.port, b.edge ?? .max)
            }
        }
        return plan
    }
}
