extension Placement {
    package static func plan(
        _ request: PlacementRequest, machine: Machine, capacity: Capacity
    ) -> Placement {
        let limit = Swift.max(1, Swift.min(capacity.budget, request.workerLimit ?? Int.max))
        let cores = capacity.cores.isEmpty ? [0] : Array(capacity.cores.prefix(limit))
        var members = [[Int]](repeating: [], count: cores.count)
        var taskWorker = [Int?](repeating: nil, count: request.tasks.count)
        for (index, task) in request.tasks.enumerated() where task.kind == .worker {
            members[index % cores.count].append(index)
        }
        var workers: [PlannedWorker] = []
        for (slot, tasks) in members.enumerated() where !tasks.isEmpty {
            let core = machine.cores[cores[slot]]
            let first = core.processorSet.intersection(capacity.allowed).first
            for task in tasks { taskWorker[task] = workers.count }
            workers.append(
                PlannedWorker(
                    index: workers.count, core: core.index,
                    binding: ProcessorSet(first.map { [$0] } ?? []), pinWidth: .core,
                    domain: core.domain, node: core.node, package: core.package, kind: core.kind,
                    load: 0, tasks: tasks, reason: "round robin"))
        }
        return Placement(
            workers: workers, taskWorker: taskWorker,
            blockingThreads: request.tasks.indices.filter { request.tasks[$0].kind == .blocking }
                .map {
                    PlannedThread(
                        task: $0, binding: ProcessorSet(), pinWidth: .none, domain: nil,
                        reason: "blocking")
                },
            taskReasons: request.tasks.map { _ in "" }, objective: 0,
            spin: !capacity.quotaLimited, warnings: [], steps: 0, request: request,
            machine: machine, capacity: capacity)
    }
}
