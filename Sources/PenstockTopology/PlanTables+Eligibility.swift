/// What a task may ask for and lose.
enum Wish {
    case exclusive
    case place
}

extension PlanTables {
    /// Decides which slots each task may use. Tasks that may use the same ones share a class.
    mutating func resolveEligibility(
        _ request: PlacementRequest, _ machine: Machine, _ capacity: Capacity
    ) {
        let roles = slotCore.map { machine.kinds[machine.cores[$0].kind].role }
        let chosen = slotsOf(request.policy, machine, roles)
        var named: [String: [Bool]] = [:]
        var classes: [ClassKey: Int] = [:]
        for index in 0..<count {
            let wish = request.tasks[task[index]]
            var on = wish.on
            if let name = on, named[name] == nil {
                named[name] = slots(on: name, machine, capacity)
            }
            if let name = on, let found = named[name], !found.contains(true) {
                on = nil
                warnings.append("task '\(wish.name)': \(refusal(of: name, machine))")
            }
            let isHeavy = load[index] >= PlacementCost.heavyLoad
            let key = ClassKey(on: on, isHeavy: isHeavy)
            if let known = classes[key] {
                taskClass.append(known)
                continue
            }
            let base = on.flatMap { named[$0] } ?? chosen
            taskClass.append(classAllows.count)
            classes[key] = classAllows.count
            addClass(suitable(base, roles, isHeavy: isHeavy), isNamed: on != nil)
        }
    }

    /// Gives up a wish that cannot be met together with the others.
    mutating func giveUp(_ wish: Wish, of index: Int) {
        let name = names[index]
        switch wish {
        case .exclusive:
            exclusive[index] = false
            warnings.append("task '\(name)': no core left to have to itself, shares one")
        case .place:
            taskClass[index] = classAllows.count
            addClass([Bool](repeating: true, count: slots), isNamed: false)
            warnings.append("task '\(name)': too few workers for its place, shares another's")
        }
    }

    private mutating func addClass(_ allows: [Bool], isNamed: Bool) {
        classAllows.append(allows)
        classSlots.append(allows.indices.filter { allows[$0] })
        classIsNamed.append(isNamed)
    }

    private struct ClassKey: Hashable {
        var on: String?
        var isHeavy: Bool
    }

    /// Heavy tasks keep to performance cores, light ones may use efficiency cores too, low-power
    /// cores serve only where there is nothing else.
    private func suitable(_ base: [Bool], _ roles: [Machine.Role], isHeavy: Bool) -> [Bool] {
        let wanted: [Set<Machine.Role>] =
            isHeavy
            ? [[.performance], [.efficiency], [.lowPower]]
            : [[.performance, .efficiency], [.lowPower]]
        for set in wanted {
            let fit = base.indices.map { base[$0] && set.contains(roles[$0]) }
            if fit.contains(true) { return fit }
        }
        return base
    }

    private func slots(on name: String, _ machine: Machine, _ capacity: Capacity) -> [Bool] {
        guard let set = try? machine.processors(named: name).intersection(capacity.allowed) else {
            return [Bool](repeating: false, count: slots)
        }
        return slotCore.map { machine.cores[$0].processorSet.intersects(set) }
    }

    private func refusal(of name: String, _ machine: Machine) -> String {
        do throws(TopologyError) {
            let set = try machine.processors(named: name)
            return "on '\(name)' (processors \(set)): none of them is allowed, placed freely"
        } catch {
            return "\(error), placed freely"
        }
    }

    /// The slots that a policy leaves to tasks without a place of their own.
    private func slotsOf(
        _ policy: PlacementRequest.Policy, _ machine: Machine, _ roles: [Machine.Role]
    ) -> [Bool] {
        guard policy == .close || policy == .spread, count > 0 else {
            return [Bool](repeating: true, count: slots)
        }
        let ordered = policy == .close ? slotsTogether() : slotsApart(machine)
        // Stable, so that within a role the policy's order stays.
        let ranked =
            ordered.filter { roles[$0] == .performance }
            + ordered.filter { roles[$0] == .efficiency }
            + ordered.filter { roles[$0] == .lowPower }
        var result = [Bool](repeating: false, count: slots)
        for slot in ranked.prefix(Swift.min(limit, count)) { result[slot] = true }
        return result
    }

    /// Slots by distance from the domain that other graphs use least; among equals the smallest
    /// that holds all tasks, then the largest.
    func slotsTogether() -> [Int] {
        let domains = domainSummaries()
        let needed = Swift.min(limit, count)
        let start = domains.min { one, two in
            if one.existing != two.existing { return one.existing < two.existing }
            let (fits, others) = (one.slots.count >= needed, two.slots.count >= needed)
            if fits != others { return fits }
            if one.slots.count != two.slots.count {
                return (one.slots.count < two.slots.count) == fits
            }
            return one.domain < two.domain
        }
        return start.map { slots(from: $0.domain, domains) } ?? []
    }

    /// All slots, nearest domain first, those at one distance in order.
    func slots(from start: Int, _ domains: [DomainSummary]) -> [Int] {
        let row = start * domainCount
        return domains.sorted { one, two in
            let (near, far) = (
                one.domain == start ? 0 : domainDistance[row + one.domain],
                two.domain == start ? 0 : domainDistance[row + two.domain]
            )
            return near != far ? near < far : one.domain < two.domain
        }.flatMap(\.slots)
    }

    /// One slot of each domain in turn, the domains alternating between packages and nodes.
    private func slotsApart(_ machine: Machine) -> [Int] {
        var turn: [Int: Int] = [:]
        let domains = domainSummaries().map { summary in
            let package = machine.domains[summary.domain].package
            defer { turn[package, default: 0] += 1 }
            return (turn[package, default: 0], package, summary)
        }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        let deepest = domains.map(\.2.slots.count).max() ?? 0
        return (0..<deepest).flatMap { depth in
            domains.compactMap { depth < $0.2.slots.count ? $0.2.slots[depth] : nil }
        }
    }

    struct DomainSummary {
        var domain: Int
        var slots: [Int]
        var existing: Double
    }

    func domainSummaries() -> [DomainSummary] {
        var place: [Int: Int] = [:]
        var result: [DomainSummary] = []
        for slot in 0..<slots {
            let domain = slotDomain[slot]
            let index = place[domain] ?? result.count
            if index == result.count {
                place[domain] = index
                result.append(DomainSummary(domain: domain, slots: [], existing: 0))
            }
            result[index].slots.append(slot)
            result[index].existing += slotExisting[slot]
        }
        return result
    }
}
