extension PlacementBuilder {
    /// A thread for each blocking task. They sleep mostly, so they get what workers leave:
    /// idle efficiency cores, idle cores, then siblings of busy cores, of the domain that the task
    /// talks to most if it has any of these.
    func blockingThreads(_ workers: [PlannedWorker], _ warnings: inout [String]) -> [PlannedThread]
    {
        var taken = ProcessorSet()
        if width == .core { for worker in workers { taken.formUnion(worker.binding) } }
        return request.tasks.indices.filter { request.tasks[$0].kind == .blocking }.map { task in
            let wish = request.tasks[task]
            if let name = wish.on {
                do throws(TopologyError) {
                    let set = try machine.processors(named: name).intersection(capacity.allowed)
                    if !set.isEmpty, width != .none {
                        return thread(task, set, "on \(name) as asked")
                    }
                    if set.isEmpty {
                        warnings.append(
                            "task '\(wish.name)': on '\(name)': not allowed, placed freely")
                    }
                } catch {
                    warnings.append("task '\(wish.name)': \(error), placed freely")
                }
            }
            guard width != .none else {
                return thread(task, ProcessorSet(), "own thread since it blocks; \(widthReason)")
            }
            return place(task, taken: taken)
        }
    }

    private func thread(_ task: Int, _ set: ProcessorSet, _ reason: String) -> PlannedThread {
        let domains = Set(machine.cores.filter { $0.processorSet.intersects(set) }.map(\.domain))
        return PlannedThread(
            task: task, binding: set, pinWidth: set.isEmpty ? .none : .group,
            domain: domains.count == 1 ? domains.first : nil, reason: reason)
    }

    private func place(_ task: Int, taken: ProcessorSet) -> PlannedThread {
        let home = homeDomain(of: task)
        let cores = capacity.cores.map { machine.cores[$0] }
        let isIdle = { (core: Machine.Core) in !core.processorSet.intersects(taken) }
        let role = { (core: Machine.Core) in machine.kinds[core.kind].role }
        let hasFast = cores.contains { role($0) == .performance }
        let atHome = { (core: Machine.Core) in home == nil || core.domain == home }
        // Efficiency cores attract from anywhere in the machine; the rest must be at home.
        let choices: [(String, [Machine.Core])] = [
            (
                "idle efficiency cores",
                cores.filter { hasFast && role($0) == .efficiency && isIdle($0) }
            ),
            ("idle cores beside the tasks it talks to", cores.filter { atHome($0) && isIdle($0) }),
            ("siblings beside the tasks it talks to", cores.filter(atHome)),
            ("idle cores", cores.filter(isIdle)),
            ("siblings of busy cores", cores),
        ]
        for (name, cores) in choices {
            var set = ProcessorSet()
            // One group of the first fitting core's domain, not the whole machine.
            guard let domain = cores.first?.domain else { continue }
            for core in cores where core.domain == domain { set.formUnion(core.processorSet) }
            set = set.intersection(capacity.allowed).subtracting(taken)
            if !set.isEmpty { return thread(task, set, "own thread since it blocks; on \(name)") }
        }
        return thread(
            task, ProcessorSet(), "own thread since it blocks; unbound: workers hold all cores")
    }

    /// The domain of the worker that a blocking task talks to most, or is to be near.
    private func homeDomain(of task: Int) -> Int? {
        if let near = request.tasks[task].near, taskCore.indices.contains(near),
            let core = taskCore[near]
        {
            return machine.cores[core].domain
        }
        var best: (traffic: Double, core: Int)?
        for edge in request.edges where edge.from == task || edge.to == task {
            let other = edge.from == task ? edge.to : edge.from
            guard taskCore.indices.contains(other), let core = taskCore[other] else { continue }
            let traffic = edge.traffic.isFinite ? edge.traffic : 0
            if traffic > best?.traffic ?? -1 { best = (traffic, core) }
        }
        return best.map { machine.cores[$0.core].domain }
    }
}
