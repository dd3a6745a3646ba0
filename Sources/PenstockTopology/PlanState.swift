/// An assignment of tasks to slots with everything the search needs to judge a change in a few
/// steps: loads, head counts, the top of the load list, and the traffic sum.
struct PlanState {
    let problem: PlanProblem
    /// The slot of each task; -1 while it has none.
    private(set) var slot: [Int]
    private(set) var load: [Double]
    private(set) var members: [Int]
    /// Slots in use, in no order.
    private(set) var used: [Int] = []
    private var exclusives: [Int]
    private var replicas: [Int]
    private var fresh = 0
    private var groupMembers: [Int]
    /// The most loaded slots in use, at most three: enough to know the top after any two change.
    private var top: [Int] = []
    /// Traffic × distance and what else is added to the top load.
    private(set) var penalty = 0.0
    /// Sum of squared loads: pulls towards balance where the objective is flat.
    private var squares = 0.0
    private let smoothing: Double
    /// Tasks and edges looked at so far: the measure of the planner's work.
    private(set) var steps = 0
    /// Where the search must end.
    var lastStep = Int.max

    init(_ problem: PlanProblem) {
        self.problem = problem
        slot = [Int](repeating: -1, count: problem.count)
        load = problem.tables.slotExisting
        members = [Int](repeating: 0, count: problem.slots)
        exclusives = members
        replicas = [Int](repeating: 0, count: problem.slots * problem.tables.replicaGroups)
        groupMembers = [Int](repeating: 0, count: problem.tables.groupCount)
        var total = 0.0
        for load in problem.tables.load { total += load }
        smoothing = total > 0 ? 0.01 / total : 0
    }

    /// The objective, and a little more for imbalance that the objective does not see.
    var value: Double { (top.first.map { load[$0] } ?? 0) + penalty + smoothing * squares }

    /// The objective of the tasks placed so far; placing more never lowers it.
    var objective: Double { highest + penalty }

    /// The load of the most loaded slot in use.
    var highest: Double { top.isEmpty ? 0 : load[top[0]] }

    var mayGoOn: Bool { steps < lastStep }

    mutating func count(steps more: Int) { steps += more }

    private mutating func countLook(at task: Int) {
        steps += 1 + problem.tables.edgeStart[task + 1] - problem.tables.edgeStart[task]
    }

    func allows(_ task: Int, _ to: Int) -> Bool {
        guard problem.tables.classAllows[problem.tables.taskClass[task]][to], exclusives[to] == 0
        else {
            return false
        }
        if problem.tables.exclusive[task], members[to] > 0 || problem.tables.slotIsBusy[to] {
            return false
        }
        guard members[to] == 0 else { return true }
        // The task may free the slot it leaves.
        let from = slot[task]
        let frees = from >= 0 && members[from] == 1
        guard used.count - (frees ? 1 : 0) < problem.tables.limit else { return false }
        if problem.tables.slotIsBusy[to] { return true }
        return fresh - (frees && !problem.tables.slotIsBusy[from] ? 1 : 0)
            < problem.tables.freshLimit
    }

    /// How `value` changes when a task moves; tasks without a slot yet count for nothing.
    mutating func change(moving task: Int, to: Int) -> Double {
        countLook(at: task)
        let from = slot[task]
        let arriving = load[to] + problem.tables.load[task] * problem.tables.slotSlowdown[to]
        var square = arriving * arriving - (members[to] > 0 ? load[to] * load[to] : 0)
        var newTop = Swift.max(topLoad(except: from, to), arriving)
        if from >= 0 {
            square -= load[from] * load[from]
            if members[from] > 1 {
                let left =
                    load[from] - problem.tables.load[task] * problem.tables.slotSlowdown[from]
                square += left * left
                newTop = Swift.max(newTop, left)
            }
        }
        let oldTop = top.isEmpty ? 0 : load[top[0]]
        return newTop - oldTop + traffic(of: task, at: to) - traffic(of: task, at: from)
            + smoothing * square
    }

    func allowsSwap(_ one: Int, _ two: Int) -> Bool {
        let (here, there) = (slot[one], slot[two])
        guard here != there, problem.tables.classAllows[problem.tables.taskClass[one]][there],
            problem.tables.classAllows[problem.tables.taskClass[two]][here]
        else { return false }
        if problem.tables.exclusive[one], members[there] > 1 || problem.tables.slotIsBusy[there] {
            return false
        }
        if problem.tables.exclusive[two], members[here] > 1 || problem.tables.slotIsBusy[here] {
            return false
        }
        return true
    }

    mutating func change(swapping one: Int, _ two: Int) -> Double {
        countLook(at: one)
        countLook(at: two)
        let (here, there) = (slot[one], slot[two])
        let slow = (problem.tables.slotSlowdown[here], problem.tables.slotSlowdown[there])
        let (a, b) = (problem.tables.load[one], problem.tables.load[two])
        let newHere = load[here] + (b - a) * slow.0
        let newThere = load[there] + (a - b) * slow.1
        let newTop = Swift.max(topLoad(except: here, there), newHere, newThere)
        let square =
            newHere * newHere + newThere * newThere
            - load[here] * load[here] - load[there] * load[there]
        var traffic = traffic(of: one, at: there) - traffic(of: one, at: here)
        traffic += self.traffic(of: two, at: here) - self.traffic(of: two, at: there)
        // Each side was judged as if the other stayed: what they share has not changed length, and
        // replicas of one group only change places.
        for edge in problem.tables.edgeStart[one]..<problem.tables.edgeStart[one + 1]
        where problem.tables.edgeTask[edge] == two {
            let apart = problem.tables.slotDomain[here] != problem.tables.slotDomain[there]
            traffic +=
                2 * problem.tables.edgeWeight[edge]
                * (problem.distance(here, there) - PlacementCost.sameWorker)
                + (apart ? 2 * problem.tables.edgeNear[edge] : 0)
        }
        if problem.tables.replica[one] >= 0,
            problem.tables.replica[one] == problem.tables.replica[two]
        {
            traffic -= 2 * PlacementCost.replicaPenalty
        }
        return newTop - load[top[0]] + traffic + smoothing * square
    }

    mutating func move(_ task: Int, to: Int) {
        let from = slot[task]
        penalty += traffic(of: task, at: to) - traffic(of: task, at: from)
        if from >= 0 { leave(task, from) }
        enter(task, to)
        refreshTop()
    }

    mutating func swap(_ one: Int, _ two: Int) {
        let (here, there) = (slot[one], slot[two])
        move(one, to: there)
        move(two, to: here)
    }

    private mutating func leave(_ task: Int, _ from: Int) {
        squares -= load[from] * load[from]
        load[from] -= problem.tables.load[task] * problem.tables.slotSlowdown[from]
        members[from] -= 1
        groupMembers[problem.tables.slotGroup[from]] -= 1
        if problem.tables.exclusive[task] { exclusives[from] -= 1 }
        if problem.tables.replica[task] >= 0 { replicas[replicaPlace(task, from)] -= 1 }
        slot[task] = -1
        if members[from] > 0 {
            squares += load[from] * load[from]
        } else {
            // Exactly what was there before, without the rounding that moves leave behind.
            load[from] = problem.tables.slotExisting[from]
            used.removeAll { $0 == from }
            if !problem.tables.slotIsBusy[from] { fresh -= 1 }
        }
    }

    private mutating func enter(_ task: Int, _ to: Int) {
        if members[to] > 0 {
            squares -= load[to] * load[to]
        } else {
            used.append(to)
            if !problem.tables.slotIsBusy[to] { fresh += 1 }
        }
        load[to] += problem.tables.load[task] * problem.tables.slotSlowdown[to]
        squares += load[to] * load[to]
        members[to] += 1
        groupMembers[problem.tables.slotGroup[to]] += 1
        if problem.tables.exclusive[task] { exclusives[to] += 1 }
        if problem.tables.replica[task] >= 0 { replicas[replicaPlace(task, to)] += 1 }
        slot[task] = to
    }

    private func replicaPlace(_ task: Int, _ slot: Int) -> Int {
        problem.tables.replica[task] * problem.slots + slot
    }

    /// What a task's edges and replicas cost with it at a slot and everything else where it is.
    private func traffic(of task: Int, at place: Int) -> Double {
        guard place >= 0 else { return 0 }
        var sum = 0.0
        for edge in problem.tables.edgeStart[task]..<problem.tables.edgeStart[task + 1] {
            let other = slot[problem.tables.edgeTask[edge]]
            guard other >= 0 else { continue }
            sum += problem.tables.edgeWeight[edge] * problem.distance(place, other)
            if problem.tables.slotDomain[place] != problem.tables.slotDomain[other] {
                sum += problem.tables.edgeNear[edge]
            }
        }
        if problem.tables.replica[task] >= 0 {
            let others = replicas[replicaPlace(task, place)] - (slot[task] == place ? 1 : 0)
            sum += PlacementCost.replicaPenalty * Double(others)
        }
        return sum
    }

    private func topLoad(except one: Int, _ two: Int) -> Double {
        for slot in top where slot != one && slot != two { return load[slot] }
        return 0
    }

    private mutating func refreshTop() {
        var (first, second, third) = (-1, -1, -1)
        for slot in used {
            if first < 0 || load[slot] > load[first] {
                (first, second, third) = (slot, first, second)
            } else if second < 0 || load[slot] > load[second] {
                (second, third) = (slot, second)
            } else if third < 0 || load[slot] > load[third] {
                third = slot
            }
        }
        top = [first, second, third].filter { $0 >= 0 }
    }

    /// Slots worth trying for a task: those in use, and of the idle ones the first of each kind of
    /// place, since the others are just like it.
    func candidates() -> [Int] {
        let tables = problem.tables
        var result: [Int] = []
        var placeSeen = [Bool](repeating: false, count: tables.placeKinds)
        var groupSeen = [Bool](repeating: false, count: tables.groupCount)
        for slot in 0..<problem.slots {
            if members[slot] > 0 || tables.slotIsBusy[slot] {
                result.append(slot)
            } else if groupMembers[tables.slotGroup[slot]] > 0 {
                if !groupSeen[tables.slotGroup[slot]] { result.append(slot) }
                groupSeen[tables.slotGroup[slot]] = true
            } else {
                if !placeSeen[tables.slotPlace[slot]] { result.append(slot) }
                placeSeen[tables.slotPlace[slot]] = true
            }
        }
        return result
    }

    /// Takes a task off its slot, as if it had never had one.
    mutating func remove(_ task: Int) {
        let from = slot[task]
        penalty -= traffic(of: task, at: from)
        leave(task, from)
        refreshTop()
    }
}
