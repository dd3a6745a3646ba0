extension PlanTables {
    mutating func resolveSlots(
        _ request: PlacementRequest, _ machine: Machine, _ capacity: Capacity
    ) {
        // Stable: hwloc order within a role.
        for role in [Machine.Role.performance, .efficiency, .lowPower] {
            slotCore += capacity.cores.filter { machine.kinds[machine.cores[$0].kind].role == role }
        }
        // Nothing allowed: one nominal slot, so that there is a worker; it will not be bound.
        if slotCore.isEmpty { slotCore = [0] }
        for core in slotCore.map({ machine.cores[$0] }) {
            slotDomain.append(core.domain)
            slotGroup.append(core.l2Group)
            slotSlowdown.append(PlacementCost.slowdown(machine.kinds[core.kind].role))
            let known = request.existingLoad.indices.contains(core.index)
            let existing = known ? request.existingLoad[core.index] : 0
            slotExisting.append(existing.isFinite && existing > 0 ? Swift.min(existing, 1e6) : 0)
            slotIsBusy.append(slotExisting[slotExisting.count - 1] > 0)
        }
        resolvePlaces()
        let budget = Swift.min(capacity.budget, slots)
        limit = Swift.max(Swift.min(budget, request.workerLimit ?? budget), 1)
        // Workers of other graphs count against the budget; their cores can be shared at no cost.
        let busy = slotIsBusy.count { $0 }
        freshLimit = busy == 0 ? limit : Swift.min(Swift.max(budget - busy, 0), limit)
    }

    private mutating func resolvePlaces() {
        var size = [Int](repeating: 0, count: groupCount)
        var isTouched = [Bool](repeating: false, count: groupCount)
        for slot in slotCore.indices {
            size[slotGroup[slot]] += 1
            if slotIsBusy[slot] { isTouched[slotGroup[slot]] = true }
        }
        var places: [[Int]: Int] = [:]
        for slot in slotCore.indices {
            let group = slotGroup[slot]
            let key = [slotDomain[slot], size[group], isTouched[group] ? group : -1]
            slotPlace.append(places[key] ?? places.count)
            places[key] = slotPlace[slot]
        }
        placeKinds = places.count
    }

    mutating func resolveTasks(_ request: PlacementRequest) {
        var groups: [Int: Int] = [:]
        for (index, request) in request.tasks.enumerated() where request.kind == .worker {
            task.append(index)
            names.append(request.name)
            exclusive.append(request.exclusive)
            if request.load.isFinite, request.load >= 0 {
                load.append(Swift.min(request.load, 1e6))
            } else {
                warnings.append(
                    "task '\(request.name)': load \(request.load) means nothing, taken as unknown")
                load.append(0)
            }
            if let group = request.replicaGroup {
                replica.append(groups[group] ?? groups.count)
                groups[group] = replica[replica.count - 1]
            } else {
                replica.append(-1)
            }
        }
        replicaGroups = groups.count
        let least = load.filter { $0 > 0 }.min() ?? PlacementCost.unknownLoad
        let unknown = Swift.min(least, PlacementCost.unknownLoad)
        for index in load.indices where load[index] == 0 { load[index] = unknown }
    }

    mutating func resolveEdges(_ request: PlacementRequest) {
        var dense = [Int](repeating: -1, count: request.tasks.count)
        for (index, task) in task.enumerated() { dense[task] = index }
        // Spreading is a choice against locality: traffic only breaks ties.
        let scale = (request.policy == .spread ? 0.01 : 1) / Double(sharers)
        var flows: [Flow] = []
        for (index, edge) in request.edges.enumerated() {
            guard dense.indices.contains(edge.from), dense.indices.contains(edge.to) else {
                warnings.append(
                    "edge \(index): no task \(edge.from) or no task \(edge.to), ignored")
                continue
            }
            // Host and blocking threads are placed afterwards, or not at all.
            let (from, to) = (dense[edge.from], dense[edge.to])
            guard from >= 0, to >= 0, from != to else { continue }
            let isKnown = edge.traffic.isFinite && edge.traffic > 0
            let traffic = isKnown ? Swift.min(edge.traffic, 1e12) : PlacementCost.unknownTraffic
            let weight = PlacementCost.weight(traffic: traffic) * scale
            flows.append(Flow(from: from, to: to, weight: weight, near: 0))
        }
        order = Self.order(count: count, flows)
        for (index, task) in task.enumerated() {
            guard let near = request.tasks[task].near else { continue }
            let name = request.tasks[task].name
            guard dense.indices.contains(near), near != task else {
                warnings.append(
                    "task '\(name)': near task \(near), which is no other task: ignored")
                continue
            }
            guard dense[near] >= 0 else {
                let kind = request.tasks[near].kind.rawValue
                warnings.append(
                    "task '\(name)': near '\(request.tasks[near].name)', a \(kind) task: ignored")
                continue
            }
            let weight = PlacementCost.weight(traffic: PlacementCost.unknownTraffic) * scale
            flows.append(
                Flow(
                    from: index, to: dense[near], weight: weight,
                    near: PlacementCost.nearPenalty))
        }
        link(flows)
    }

    private mutating func link(_ flows: [Flow]) {
        edgeStart = [Int](repeating: 0, count: count + 1)
        for flow in flows {
            edgeStart[flow.from + 1] += 1
            edgeStart[flow.to + 1] += 1
        }
        for index in 0..<count { edgeStart[index + 1] += edgeStart[index] }
        var next = edgeStart
        edgeTask = [Int](repeating: 0, count: flows.count * 2)
        edgeWeight = [Double](repeating: 0, count: flows.count * 2)
        edgeNear = edgeWeight
        for flow in flows {
            for (here, there) in [(flow.from, flow.to), (flow.to, flow.from)] {
                edgeTask[next[here]] = there
                edgeWeight[next[here]] = flow.weight
                edgeNear[next[here]] = flow.near
                next[here] += 1
            }
        }
    }

    /// A topological order that follows a chain to its end before it starts the next; tasks on
    /// cycles come in order of index when nothing else is left.
    private static func order(count: Int, _ flows: [Flow]) -> [Int] {
        var followers = [[Int]](repeating: [], count: count)
        var waiting = [Int](repeating: 0, count: count)
        for flow in flows {
            followers[flow.from].append(flow.to)
            waiting[flow.to] += 1
        }
        var isDone = [Bool](repeating: false, count: count)
        var ready = (0..<count).reversed().filter { waiting[$0] == 0 }
        var result: [Int] = []
        var unbroken = 0
        while result.count < count {
            if ready.isEmpty {
                while isDone[unbroken] { unbroken += 1 }
                ready.append(unbroken)
            }
            let next = ready.removeLast()
            guard !isDone[next] else { continue }
            isDone[next] = true
            result.append(next)
            for follower in followers[next].reversed() {
                waiting[follower] -= 1
                if waiting[follower] == 0 { ready.append(follower) }
            }
        }
        return result
    }

    private struct Flow {
        var from: Int
        var to: Int
        var weight: Double
        var near: Double
    }
}
