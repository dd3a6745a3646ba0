extension Planner {
    /// An assignment on as few slots as the wishes allow. Wishes that nothing can meet together are
    /// given up here, with a warning, so that one feasible assignment always exists.
    mutating func settle() -> PlanState {
        let order = (0..<problem.count).sorted { (rank($0), $0) < (rank($1), $1) }
        shedExclusives(order)
        // Ends: every round gives up a wish, and tasks without wishes fit the first open slot.
        while true {
            var state = PlanState(problem)
            let stuck = fill(&state, order)
            steps += state.steps
            guard let stuck else { return state }
            let last = order.last { problem.tables.exclusive[$0] }
            if problem.tables.exclusive[stuck] {
                giveUp(.exclusive, of: [stuck])
            } else if !isNamed(stuck), let last {
                // Somebody must make room for the rest.
                giveUp(.exclusive, of: [last])
            } else {
                giveUp(.place, of: [stuck])
            }
        }
    }

    /// Shared places first, so that the exclusive tasks know what is left.
    private func rank(_ task: Int) -> Int {
        switch (isNamed(task), problem.tables.exclusive[task]) {
        case (true, false): 0
        case (true, true): 1
        case (false, true): 2
        case (false, false): 3
        }
    }

    /// More exclusive tasks than workers: the last ones share, on a worker left for the purpose.
    private mutating func shedExclusives(_ order: [Int]) {
        let exclusive = order.filter { problem.tables.exclusive[$0] }
        let hasOthers = exclusive.count < problem.count
        let room = problem.tables.freshLimit
        let kept = exclusive.count <= room - (hasOthers ? 1 : 0) ? exclusive.count : room - 1
        giveUp(.exclusive, of: exclusive.dropFirst(Swift.max(kept, 0)))
    }

    /// Puts tasks in order where they fit, sharing before opening; returns the first that fits
    /// nowhere.
    private func fill(_ state: inout PlanState, _ order: [Int]) -> Int? {
        for task in order {
            var choice: Int?
            for slot in 0..<problem.slots where state.allows(task, slot) {
                let isOpen = state.members[slot] > 0
                if isOpen || problem.tables.slotIsBusy[slot] && !problem.tables.exclusive[task] {
                    choice = slot
                    break
                }
                if choice == nil { choice = slot }
            }
            guard let choice else { return task }
            state.move(task, to: choice)
        }
        return nil
    }

    /// The plain baseline that no plan may fall behind.
    mutating func roundRobin() -> PlanState? {
        var state = PlanState(problem)
        let width = Swift.min(problem.tables.limit, problem.slots)
        for task in 0..<problem.count {
            guard state.allows(task, task % width) else { return nil }
            state.move(task, to: task % width)
        }
        steps += state.steps
        return state
    }

    /// Puts tasks one after the other where they raise the value least, those with wishes first.
    mutating func greedy(_ order: [Int]) -> PlanState? {
        let hasWish = order.filter { rank($0) < 3 }
        let hasNone = order.filter { rank($0) == 3 }
        var state = PlanState(problem)
        defer { steps += state.steps }
        var candidates = state.candidates()
        for task in hasWish + hasNone {
            let places = slots(for: task, or: candidates)
            guard let choice = bestPlace(for: task, in: places, &state)?.slot else { return nil }
            let isNew = state.members[choice] == 0
            state.move(task, to: choice)
            if isNew { candidates = state.candidates() }
        }
        return state
    }

    func heaviestFirst() -> [Int] {
        (0..<problem.count).sorted {
            problem.tables.load[$0] != problem.tables.load[$1]
                ? problem.tables.load[$0] > problem.tables.load[$1] : $0 < $1
        }
    }

    /// The state of a given assignment, or nil when it breaks a rule.
    func state(of assignment: [Int]) -> PlanState? {
        guard problem.isFeasible(assignment) else { return nil }
        var state = PlanState(problem)
        for (task, slot) in assignment.enumerated() { state.move(task, to: slot) }
        return state
    }
}
