/// Finds an assignment of tasks to slots: several starts, then moves and swaps while they help.
///
/// The work is bounded by counting judgements, not by a clock, so that the same request always has
/// the same answer.
struct Planner {
    /// About 4 ms of judgements in a release build.
    static let stepLimit = 160_000

    var problem: PlanProblem
    var steps = 0

    init(_ problem: PlanProblem) {
        self.problem = problem
    }

    /// The best assignment found; empty without tasks.
    mutating func solve() -> [Int] {
        guard problem.count > 0 else { return [] }
        // First, since it may have to give up wishes that nothing can meet together.
        let settled = settle()
        var starts = [settled]
        starts += [roundRobin(), greedy(problem.order), greedy(heaviestFirst())].compactMap { $0 }
        starts += chainStarts()
        starts.sort { $0.value < $1.value }
        // Large problems have no steps to spare for starts that begin behind.
        let isSmall = problem.count * Swift.min(problem.slots, problem.count) <= 512
        var best: (assignment: [Int], objective: Double)?
        for start in isSmall ? starts : Array(starts.prefix(1)) {
            let assignment = improve(start)
            let objective = problem.objective(assignment)
            if best.map({ objective < $0.objective - 1e-12 }) ?? true {
                best = (assignment, objective)
            }
        }
        // Smoothing may end a little above a start; the objective alone decides.
        for start in starts {
            let objective = problem.objective(start.slot)
            if let known = best, objective < known.objective - 1e-12 {
                best = (start.slot, objective)
            }
        }
        return best?.assignment ?? settled.slot
    }

    /// Moves, swaps and merges until none helps or the steps run out.
    private mutating func improve(_ start: PlanState) -> [Int] {
        var state = start
        let before = state.steps
        let allowance = Planner.stepLimit - steps
        func hasSteps() -> Bool { state.steps - before < allowance }
        var improved = true
        while improved, hasSteps() {
            improved = false
            var candidates = state.candidates()
            for task in 0..<problem.count where hasSteps() {
                let isNamed = problem.classIsNamed[problem.taskClass[task]]
                if let to = best(for: task, in: isNamed ? nil : candidates, &state) {
                    state.move(task, to: to)
                    candidates = state.candidates()
                    improved = true
                }
            }
            if !improved, hasSteps() { improved = swaps(&state) }
            if !improved, hasSteps() { improved = merges(&state) }
        }
        steps += state.steps - before
        return state.slot
    }

    private func best(for task: Int, in candidates: [Int]?, _ state: inout PlanState) -> Int? {
        var best: Int?
        var least = -1e-9
        for slot in candidates ?? Array(0..<problem.slots)
        where slot != state.slot[task] && state.allows(task, slot) {
            let change = state.change(moving: task, to: slot)
            if change < least { (least, best) = (change, slot) }
        }
        return best
    }

    /// One pass over pairs: all of them in small problems, in large ones only those with a task of
    /// the most loaded slot, where the objective is decided.
    private func swaps(_ state: inout PlanState) -> Bool {
        var improved = false
        for one in 0..<problem.count {
            if problem.count > 32, state.load[state.slot[one]] < state.highest { continue }
            for two in 0..<problem.count
            where (two > one || problem.count > 32) && state.allowsSwap(one, two) {
                if steps + state.steps > Planner.stepLimit { return improved }
                if state.change(swapping: one, two) < -1e-9 {
                    state.swap(one, two)
                    improved = true
                }
            }
        }
        return improved
    }

    /// Changes that a single move cannot make because it would pay on the way: two neighbours
    /// change place together.
    private func merges(_ state: inout PlanState) -> Bool {
        guard problem.count <= 32 else { return false }
        for one in 0..<problem.count {
            for edge in problem.edgeStart[one]..<problem.edgeStart[one + 1] {
                let two = problem.edgeTask[edge]
                guard two > one else { continue }
                for slot in state.candidates() where movePair(one, two, to: slot, &state) {
                    return true
                }
            }
        }
        return false
    }

    /// Moves two tasks to one slot, or the first there and the second where it then fits best, when
    /// that lowers the value; else leaves the state as it was.
    private func movePair(_ one: Int, _ two: Int, to slot: Int, _ state: inout PlanState) -> Bool {
        for (leader, follower) in [(one, two), (two, one)]
        where state.slot[leader] != slot && state.allows(leader, slot) {
            var trial = state
            trial.move(leader, to: slot)
            if let place = best(for: follower, in: trial.candidates(), &trial) {
                trial.move(follower, to: place)
            }
            state.count(steps: trial.steps - state.steps)
            if trial.value < state.value - 1e-9 {
                state = trial
                return true
            }
        }
        return false
    }
}
