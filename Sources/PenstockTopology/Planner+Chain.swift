extension Planner {
    /// Contiguous partitions of the tasks, in chain order, over runs of neighbouring slots.
    ///
    /// For a chain this is the whole space worth looking at, and up to `exactLength` tasks the
    /// dynamic programme finds its optimum. Longer chains get the partitions whose bottleneck is
    /// least, and a few looser ones. Other graphs only take it as a start.
    mutating func chainStarts() -> [PlanState] {
        var result: [PlanState] = []
        for window in windows() {
            let chain = ChainPartition(problem, window: window)
            let found =
                problem.count <= ChainPartition.exactLength
                ? chain.exact(&steps) : chain.byBottleneck(&steps)
            result += found.compactMap { state(of: $0) }
        }
        return result
    }

    /// Runs of slots, nearest first, from up to four domains that differ from one another.
    private func windows() -> [[Int]] {
        let domains = problem.tables.domainSummaries()
        var seen = Set<[Int]>()
        var result: [[Int]] = []
        let preferred = problem.tables.slotsTogether().first.map { problem.tables.slotDomain[$0] }
        for domain in domains.sorted(by: {
            ($0.domain == preferred ? 0 : 1, $0.existing, $0.domain)
                < ($1.domain == preferred ? 0 : 1, $1.existing, $1.domain)
        }) {
            let existing = Int(Swift.min(domain.existing * 1000, 1e9))
            let slowdown = Int(problem.tables.slotSlowdown[domain.slots[0]] * 10)
            guard seen.insert([domain.slots.count, existing, slowdown]).inserted else { continue }
            result.append(window(problem.tables.slots(from: domain.domain, domains)))
            if result.count == 4 { break }
        }
        return result
    }

    private func window(_ slots: [Int]) -> [Int] {
        var fresh = 0
        var result: [Int] = []
        for slot in slots where result.count < Swift.min(problem.tables.limit, problem.count) {
            if !problem.tables.slotIsBusy[slot] {
                guard fresh < problem.tables.freshLimit else { continue }
                fresh += 1
            }
            result.append(slot)
        }
        return result
    }
}

/// Cuts a chain of tasks into runs, the first run for the first slot of a window and so on.
struct ChainPartition {
    static let exactLength = 32

    private let problem: PlanProblem
    private let window: [Int]
    private let chain: [Int]
    /// Weight of the edge from each place in the chain to the place before it.
    private let weight: [Double]

    init(_ problem: PlanProblem, window: [Int]) {
        self.problem = problem
        self.window = window
        chain = problem.tables.order
        weight = problem.tables.order.indices.map { place in
            guard place > 0 else { return 0 }
            let (task, before) = (problem.tables.order[place], problem.tables.order[place - 1])
            var sum = 0.0
            for edge in problem.tables.edgeStart[task]..<problem.tables.edgeStart[task + 1]
            where problem.tables.edgeTask[edge] == before {
                sum += problem.tables.edgeWeight[edge]
            }
            return sum
        }
    }

    /// The best partition: least traffic for a bound on the load, the bound lowered below the last
    /// result until no lower one can pay. This visits every point of the trade-off worth having.
    func exact(_ steps: inout Int) -> [[Int]] {
        var bound = Double.infinity
        var best: (value: Double, assignment: [Int])?
        let floor = (problem.tables.load.max() ?? 0)
        for _ in 0..<64 {
            guard let found = leastTraffic(bound: bound, &steps) else { break }
            let value = found.top + found.traffic
            if value < best?.value ?? .infinity { best = (value, found.assignment) }
            // Lower bounds only raise the traffic.
            if found.traffic + floor >= best?.value ?? .infinity { break }
            bound = found.top * (1 - 1e-12)
        }
        return best.map { [$0.assignment] } ?? []
    }

    private typealias Partition = (top: Double, traffic: Double, assignment: [Int])

    /// Dynamic programme over (slots used, tasks placed): the least traffic with no run above the
    /// bound. A run goes on until the bound, a rule about its slot, or an exclusive task stops it.
    private func leastTraffic(bound: Double, _ steps: inout Int) -> Partition? {
        let (n, k) = (chain.count, window.count)
        let width = n + 1
        var least = [Double](repeating: .infinity, count: (k + 1) * width)
        var cut = [Int](repeating: -1, count: (k + 1) * width)
        least[0] = 0
        for used in 1...k {
            let slot = window[used - 1]
            let hop = used > 1 ? problem.distance(window[used - 2], slot) : 0
            for end in used...n {
                var load = problem.tables.slotExisting[slot]
                var inside = 0.0
                var start = end - 1
                while start >= used - 1 {
                    steps += 1
                    guard extend(&load, slot, start, end, bound) else { break }
                    if start < end - 1 { inside += weight[start + 1] * PlacementCost.sameWorker }
                    let traffic = least[(used - 1) * width + start] + weight[start] * hop + inside
                    if traffic < least[used * width + end] {
                        least[used * width + end] = traffic
                        cut[used * width + end] = start
                    }
                    start -= 1
                }
            }
        }
        guard let used = (1...k).min(by: { least[$0 * width + n] < least[$1 * width + n] }),
            least[used * width + n].isFinite
        else { return nil }
        return trace(cut, used: used, traffic: least[used * width + n])
    }

    /// Takes one more task, at `start`, into the run that ends before `end`; false when it may not.
    private func extend(
        _ load: inout Double, _ slot: Int, _ start: Int, _ end: Int, _ bound: Double
    ) -> Bool {
        let task = chain[start]
        guard problem.tables.classAllows[problem.tables.taskClass[task]][slot] else { return false }
        if problem.tables.exclusive[task] || problem.tables.exclusive[chain[end - 1]] {
            guard end - start == 1, !problem.tables.slotIsBusy[slot] else { return false }
        }
        load += problem.tables.load[task] * problem.tables.slotSlowdown[slot]
        return load <= bound
    }

    private func trace(_ cut: [Int], used: Int, traffic: Double) -> Partition {
        var assignment = [Int](repeating: 0, count: chain.count)
        var top = 0.0
        var end = chain.count
        for slots in stride(from: used, through: 1, by: -1) {
            let slot = window[slots - 1]
            var load = problem.tables.slotExisting[slot]
            let start = cut[slots * (chain.count + 1) + end]
            // Added up in the order of `extend`, so that the next bound is below this very sum.
            for place in (start..<end).reversed() {
                assignment[chain[place]] = slot
                load += problem.tables.load[chain[place]] * problem.tables.slotSlowdown[slot]
            }
            top = Swift.max(top, load)
            end = start
        }
        return (top, traffic, assignment)
    }

    /// Fills slots in turn up to a bound, for the least bound that fits and some above it.
    func byBottleneck(_ steps: inout Int) -> [[Int]] {
        var low = 0.0
        var high = 1e-9
        for load in problem.tables.load { high += load * 3 }
        for existing in problem.tables.slotExisting { high += existing }
        guard fill(bound: high, &steps) != nil else { return [] }
        for _ in 0..<24 {
            let middle = (low + high) / 2
            if fill(bound: middle, &steps) != nil { high = middle } else { low = middle }
        }
        return [1, 1.2, 1.5, 2, 4].compactMap { fill(bound: high * $0, &steps) }
    }

    private func fill(bound: Double, _ steps: inout Int) -> [Int]? {
        var assignment = [Int](repeating: 0, count: chain.count)
        var place = 0
        for slot in window where place < chain.count {
            var load = problem.tables.slotExisting[slot]
            let start = place
            while place < chain.count {
                steps += 1
                let task = chain[place]
                guard problem.tables.classAllows[problem.tables.taskClass[task]][slot] else {
                    break
                }
                let joins = place > start
                if joins,
                    problem.tables.exclusive[task] || problem.tables.exclusive[chain[place - 1]]
                {
                    break
                }
                if problem.tables.exclusive[task], problem.tables.slotIsBusy[slot] { break }
                load += problem.tables.load[task] * problem.tables.slotSlowdown[slot]
                guard load <= bound else { break }
                assignment[task] = slot
                place += 1
            }
        }
        return place == chain.count ? assignment : nil
    }
}
