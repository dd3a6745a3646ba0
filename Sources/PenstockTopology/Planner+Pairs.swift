/// Changes that no single move or swap can make, because every step on the way would cost.
extension Planner {
    /// A task goes to a new place and one that it talks to follows where it then fits best.
    func followedMoves(_ state: inout PlanState) -> Bool {
        let candidates = state.candidates()
        for leader in 0..<problem.count {
            let edges = problem.tables.edgeStart[leader]..<problem.tables.edgeStart[leader + 1]
            guard !edges.isEmpty else { continue }
            for slot in candidates where state.slot[leader] != slot && state.allows(leader, slot) {
                guard state.mayGoOn else { return false }
                let change = state.change(moving: leader, to: slot)
                var trial = state
                trial.move(leader, to: slot)
                let places = trial.candidates()
                for edge in edges where problem.tables.edgeTask[edge] != leader {
                    let follower = problem.tables.edgeTask[edge]
                    guard let second = bestPlace(for: follower, in: places, &trial),
                        change + second.change < -1e-9
                    else { continue }
                    trial.move(follower, to: second.slot)
                    state = trial
                    return true
                }
                state.count(steps: trial.steps - state.steps)
            }
        }
        return false
    }

    /// Two tasks that talk go to one slot together, and one that was there makes room.
    func pairMoves(_ state: inout PlanState) -> Bool {
        let candidates = state.candidates()
        for one in 0..<problem.count {
            for edge in problem.tables.edgeStart[one]..<problem.tables.edgeStart[one + 1] {
                let two = problem.tables.edgeTask[edge]
                guard two > one else { continue }
                for slot in candidates {
                    guard state.mayGoOn else { return false }
                    if movePair(one, two, to: slot, candidates, &state) { return true }
                }
            }
        }
        return false
    }

    private func movePair(
        _ one: Int, _ two: Int, to slot: Int, _ candidates: [Int], _ state: inout PlanState
    ) -> Bool {
        let others = (0..<problem.count).filter {
            state.slot[$0] == slot && $0 != one && $0 != two
        }
        var trial = state
        for task in [one, two] where trial.slot[task] != slot {
            guard trial.allows(task, slot) else { return false }
            trial.move(task, to: slot)
        }
        let goal = state.value - 1e-9
        defer { state.count(steps: Swift.max(trial.steps - state.steps, 0)) }
        if trial.value < goal {
            state = trial
            return true
        }
        for other in others {
            let value = trial.value
            guard let place = bestPlace(for: other, in: candidates, &trial),
                value + place.change < goal
            else { continue }
            trial.move(other, to: place.slot)
            state = trial
            return true
        }
        return false
    }
}
