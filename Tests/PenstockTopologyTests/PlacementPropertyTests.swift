import PenstockTopology
import Testing

/// What holds for every plan, over random machines, masks, quotas and graphs.
@Suite struct PlacementPropertyTests {
    @Test func everyPlanKeepsTheRules() {
        var degraded = 0
        let cases = 10_000
        for seed in 0..<cases {
            let machine = Fixtures.machines[seed % Fixtures.machines.count]
            let random = RandomCase(machine, tasks: 0...10, seed: UInt64(seed))
            let capacity = random.capacity
            let plan = Placement.plan(random.request, machine: machine, capacity: capacity)
            let broken = brokenRules(plan, random.request, machine, capacity)
            #expect(broken.isEmpty, "seed \(seed): \(broken)")
            degraded += plan.warnings.isEmpty ? 0 : 1
        }
        print("placement rules: \(cases) random cases, \(degraded) with warnings")
    }

    @Test func smallPlansAreNearTheOptimum() throws {
        var (cases, exact, worst) = (0, 0, 1.0)
        for seed in 0..<1200 {
            let machine = Fixtures.machines[seed % Fixtures.machines.count]
            let random = RandomCase(
                machine, tasks: 1...6, seed: UInt64(seed + 50_000), wishes: seed % 2 == 0)
            let capacity = random.capacity
            let states = random.request.tasks.reduce(1.0) { total, task in
                total * (task.kind == .worker ? Double(capacity.cores.count) : 1)
            }
            guard states < 5000 else { continue }
            let plan = Placement.plan(random.request, machine: machine, capacity: capacity)
            let best = try #require(
                Placement.planExhaustively(random.request, machine: machine, capacity: capacity))
            cases += 1
            if plan.objective <= best.objective + 1e-9 { exact += 1 }
            if best.objective > 0 { worst = max(worst, plan.objective / best.objective) }
            #expect(
                plan.objective <= best.objective * 1.05 + 1e-9,
                "seed \(seed): \(plan.objective) against \(best.objective)")
            #expect(plan.objective >= best.objective - 1e-9, "seed \(seed): below the optimum")
        }
        #expect(cases > 500)
        print("optimality: \(cases) small graphs, \(exact) exact, worst ratio \(worst)")
    }

    @Test func noPlanIsWorseThanRoundRobin() {
        var (cases, gain) = (0, 0.0)
        for seed in 0..<1000 {
            let machine = Fixtures.machines[seed % Fixtures.machines.count]
            let random = RandomCase(
                machine, tasks: 1...24, seed: UInt64(seed + 90_000), wishes: false)
            let capacity = random.capacity
            let fast = capacity.cores.filter {
                machine.kinds[machine.cores[$0].kind].role == .performance
            }
            let cores = Array((fast.isEmpty ? capacity.cores : fast).prefix(capacity.budget))
            guard !cores.isEmpty else { continue }
            let baseline = Placement.objective(
                of: random.request.tasks.indices.map { cores[$0 % cores.count] },
                request: random.request, machine: machine, capacity: capacity)
            guard let baseline else { continue }
            let plan = Placement.plan(random.request, machine: machine, capacity: capacity)
            #expect(plan.objective <= baseline + 1e-9, "seed \(seed)")
            cases += 1
            gain += baseline / plan.objective
        }
        #expect(cases > 800)
        print("round robin: \(cases) graphs, on average \(gain / Double(cases)) times worse")
    }

    private func brokenRules(
        _ plan: Placement, _ request: PlacementRequest, _ machine: Machine, _ capacity: Capacity
    ) -> [String] {
        var broken: [String] = []
        func require(_ condition: Bool, _ rule: String) {
            if !condition { broken.append(rule) }
        }
        let bindings = plan.workers.map(\.binding) + plan.blockingThreads.map(\.binding)
        require(bindings.allSatisfy { $0.isSubset(of: capacity.allowed) }, "mask left")
        require(plan.workers.count <= capacity.budget, "more workers than budget")
        if let limit = request.workerLimit { require(plan.workers.count <= max(limit, 1), "limit") }
        require(Set(plan.workers.map(\.core)).count == plan.workers.count, "two workers on a core")
        require(plan.workers.allSatisfy { !$0.tasks.isEmpty }, "idle worker")
        require(plan.taskWorker.count == request.tasks.count, "task count")
        require(plan.taskReasons.allSatisfy { !$0.isEmpty }, "missing reason")
        require(plan.objective.isFinite && plan.objective >= 0, "objective")
        for (index, task) in request.tasks.enumerated() {
            let worker = plan.taskWorker[index]
            require((worker != nil) == (task.kind == .worker), "worker of \(index)")
            if let worker { require(plan.workers[worker].tasks.contains(index), "members") }
        }
        let blocking = request.tasks.indices.filter { request.tasks[$0].kind == .blocking }
        require(plan.blockingThreads.map(\.task) == blocking, "blocking threads")
        for worker in plan.workers {
            let core = machine.cores[worker.core]
            require(worker.domain == core.domain && worker.node == core.node, "place")
            require(worker.pinWidth != .none || worker.binding.isEmpty, "unbound but bound")
            let isAllowed = core.processorSet.intersects(capacity.allowed)
            require(isAllowed || capacity.allowed.isEmpty, "core outside the mask")
            guard !worker.binding.isEmpty, request.smt == .avoid else { continue }
            let mine = worker.binding.intersection(core.processorSet)
            let first = core.processors.first { capacity.allowed.contains($0) }
            require(mine.count == 1 && mine.first == first, "a sibling works")
        }
        // Nobody sits in a stronger core's place while a weaker one idles: no low-power core.
        let roles = capacity.cores.map { machine.kinds[machine.cores[$0].kind].role }
        let named = request.tasks.contains { $0.on != nil }
        if roles.contains(where: { $0 != .lowPower }), !named, plan.warnings.isEmpty {
            for worker in plan.workers {
                require(machine.kinds[worker.kind].role != .lowPower, "low-power core used")
            }
        }
        if capacity.quotaLimited { require(!plan.spin, "spins under a quota") }
        return broken
    }
}
