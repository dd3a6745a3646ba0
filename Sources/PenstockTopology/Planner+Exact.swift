/// Branch and bound for small graphs, where one wrong task is a large part of the whole.
extension Planner {
    static let exactCount = 6
    /// The part of the step limit that it may use.
    private static let exactSteps = 20_000

    /// Replaces `best` by the optimum; false when the steps ran out first, with `best` then perhaps
    /// improved. Nothing is lost by trying one idle slot for all that are like it, as tasks with a
    /// place of their own, which tell such slots apart, come first.
    mutating func proveOrImprove(_ best: inout PlanState) -> Bool {
        let heaviest = heaviestFirst()
        let order = heaviest.filter(isNamed) + heaviest.filter { !isNamed($0) }
        var state = PlanState(problem)
        state.lastStep = Planner.exactSteps
        // No plan is better than all of the load shared out evenly.
        var floor = 0.0
        for load in problem.tables.load { floor += load / Double(problem.tables.limit) }
        var least = best.objective
        branch(order[...], floor, &state, &least, &best)
        steps += state.steps
        return state.mayGoOn
    }

    private func branch(
        _ rest: ArraySlice<Int>, _ floor: Double, _ state: inout PlanState, _ least: inout Double,
        _ best: inout PlanState
    ) {
        guard let task = rest.first else {
            (least, best) = (state.objective, state)
            return
        }
        // Cheapest first: a good answer early cuts the most.
        var options: [(slot: Int, change: Double)] = []
        for slot in slots(for: task, or: state.candidates())
        where state.allows(task, slot) {
            options.append((slot, state.change(moving: task, to: slot)))
        }
        options.sort { ($0.change, $0.slot) < ($1.change, $1.slot) }
        for option in options where state.mayGoOn {
            state.move(task, to: option.slot)
            if Swift.max(floor, state.highest) + state.penalty < least - 1e-9 {
                branch(rest.dropFirst(), floor, &state, &least, &best)
            }
            state.remove(task)
        }
    }
}
