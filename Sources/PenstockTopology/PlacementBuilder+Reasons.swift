extension PlacementBuilder {
    func workerReason(_ index: Int, load: Double) -> String {
        let core = machine.cores[workerCores[index]]
        var parts = ["load \(fixed(load, 2))"]
        let existing =
            request.existingLoad.indices.contains(core.index)
            ? request.existingLoad[core.index] : 0
        if existing.isFinite, existing > 0 {
            parts.append("beside \(fixed(existing, 2)) of other graphs")
        }
        if let partner = partnerText(index) { parts.append(partner) }
        let role = machine.kinds[core.kind].role
        if role == .efficiency { parts.append("efficiency core: light tasks only") }
        if role == .lowPower { parts.append("low-power core: nothing else is allowed") }
        parts.append(widthReason)
        return parts.joined(separator: "; ")
    }

    /// Where the worker sits that this one exchanges most with.
    private func partnerText(_ index: Int) -> String? {
        let mine = Set(members[index])
        var traffic = [Double](repeating: 0, count: workerCores.count)
        var workerOf = [Int](repeating: -1, count: request.tasks.count)
        for (worker, tasks) in members.enumerated() {
            for task in tasks { workerOf[task] = worker }
        }
        for edge in request.edges
        where workerOf.indices.contains(edge.from) && workerOf.indices.contains(edge.to) {
            guard mine.contains(edge.from) != mine.contains(edge.to) else { continue }
            let other = workerOf[mine.contains(edge.from) ? edge.to : edge.from]
            let known = edge.traffic.isFinite && edge.traffic > 0
            if other >= 0 { traffic[other] += known ? edge.traffic : PlacementCost.unknownTraffic }
        }
        guard let most = traffic.indices.max(by: { traffic[$0] < traffic[$1] }), traffic[most] > 0
        else { return nil }
        return "talks to worker \(most) \(relation(workerCores[index], workerCores[most]))"
    }

    private func relation(_ one: Int, _ two: Int) -> String {
        let (here, there) = (machine.cores[one], machine.cores[two])
        let domain = machine.domains[here.domain]
        if here.l2Group == there.l2Group { return "through a shared L2" }
        if here.domain == there.domain {
            return domain.cacheBytes > 0 ? "through a shared \(domain.level)" : "on its node"
        }
        if here.lastCache == there.lastCache { return "through a shared last cache" }
        if here.package != there.package { return "in another package" }
        return here.node != there.node ? "on another node" : "behind another cache"
    }

    func taskReason(_ task: Int, _ taskWorker: [Int?], _ threads: [PlannedThread]) -> String {
        let wish = request.tasks[task]
        switch wish.kind {
        case .host: return "on the host's own thread"
        case .blocking: return threads.first { $0.task == task }?.reason ?? ""
        case .worker: break
        }
        guard let worker = taskWorker[task], let place = problem.tables.task.firstIndex(of: task)
        else {
            return ""
        }
        let company = members[worker].count - 1
        var parts: [String] = []
        if let name = wish.on, problem.tables.classIsNamed[problem.tables.taskClass[place]] {
            parts.append("on \(name) as asked")
        }
        if let near = wish.near, near != task, taskCore.indices.contains(near),
            let here = taskCore[task], let there = taskCore[near],
            machine.cores[here].domain == machine.cores[there].domain
        {
            parts.append("near '\(request.tasks[near].name)' as asked")
        }
        if problem.tables.exclusive[place] { parts.append("exclusive as asked") }
        if let partner = nearestPartner(task, worker, taskWorker) {
            parts.append("with '\(partner)', which it talks to")
        } else if company > 0 {
            parts.append("shares the worker with \(counted(company, "task")) to balance load")
        } else if !problem.tables.exclusive[place] {
            parts.append("a worker of its own")
        }
        return parts.joined(separator: "; ")
    }

    /// The task on the same worker that exchanges most with this one.
    private func nearestPartner(_ task: Int, _ worker: Int, _ taskWorker: [Int?]) -> String? {
        var best: (traffic: Double, task: Int)?
        for edge in request.edges where edge.from == task || edge.to == task {
            let other = edge.from == task ? edge.to : edge.from
            guard other != task, taskWorker.indices.contains(other), taskWorker[other] == worker
            else { continue }
            let traffic = edge.traffic.isFinite ? edge.traffic : 0
            if traffic > best?.traffic ?? -1 { best = (traffic, other) }
        }
        return best.map { request.tasks[$0.task].name }
    }
}
