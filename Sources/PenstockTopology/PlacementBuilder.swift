/// Turns an assignment of tasks to slots into workers, bindings and blocking threads.
struct PlacementBuilder {
    let request: PlacementRequest
    let machine: Machine
    let capacity: Capacity
    let problem: PlanProblem
    /// The slot of each task that a worker runs.
    let assignment: [Int]
    /// The core of each task of the request; nil without a worker.
    let taskCore: [Int?]
    /// Cores with a worker, ascending, and the tasks of each.
    let workerCores: [Int]
    let members: [[Int]]
    let width: PinWidth
    let widthReason: String

    init(
        _ request: PlacementRequest, _ machine: Machine, _ capacity: Capacity,
        _ problem: PlanProblem, _ assignment: [Int]
    ) {
        self.request = request
        self.machine = machine
        self.capacity = capacity
        self.problem = problem
        self.assignment = assignment
        var taskCore = [Int?](repeating: nil, count: request.tasks.count)
        var tasks = [[Int]](repeating: [], count: machine.cores.count)
        for (index, slot) in assignment.enumerated() {
            let core = problem.tables.slotCore[slot]
            taskCore[problem.tables.task[index]] = core
            tasks[core].append(problem.tables.task[index])
        }
        let used = tasks.indices.filter { !tasks[$0].isEmpty }
        self.taskCore = taskCore
        workerCores = used
        members = used.map { tasks[$0] }
        (width, widthReason) = Self.pin(request, capacity, workers: used.count)
    }

    func build(steps: Int) -> Placement {
        let workers = workerCores.indices.map(worker)
        var taskWorker = [Int?](repeating: nil, count: request.tasks.count)
        for worker in workers {
            for task in worker.tasks { taskWorker[task] = worker.index }
        }
        var warnings = problem.tables.warnings
        if capacity.allowed.isEmpty {
            warnings.append(
                "no processor is allowed by topology, affinity and mask together: unbound")
        }
        warnings += unmetNears()
        let threads = blockingThreads(workers, &warnings)
        return Placement(
            workers: workers, taskWorker: taskWorker, blockingThreads: threads,
            taskReasons: request.tasks.indices.map { taskReason($0, taskWorker, threads) },
            objective: assignment.isEmpty ? 0 : problem.objective(assignment), spin: maySpin,
            warnings: warnings, steps: steps, request: request, machine: machine,
            capacity: capacity)
    }

    private static func pin(
        _ request: PlacementRequest, _ capacity: Capacity, workers: Int
    ) -> (PinWidth, String) {
        if capacity.allowed.isEmpty { return (.none, "unbound: nothing is allowed") }
        if request.policy == .none { return (.none, "unbound: policy none") }
        switch request.pin {
        case .core: return (.core, "bound to the core as asked")
        case .group: return (.group, "bound to the cache group as asked")
        case .numa: return (.numa, "bound to the NUMA node as asked")
        case .none: return (.none, "unbound as asked")
        case .auto: break
        }
        if let quota = capacity.quota, capacity.quotaLimited {
            let text = "quota \(fixed(quota, 1)) of \(counted(capacity.cores.count, "core"))"
            if Double(workers) > quota { return (.none, "unbound: \(text)") }
            return (.group, "bound to the cache group: \(text)")
        }
        return (.core, "bound to the core")
    }

    private var maySpin: Bool {
        !capacity.quotaLimited && !capacity.allowed.isEmpty && workerCores.count <= capacity.budget
    }

    private func worker(_ index: Int) -> PlannedWorker {
        let core = machine.cores[workerCores[index]]
        var load = 0.0
        for (place, slot) in assignment.enumerated()
        where problem.tables.slotCore[slot] == core.index {
            load += problem.tables.load[place] * problem.tables.slotSlowdown[slot]
        }
        return PlannedWorker(
            index: index, core: core.index, binding: binding(of: core), pinWidth: width,
            domain: core.domain, node: core.node, package: core.package, kind: core.kind,
            load: load, tasks: members[index], reason: workerReason(index, load: load))
    }

    private func binding(of core: Machine.Core) -> ProcessorSet {
        switch width {
        case .core: return usable(core)
        case .group: return usable(machine.domains[core.domain].cores)
        case .numa:
            return usable(machine.cores.filter { $0.node == core.node }.map(\.index))
        case .none: return ProcessorSet()
        }
    }

    /// The processors of a core that a binding may hold: the first allowed one in hwloc order, or
    /// its allowed siblings too.
    private func usable(_ core: Machine.Core) -> ProcessorSet {
        if request.smt == .allow { return core.processorSet.intersection(capacity.allowed) }
        return ProcessorSet(
            core.processors.first { capacity.allowed.contains($0) }.map { [$0] } ?? [])
    }

    private func usable(_ cores: [Int]) -> ProcessorSet {
        var set = ProcessorSet()
        for core in cores { set.formUnion(usable(machine.cores[core])) }
        return set
    }

    private func unmetNears() -> [String] {
        request.tasks.indices.compactMap { task in
            guard let near = request.tasks[task].near, near != task, let here = taskCore[task],
                taskCore.indices.contains(near), let there = taskCore[near],
                machine.cores[here].domain != machine.cores[there].domain
            else { return nil }
            return "task '\(request.tasks[task].name)': not near "
                + "'\(request.tasks[near].name)', their domains differ"
        }
    }
}
