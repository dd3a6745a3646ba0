import PenstockRuntime

/// Ordered joins wait for one of their inputs while others fill up. Where the inputs descend from
/// one fork, the fork then cannot go on and feed the one that is waited for: a deadlock. So between
/// a fork and an ordered join every way must carry the same number of elements.
extension Description {
    /// A way from a fork down to an input of an ordered merge.
    private struct Way {
        /// The edge it leaves the fork by.
        let edge: Int
        /// The first stage on it that may give other than one element for each it takes.
        var variable: String?
        /// The largest batch that a stage on it waits for.
        var batch = 0
        /// Elements that its channels hold.
        var room = 0
    }

    func checkOrderedJoins() throws(Failure) {
        for (index, stage) in stages.enumerated() {
            guard case .merge(let order) = stage.kind else { continue }
            if case .any = order { continue }
            let inputs = edges.indices.filter { edges[$0].to == index && edges[$0].credit == nil }
            let ways = inputs.map { self.ways(endingWith: $0) }
            var isSorted = false
            if case .sorted = order { isSorted = true }
            for i in ways.indices {
                for j in ways.indices where i != j {
                    for a in ways[i] {
                        for b in ways[j] where edges[a.edge].from == edges[b.edge].from {
                            if a.edge == b.edge
                                || meet(from: edges[a.edge].from, inputs[i], inputs[j])
                            {
                                continue
                            }
                            if isSorted { throw sortedFailure(a, b, join: stage.name) }
                            try checkPair(a, b, join: stage.name)
                        }
                    }
                }
            }
        }
    }

    /// All ways that end with an edge, whatever stage they begin at.
    private func ways(endingWith last: Int) -> [Way] {
        struct Visit: Hashable {
            let edge: Int
            let isVariable: Bool
        }
        var found: [Way] = []
        var seen: Set<Visit> = []
        var open = [Way(edge: last)]
        while var way = open.popLast() {
            let edge = edges[way.edge]
            guard seen.insert(Visit(edge: way.edge, isVariable: way.variable != nil)).inserted
            else {
                continue
            }
            way.room += effectiveCapacity(edge)
            found.append(way)
            let from = stages[edge.from]
            way.batch = max(way.batch, from.options.batch)
            if way.variable == nil && changesCount(edge) { way.variable = from.name }
            var above = edge.from
            if let fork = balancedFork(of: edge.from) {
                above = fork
            } else if case .merge = from.kind {
                way.variable = way.variable ?? from.name
            }
            for (i, up) in edges.enumerated() where up.to == above && up.credit == nil {
                open.append(Way(edge: i, variable: way.variable, batch: way.batch, room: way.room))
            }
        }
        return found
    }

    /// Do all ways from a fork to these two inputs lead through one stage? Then it is that stage
    /// that divides them, not the fork.
    private func meet(from fork: Int, _ a: Int, _ b: Int) -> Bool {
        for gate in stages.indices where gate != fork {
            var reached: Set<Int> = []
            var open = [edges[a].from, edges[b].from].filter { $0 != gate }
            while let stage = open.popLast() {
                guard reached.insert(stage).inserted else { continue }
                for edge in edges where edge.to == stage && edge.credit == nil && edge.from != gate
                {
                    open.append(edge.from)
                }
            }
            if !reached.contains(fork) { return true }
        }
        return false
    }

    /// May the stage an edge comes from send other than one element over it for each it takes?
    private func changesCount(_ edge: EdgeSpec) -> Bool {
        let from = stages[edge.from]
        switch from.kind {
        case .filter, .process, .fold: return true
        default: break
        }
        switch from.options.onFailure {
        case .skip, .deadLetter: return true
        case .fail, .retry: break
        }
        if consumers(of: edge.from, port: edge.port).count == 1 { return false }
        if case .broadcast = from.distributions[edge.port] { return false }
        return true
    }

    /// A merge that joins all that a round-robin fork has divided, with nothing in between that
    /// changes the count, passes on as many elements as the fork takes: gives the fork.
    private func balancedFork(of merge: Int) -> Int? {
        guard case .merge = stages[merge].kind else { return nil }
        var fork: (stage: Int, port: Int)?
        var ways: Set<Int> = []
        let inputs = edges.indices.filter { edges[$0].to == merge }
        for input in inputs {
            var at = input
            while consumers(of: edges[at].from, port: edges[at].port).count == 1 {
                let edge = edges[at]
                if edge.credit != nil || changesCount(edge) { return nil }
                let above = edges.indices.filter { edges[$0].to == edge.from }
                if above.count != 1 { return nil }
                at = above[0]
            }
            let edge = edges[at]
            if edge.credit != nil { return nil }
            if let fork, fork != (edge.from, edge.port) { return nil }
            fork = (edge.from, edge.port)
            ways.insert(at)
        }
        guard let fork, case .roundRobin = stages[fork.stage].distributions[fork.port],
            ways.count == inputs.count,
            ways.count == consumers(of: fork.stage, port: fork.port).count,
            case .map = stages[fork.stage].kind, stages[fork.stage].options.onFailure == .fail
        else { return nil }
        return fork.stage
    }

    /// A sorted merge takes from one input as long as its keys are equal, and compares only when it
    /// sees the next element of all; how much the other inputs must hold meanwhile is for the data
    /// to say.
    private func sortedFailure(_ a: Way, _ b: Way, join: String) -> Failure {
        let fork = stages[edges[a.edge].from].name
        return Failure(
            .deadlock,
            "\(name): '\(join)' sorts, but its inputs descend from one stage, '\(fork)': while it "
                + "waits for one input the other's channel may fill up; join them in turns or in any "
                + "order")
    }

    private func checkPair(_ a: Way, _ b: Way, join: String) throws(Failure) {
        let stage = edges[a.edge].from
        let port = edges[a.edge].port
        let fork = stages[stage].name
        let cure = "; join them in any order, or without the ordered merge"
        if port != edges[b.edge].port {
            throw Failure(
                .deadlock,
                "\(name): '\(join)' takes from its inputs in order, but its inputs come from different "
                    + "ports of '\(fork)', one of which may stay empty while the other's channel "
                    + "fills up" + cure)
        }
        if case .key = stages[stage].distributions[port] {
            throw Failure(
                .deadlock,
                "\(name): '\(join)' takes from its inputs in order, but '\(fork)' divides by key: one "
                    + "input may stay empty while the other's channel fills up" + cure)
        }
        if let variable = a.variable {
            throw Failure(
                .deadlock,
                "\(name): between '\(fork)' and '\(join)', which takes from its inputs in order, "
                    + "'\(variable)' may drop, add or divide elements: one input may stay empty while "
                    + "the other's channel fills up" + cure)
        }
        if a.batch > b.room {
            throw Failure(
                .deadlock,
                "\(name): between '\(fork)' and '\(join)' a stage waits for batches of \(a.batch), but "
                    + "the other way holds only \(b.room) elements; give its channels more capacity"
            )
        }
    }
}
