/// The tables as the search reads them. A class, so that nobody copies them, and immutable, so that
/// no access has to be checked for exclusivity: together that is most of the planner's time.
final class PlanProblem {
    let tables: PlanTables

    init(_ tables: PlanTables) {
        self.tables = tables
    }

    var count: Int { tables.task.count }
    var slots: Int { tables.slotCore.count }

    func distance(_ one: Int, _ two: Int) -> Double {
        if one == two { return PlacementCost.sameWorker }
        let here = tables.slotDomain[one]
        let there = tables.slotDomain[two]
        if here == there, tables.slotGroup[one] == tables.slotGroup[two] {
            return PlacementCost.sharedL2
        }
        return tables.domainDistance[here * tables.domainCount + there]
    }

    /// The objective of a complete assignment of tasks to slots: the most loaded slot in use, plus
    /// traffic × distance (for an average worker), plus penalties. Slow and plain; the search keeps
    /// the same sum up to date.
    func objective(_ assignment: [Int]) -> Double {
        var loads = tables.slotExisting
        var isUsed = [Bool](repeating: false, count: slots)
        var traffic = 0.0
        for index in 0..<count {
            let slot = assignment[index]
            loads[slot] += tables.load[index] * tables.slotSlowdown[slot]
            isUsed[slot] = true
            for edge in tables.edgeStart[index]..<tables.edgeStart[index + 1]
            where tables.edgeTask[edge] > index {
                let other = assignment[tables.edgeTask[edge]]
                traffic += tables.edgeWeight[edge] * distance(slot, other)
                if tables.slotDomain[slot] != tables.slotDomain[other] {
                    traffic += tables.edgeNear[edge]
                }
            }
            guard tables.replica[index] >= 0 else { continue }
            for other in 0..<index
            where tables.replica[other] == tables.replica[index] && assignment[other] == slot {
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
            guard tables.classAllows[tables.taskClass[index]][assignment[index]] else {
                return false
            }
            members[assignment[index]] += 1
        }
        for index in 0..<count where tables.exclusive[index] {
            let slot = assignment[index]
            if members[slot] > 1 || tables.slotIsBusy[slot] { return false }
        }
        let used = (0..<slots).filter { members[$0] > 0 }
        return used.count <= tables.limit
            && used.count { !tables.slotIsBusy[$0] } <= tables.freshLimit
    }
}
