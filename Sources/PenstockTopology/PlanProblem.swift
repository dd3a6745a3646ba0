/// A request resolved against machine and capacity: dense indexes, sane numbers, and what each task
/// may use. Slots are the allowed cores, performance cores first, in hwloc order.
///
/// A class, since the search reads these tables all the time and must not copy them: a `Planner`
/// owns it, and only `giveUp` changes it after it is made.
final class PlanProblem {
    /// Row by row, domain to domain; the diagonal is the distance of two cores inside.
    let domainDistance: [Double]
    let domainCount: Int

    // Slots.
    var slotCore: [Int] = []
    var slotDomain: [Int] = []
    var slotGroup: [Int] = []
    var slotSlowdown: [Double] = []
    /// What other graphs of the engine do there.
    var slotExisting: [Double] = []
    var slotIsBusy: [Bool] = []
    let groupCount: Int

    // Tasks that workers run.
    var task: [Int] = []
    var names: [String] = []
    var load: [Double] = []
    var exclusive: [Bool] = []
    /// Replica group, numbered from 0; -1 for none.
    var replica: [Int] = []
    var replicaGroups = 0
    /// Eligibility class of each task, and for each class which slots it may use.
    var taskClass: [Int] = []
    var classAllows: [[Bool]] = []
    /// Whether a class comes from `on`, whose slots are not interchangeable with others.
    var classIsNamed: [Bool] = []

    // Edges, both ways, those of one task in a row.
    var edgeStart: [Int] = []
    var edgeTask: [Int] = []
    var edgeWeight: [Double] = []
    var edgeNear: [Double] = []
    /// Tasks in topological order as far as there is one, chains in a row.
    var order: [Int] = []

    /// How many slots may be used, and how many of those that no other graph uses.
    var limit = 1
    var freshLimit = 1
    var warnings: [String] = []

    var count: Int { task.count }
    var slots: Int { slotCore.count }

    init(_ request: PlacementRequest, machine: Machine, capacity: Capacity) {
        domainDistance = PlacementCost.distances(machine)
        domainCount = machine.domains.count
        groupCount = machine.l2Groups.count
        resolveSlots(request, machine, capacity)
        resolveTasks(request)
        resolveEdges(request)
        resolveEligibility(request, machine, capacity)
    }

    func distance(_ one: Int, _ two: Int) -> Double {
        if one == two { return PlacementCost.sameWorker }
        let here = slotDomain[one]
        let there = slotDomain[two]
        if here == there, slotGroup[one] == slotGroup[two] { return PlacementCost.sharedL2 }
        return domainDistance[here * domainCount + there]
    }

    /// The objective of a complete assignment of tasks to slots: the most loaded slot in use, plus
    /// traffic × distance, plus penalties. Slow and plain; the search keeps the same sum up to date.
    func objective(_ assignment: [Int]) -> Double {
        var loads = slotExisting
        var isUsed = [Bool](repeating: false, count: slots)
        var traffic = 0.0
        for index in 0..<count {
            let slot = assignment[index]
            loads[slot] += load[index] * slotSlowdown[slot]
            isUsed[slot] = true
            for edge in edgeStart[index]..<edgeStart[index + 1] where edgeTask[edge] > index {
                let other = assignment[edgeTask[edge]]
                traffic += edgeWeight[edge] * distance(slot, other)
                if slotDomain[slot] != slotDomain[other] { traffic += edgeNear[edge] }
            }
            guard replica[index] >= 0 else { continue }
            for other in 0..<index
            where replica[other] == replica[index] && assignment[other] == slot {
                traffic += PlacementCost.replicaPenalty
            }
        }
        var top = 0.0
        for slot in 0..<slots where isUsed[slot] { top = Swift.max(top, loads[slot]) }
        return top + traffic
    }

    /// Whether an assignment keeps every rule that is still in force.
    func isFeasible(_ assignment: [Int]) -> Bool {
        var members = [Int](repeating: 0, count: slots)
        for index in 0..<count {
            guard classAllows[taskClass[index]][assignment[index]] else { return false }
            members[assignment[index]] += 1
        }
        for index in 0..<count where exclusive[index] {
            let slot = assignment[index]
            if members[slot] > 1 || slotIsBusy[slot] { return false }
        }
        let used = (0..<slots).filter { members[$0] > 0 }
        return used.count <= limit && used.count { !slotIsBusy[$0] } <= freshLimit
    }
}
