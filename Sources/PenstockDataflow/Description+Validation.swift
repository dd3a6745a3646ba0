package import PenstockRuntime

extension Description {
    /// Checks the whole description. Pure: starts nothing and can be asked again.
    package func validate() throws(Failure) {
        if let failure { throw failure }
        if stages.isEmpty { throw Failure(.invalid, "\(name): the graph has no stages") }
        try checkPorts()
        try checkLoops()
        try checkOrderedJoins()
    }

    /// Consumers of a port, in the order they were connected.
    func consumers(of stage: Int, port: Int) -> [Int] {
        edges.indices.filter { edges[$0].from == stage && edges[$0].port == port }
    }

    private func checkPorts() throws(Failure) {
        for (index, stage) in stages.enumerated() {
            for port in 0..<stage.outputs.count {
                let consumers = consumers(of: index, port: port)
                if consumers.isEmpty {
                    throw Failure(
                        .port,
                        "\(name): stage '\(stage.name)': output port \(port) is not connected")
                }
                try checkCopies(stage, port, consumers.count)
            }
            let dead = consumers(of: index, port: stage.deadLetterPort)
            if stage.options.onFailure == .deadLetter && dead.isEmpty {
                throw Failure(
                    .port, "\(name): stage '\(stage.name)': its dead-letter port is not connected")
            }
            if stage.options.onFailure != .deadLetter && !dead.isEmpty {
                throw Failure(
                    .port,
                    "\(name): stage '\(stage.name)': its dead-letter port is connected, but its "
                        + "failure policy is not dead letter")
            }
            try checkCopies(stage, stage.deadLetterPort, dead.count)
        }
    }

    private func checkCopies(_ stage: StageSpec, _ port: Int, _ consumers: Int) throws(Failure) {
        guard consumers > 1, case .broadcast = stage.distributions[port] else { return }
        let type = stage.type(ofPort: port)
        if type.destroy != nil && type.copy == nil {
            throw Failure(
                .typeMismatch,
                "\(name): stage '\(stage.name)': port \(port) is broadcast to \(consumers) stages, "
                    + "but element type '\(type.name)' has destroy and no copy")
        }
    }

    // MARK: - Loops

    /// The stages inside the cycle that the feedback edges into `merge` close.
    func loopMembers(merge: Int) -> Set<Int> {
        let down = closure(from: [merge]) { edge in (edge.from, edge.to) }
        let ends = edges.filter { $0.to == merge && $0.credit != nil }.map(\.from)
        let up = closure(from: ends) { edge in (edge.to, edge.from) }
        return down.intersection(up)
    }

    private func closure(from start: [Int], _ step: (EdgeSpec) -> (Int, Int)) -> Set<Int> {
        var found = Set(start)
        var open = start
        while let next = open.popLast() {
            for edge in edges {
                let (a, b) = step(edge)
                if a == next && found.insert(b).inserted { open.append(b) }
            }
        }
        return found
    }

    private func checkLoops() throws(Failure) {
        var owner: [Int: Int] = [:]
        let merges = Set(edges.filter { $0.credit != nil }.map(\.to)).sorted()
        for merge in merges {
            let named = stages[merge].name
            let members = loopMembers(merge: merge)
            for edge in edges where edge.to == merge && edge.credit != nil {
                if !members.contains(edge.from) {
                    throw Failure(
                        .cycle,
                        "\(name): feedback from '\(stages[edge.from].name)' into '\(named)' closes "
                            + "no cycle: '\(named)' does not lead there")
                }
            }
            let credit = loopCredit(merge: merge)
            for member in members.sorted() {
                let stage = stages[member]
                if let other = owner.updateValue(merge, forKey: member) {
                    throw Failure(
                        .cycle,
                        "\(name): stage '\(stage.name)' is in two cycles, closed at "
                            + "'\(stages[other].name)' and at '\(named)'")
                }
                try checkMember(stage, member, merge: named, members: members, credit: credit)
            }
            try checkBatches(members: members, merge: named)
            if !edges.contains(where: { $0.to == merge && $0.credit == nil }) {
                throw Failure(.cycle, "\(name): nothing enters the cycle at '\(named)'")
            }
        }
    }

    /// The smallest credit of the feedback edges into `merge`.
    func loopCredit(merge: Int) -> Int {
        edges.compactMap { $0.to == merge ? $0.credit : nil }.min() ?? 0
    }

    /// Fed by a map with the same batch alone, which hands on exactly the batches it was given.
    private func isGivenWholeBatches(_ stage: Int) -> Bool {
        let inputs = edges.filter { $0.to == stage }
        guard inputs.count == 1 else { return false }
        let from = stages[inputs[0].from]
        guard consumers(of: inputs[0].from, port: inputs[0].port).count == 1 else { return false }
        return from.handsOnBatches(to: stages[stage])
    }

    /// Of all that is inside a cycle each batching stage keeps a part until more comes; two of them
    /// could wait for each other's part.
    private func checkBatches(members: Set<Int>, merge: String) throws(Failure) {
        var first: String?
        for member in members.sorted() {
            let stage = stages[member]
            let options = stage.options
            if options.batch <= 1 || options.lingerNanoseconds > 0 { continue }
            if isGivenWholeBatches(member) { continue }
            let keepApart = options.replicas > 1 && (!options.ordered || options.key != nil)
            if let first {
                throw Failure(
                    .deadlock,
                    "\(name): '\(first)' and '\(stage.name)' both wait for whole batches inside the "
                        + "cycle of '\(merge)' and might do so for ever; give one of them linger")
            }
            if keepApart {
                throw Failure(
                    .deadlock,
                    "\(name): the replicas of '\(stage.name)' each wait for whole batches inside the "
                        + "cycle of '\(merge)' and might do so for ever; give it linger")
            }
            first = stage.name
        }
    }

    private func checkMember(
        _ stage: StageSpec, _ index: Int, merge: String, members: Set<Int>, credit: Int
    ) throws(Failure) {
        if stage.options.batch > credit {
            throw Failure(
                .deadlock,
                "\(name): stage '\(stage.name)' waits for batches of \(stage.options.batch), but only "
                    + "\(credit) elements may be inside the cycle of '\(merge)'")
        }
        for port in 0...stage.deadLetterPort {
            let inside = edges.filter {
                $0.from == index && $0.port == port && members.contains($0.to)
            }
            if inside.count > 1, case .broadcast = stage.distributions[port] {
                throw Failure(
                    .cycle,
                    "\(name): stage '\(stage.name)' copies its elements inside the cycle of "
                        + "'\(merge)', which would grow without bound")
            }
            for edge in inside {
                let asked = edge.capacity > 0 ? edge.capacity : stages[edge.to].options.capacity
                if asked > 0 && asked < credit {
                    throw Failure(
                        .deadlock,
                        "\(name): the channel from '\(stage.name)' to '\(stages[edge.to].name)' holds "
                            + "\(asked) elements, fewer than the \(credit) that may be inside the "
                            + "cycle of '\(merge)'")
                }
            }
        }
    }
}
