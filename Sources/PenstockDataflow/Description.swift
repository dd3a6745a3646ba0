package import PenstockRuntime

/// A graph as described: stages and edges. Errors are sticky: the first stays, later calls do
/// nothing. Described by one thread at a time.
package final class Description: @unchecked Sendable {
    package let name: String
    package private(set) var stages: [StageSpec] = []
    package private(set) var edges: [EdgeSpec] = []
    package private(set) var failure: Failure?
    /// Grows with each change, so that a compiled plan knows when it is stale.
    package private(set) var revision = 0

    package init(name: String) { self.name = name }

    /// For a run: what is described later is no part of it.
    func frozen() -> Description {
        let copy = Description(name: name)
        copy.stages = stages
        copy.edges = edges
        copy.revision = revision
        return copy
    }

    /// A stage and one of its output ports.
    package struct Port: Sendable {
        package let stage: Int
        package let port: Int

        package init(stage: Int, port: Int) {
            self.stage = stage
            self.port = port
        }
    }

    package func fail(_ status: Status, _ text: String) {
        if failure == nil { failure = Failure(status, "\(name): \(text)") }
    }

    // MARK: - Stages

    /// Adds a stage that is fed by `inputs`, which must all carry `input`. nil after an error.
    package func add(
        _ kind: StageKind, name stageName: String, inputs: [Port], outputs: [ElementType],
        user: UnsafeMutableRawPointer?, keepAlive: AnyObject? = nil, label: String? = nil,
        builtIn: BuiltIn? = nil
    ) -> Int? {
        if failure != nil { return nil }
        if stageName.isEmpty {
            fail(.invalid, "a \(kind.word) has an empty name")
            return nil
        }
        if stages.contains(where: { $0.name == stageName }) {
            fail(.invalid, "two stages are named '\(stageName)'")
            return nil
        }
        for type in outputs {
            if let defect = type.defect {
                fail(.invalid, "stage '\(stageName)': \(defect)")
                return nil
            }
        }
        var input: ElementType?
        for port in inputs {
            guard let type = checkedType(of: port, for: stageName) else { return nil }
            if let first = input, !first.matches(type) {
                fail(
                    .typeMismatch,
                    "stage '\(stageName)': its inputs carry different types, \(first) and \(type)")
                return nil
            }
            input = type
        }
        revision += 1
        let index = stages.count
        stages.append(
            StageSpec(
                name: stageName, kind: kind, input: input, outputs: outputs, user: user,
                distributions: Array(repeating: .broadcast, count: outputs.count + 1),
                keepAlive: keepAlive, builtIn: builtIn, label: label))
        for (position, port) in inputs.enumerated() {
            edges.append(
                EdgeSpec(
                    from: port.stage, port: port.port, to: index, input: position, credit: nil))
        }
        return index
    }

    /// The type a port carries, or nil with the error set.
    package func checkedType(of port: Port, for user: String) -> ElementType? {
        guard stages.indices.contains(port.stage) else {
            fail(.badHandle, "stage '\(user)': its input is not a stage of this graph")
            return nil
        }
        let stage = stages[port.stage]
        if port.port < stage.outputs.count { return stage.outputs[port.port] }
        if port.port == stage.deadLetterPort, let type = stage.input { return type }
        fail(
            .port,
            "stage '\(user)': '\(stage.name)' has no output port \(port.port), it has "
                + "\(stage.outputs.count)")
        return nil
    }

    package func addFeedback(from: Port, to merge: Int, credit: UInt64) {
        if failure != nil { return }
        guard stages.indices.contains(merge), case .merge(.any) = stages[merge].kind else {
            let named = stages.indices.contains(merge) ? stages[merge].name : "?"
            fail(.cycle, "a feedback edge must end at a merge in any order, not at '\(named)'")
            return
        }
        guard credit >= 1, credit <= 1 << 30 else {
            fail(
                .cycle,
                "feedback into '\(stages[merge].name)': credit \(credit) is not in 1...2^30")
            return
        }
        guard let type = checkedType(of: from, for: stages[merge].name) else { return }
        guard type.matches(stages[merge].outputs[0]) else {
            fail(
                .typeMismatch,
                "feedback into '\(stages[merge].name)': '\(stages[from.stage].name)' gives \(type), "
                    + "the merge carries \(stages[merge].outputs[0])")
            return
        }
        revision += 1
        let position = edges.filter { $0.to == merge }.count
        edges.append(
            EdgeSpec(
                from: from.stage, port: from.port, to: merge, input: position, credit: Int(credit)))
    }

    // MARK: - Settings

    package func configure(_ stage: Int, _ options: StageOptions) {
        if failure != nil { return }
        guard let spec = checkedStage(stage) else { return }
        if let text = defect(of: options, for: spec) {
            fail(.invalid, "stage '\(spec.name)': \(text)")
            return
        }
        revision += 1
        stages[stage].options = options
    }

    package func rename(_ stage: Int, _ newName: String) {
        if failure != nil { return }
        guard let spec = checkedStage(stage), spec.name != newName else { return }
        if newName.isEmpty {
            fail(.invalid, "stage '\(spec.name)' is given an empty name")
        } else if stages.contains(where: { $0.name == newName }) {
            fail(.invalid, "two stages are named '\(newName)'")
        } else {
            revision += 1
            stages[stage].name = newName
        }
    }

    /// Of a feed or drain. Then no thread may sleep in its push or pull.
    package func setNotice(_ stage: Int, _ notice: HostNotice) {
        if failure != nil || checkedStage(stage) == nil { return }
        stages[stage].notice = notice
    }

    package func distribute(_ port: Port, _ how: Distribution) {
        if failure != nil || checkedType(of: port, for: "distribution") == nil { return }
        revision += 1
        stages[port.stage].distributions[port.port] = how
    }

    package func configureEdge(from: Port, to: Int, capacity: Int, neverFuse: Bool) {
        if failure != nil { return }
        guard let target = checkedStage(to), let source = checkedStage(from.stage) else { return }
        guard capacity >= 0, capacity <= 1 << 40 else {
            fail(.invalid, "edge '\(source.name)' to '\(target.name)': capacity \(capacity)")
            return
        }
        var found = false
        for i in edges.indices
        where edges[i].from == from.stage && edges[i].port == from.port && edges[i].to == to {
            edges[i].capacity = capacity
            edges[i].neverFuse = neverFuse
            found = true
        }
        if !found {
            fail(
                .port,
                "there is no edge from '\(source.name)' port \(from.port) to '\(target.name)'"
            )
        }
        revision += 1
    }

    private func checkedStage(_ stage: Int) -> StageSpec? {
        if stages.indices.contains(stage) { return stages[stage] }
        fail(.badHandle, "not a stage of this graph")
        return nil
    }

    /// Takes measured costs as hints. Not a change of what the program described.
    package func learn(costs: [Double]) {
        for (i, cost) in costs.enumerated() where cost > 0 {
            stages[i].options.costNanoseconds = cost
        }
        revision += 1
    }

    private func defect(of options: StageOptions, for stage: StageSpec) -> String? {
        if options.replicas < 1 || options.replicas > 256 {
            return "replicas \(options.replicas) is not in 1...256"
        }
        if options.replicas > 1 {
            switch stage.kind {
            case .map, .filter, .process, .sink: break
            default: return "a \(stage.word) cannot have replicas"
            }
        }
        if options.batch > 1 << 24 { return "batch \(options.batch) is more than 2^24" }
        if options.batch > 0 {
            switch stage.kind {
            case .source, .map, .filter, .process, .sink, .fold: break
            default: return "a \(stage.word) cannot have a batch"
            }
        }
        if options.maxOutputs < 1 || options.maxOutputs > 1 << 20 {
            return "max_outputs \(options.maxOutputs) is not in 1...2^20"
        }
        if options.capacity < 0 || options.capacity > 1 << 40 {
            return "capacity \(options.capacity) is out of range"
        }
        if options.capacity > 0 && options.batch > options.capacity {
            return "batch \(options.batch) does not fit its input's capacity \(options.capacity)"
        }
        if !(options.costNanoseconds >= 0 && options.costNanoseconds < 1e15) {
            return "cost_ns is not a time"
        }
        if options.retries < 0 || options.retries > 1 << 30 { return "retries is out of range" }
        if stage.kind.isStepless {
            if options.onFailure != .fail { return "a \(stage.word) has no failure policy" }
            if options.thread != .worker { return "a \(stage.word) has no thread of its own" }
            if options.setup != nil || options.teardown != nil {
                return "a \(stage.word) has no set-up or tear-down"
            }
        }
        if case .source = stage.kind, options.onFailure == .deadLetter {
            return "a source has no input elements for a dead-letter port"
        }
        if case .source = stage.kind, options.onFailure == .skip {
            return "a source cannot skip; it can retry or fail"
        }
        if let builtIn = stage.builtIn {
            if options.setup != nil || options.teardown != nil || options.finish != nil {
                return "a \(stage.word) has a set-up, tear-down and finish of its own"
            }
            if builtIn.isResumable && options.batch > 0 {
                return "a \(stage.word) takes one element at a time and cannot have a batch"
            }
        }
        if options.finish != nil {
            guard case .process = stage.kind else { return "only a process stage has finish" }
        }
        if options.onFailure == .deadLetter, options.replicas > 1, case .fold = stage.kind {
            return "a fold cannot have replicas"
        }
        if let near = options.near, !stages.indices.contains(near) {
            return "near is not a stage of this graph"
        }
        return nil
    }
}
