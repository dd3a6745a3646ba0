extension Placement {
    /// Places a graph's tasks: deterministic, without side effects, in bounded work, for any input.
    ///
    /// Workers: never more than `capacity.budget` or the request's own limit, each on a core of its
    /// own, so that an SMT sibling never works before the cores run out. Which core does what comes
    /// from a search for the least objective: the most loaded core + traffic × distance.
    ///
    /// Bindings with `pin: .auto`:
    ///
    /// 1. Nothing is bound under policy `none`, when nothing is allowed, or when more threads work
    ///    than the quota has cores (a quota below one core): the system then needs its freedom.
    /// 2. Under a quota below the allowed cores, to the cache group: which cores get the time is
    ///    for the kernel to say, but the cache stays.
    /// 3. Else to the core. The budget promises a core to each worker, whether this process was
    ///    given a part of the machine or has all of it.
    ///
    /// Any other `pin` is taken at its word, except where nothing is allowed. Workers may spin only
    /// in case 3 and in explicit bindings or policy `none` without such a quota.
    package static func plan(
        _ request: PlacementRequest, machine: Machine, capacity: Capacity
    ) -> Placement {
        let tables = PlanTables(request, machine: machine, capacity: capacity)
        var planner = Planner(PlanProblem(tables))
        let assignment = planner.solve()
        return PlacementBuilder(request, machine, capacity, planner.problem, assignment)
            .build(steps: planner.steps)
    }

    /// The objective of an assignment of tasks to cores (nil for those without a worker); nil when
    /// it breaks a rule: a core that is not allowed, too many workers, company for the exclusive.
    package static func objective(
        of assignment: [Int?], request: PlacementRequest, machine: Machine, capacity: Capacity
    ) -> Double? {
        let problem = PlanProblem(PlanTables(request, machine: machine, capacity: capacity))
        guard assignment.count == request.tasks.count else { return nil }
        var slots: [Int] = []
        for task in problem.tables.task {
            guard let core = assignment[task],
                let slot = problem.tables.slotCore.firstIndex(of: core)
            else { return nil }
            slots.append(slot)
        }
        return problem.isFeasible(slots) ? problem.objective(slots) : nil
    }

    /// The best of all assignments, to judge the planner by; nil for more than 8 tasks or about
    /// a million states. Meets the same rules, after the planner has given up impossible wishes.
    package static func planExhaustively(
        _ request: PlacementRequest, machine: Machine, capacity: Capacity
    ) -> Placement? {
        let tables = PlanTables(request, machine: machine, capacity: capacity)
        var planner = Planner(PlanProblem(tables))
        _ = planner.settle()
        let problem = planner.problem
        var states = 1.0
        for _ in 0..<problem.count { states *= Double(problem.slots) }
        guard problem.count <= 8, states <= 1_048_576 else { return nil }
        var assignment = [Int](repeating: 0, count: problem.count)
        var best: (value: Double, assignment: [Int])?
        for _ in 0..<Int(states) {
            if problem.isFeasible(assignment) {
                let value = problem.objective(assignment)
                if value < best?.value ?? .infinity { best = (value, assignment) }
            }
            // The next number in base `slots`.
            var digit = 0
            while digit < assignment.count {
                assignment[digit] += 1
                if assignment[digit] < problem.slots { break }
                assignment[digit] = 0
                digit += 1
            }
        }
        return PlacementBuilder(request, machine, capacity, problem, best?.assignment ?? [])
            .build(steps: Int(states))
    }
}
