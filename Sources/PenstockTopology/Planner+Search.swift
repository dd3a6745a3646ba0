/// Finds an assignment of tasks to slots: several starts, then moves and swaps while they help.
///
/// The work is bounded by counting judgements, not by a clock, so that the same request always has
/// the same answer.
struct Planner {
    /// About 6 ms of looking in a release build.
    static let stepLimit = 200_000

    private(set) var problem: PlanProblem
    var steps = 0

    init(_ problem: PlanProblem) {
        self.problem = problem
    }

    mutating func giveUp(_ wish: Wish, of tasks: some Sequence<Int>) {
        var tables = problem.tables
        for task in tasks { tables.giveUp(wish, of: task) }
        problem = PlanProblem(tables)
    }

    /// The best assignment found; empty without tasks.
    mutating func solve() -> [Int] {
        guard problem.count > 0 else { return [] }
        // First, since it may have to give up wishes that nothing can meet together.
        let settled = settle()
        var starts = [settled]
        let others = [roundRobin(), greedy(problem.tables.order), greedy(heaviestFirst())]
        starts += others.compactMap { $0 }
        starts += chainStarts()
        starts.sort { $0.value < $1.value }
        if problem.count <= Planner.exactCount {
            starts[0] = improve(starts[0], steps: Planner.stepLimit / 8, withPairs: false)
            if proveOrImprove(&starts[0]) { return starts[0].slot }
        }
        // Large problems have no steps to spare for starts that begin behind, and the same start
        // twice leads nowhere new.
        let isSmall = problem.count * Swift.min(problem.slots, problem.count) <= 512
        var seen = Set<[Int]>()
        let chosen = starts.prefix(isSmall ? starts.count : 1).filter {
            seen.insert($0.slot).inserted
        }
        var best = settled
        for (index, start) in chosen.enumerated() {
            let share = (Planner.stepLimit * 3 / 4 - steps) / (chosen.count - index)
            let end = improve(start, steps: share, withPairs: false)
            if index == 0 || end.value < best.value - 1e-12 { best = end }
        }
        if problem.count <= 32 {
            best = improve(best, steps: Planner.stepLimit - steps, withPairs: true)
        }
        // Smoothing may end a little above a start; the objective alone decides.
        var result = best.slot
        var least = problem.objective(result)
        for start in starts {
            let objective = problem.objective(start.slot)
            if objective < least - 1e-12 { (least, result) = (objective, start.slot) }
        }
        return result
    }

    /// Moves, swaps and, when asked to, moves of pairs, until none helps or the steps run out.
    private mutating func improve(
        _ start: PlanState, steps allowance: Int, withPairs: Bool
    ) -> PlanState {
        var state = start
        let before = state.steps
        state.lastStep = before + Swift.max(allowance, 0)
        var improved = true
        while improved, state.mayGoOn {
            improved = false
            var candidates = state.candidates()
            for task in 0..<problem.count where state.mayGoOn {
                let places = slots(for: task, or: candidates)
                guard let best = bestPlace(for: task, in: places, &state), best.change < -1e-9
                else { continue }
                state.move(task, to: best.slot)
                candidates = state.candidates()
                improved = true
            }
            if !improved { improved = swaps(&state) }
            if !improved, withPairs { improved = followedMoves(&state) }
            if !improved, withPairs { improved = pairMoves(&state) }
        }
        steps += state.steps - before
        return state
    }

    /// The slots to try for a task: every one where it has a place of its own, since idle slots
    /// that are alike to others are not to it.
    func slots(for task: Int, or candidates: @autoclosure () -> [Int]) -> [Int] {
        isNamed(task)
            ? problem.tables.classSlots[problem.tables.taskClass[task]] : candidates()
    }

    func isNamed(_ task: Int) -> Bool {
        problem.tables.classIsNamed[problem.tables.taskClass[task]]
    }

    /// The slot that a task may move to at the least change of value, be it for the worse.
    func bestPlace(
        for task: Int, in candidates: [Int], _ state: inout PlanState
    ) -> (slot: Int, change: Double)? {
        var best: (slot: Int, change: Double)?
        for slot in candidates where slot != state.slot[task] && state.allows(task, slot) {
            let change = state.change(moving: task, to: slot)
            if change < best?.change ?? .infinity { best = (slot, change) }
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
                guard state.mayGoOn else { return improved }
                if state.change(swapping: one, two) < -1e-9 {
                    state.swap(one, two)
                    improved = true
                }
            }
        }
        return improved
    }
}
