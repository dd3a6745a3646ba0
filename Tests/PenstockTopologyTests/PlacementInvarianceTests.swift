import PenstockTopology
import Testing

@Suite struct PlacementInvarianceTests {
    @Test func theSameRequestHasTheSamePlan() {
        for seed in 0..<300 {
            let machine = Fixtures.machines[seed % Fixtures.machines.count]
            let random = RandomCase(machine, tasks: 0...16, seed: UInt64(seed + 7000))
            let plans = (0..<2).map { _ in
                Placement.plan(random.request, machine: machine, capacity: random.capacity).json()
            }
            #expect(plans[0] == plans[1], "seed \(seed)")
        }
    }

    /// Systems number siblings in many ways; only names may depend on it.
    @Test func processorNumbersChangeNothingButNames() {
        let shape = "package:2 l3:2 core:3 pu:2"
        let plain = Fixtures.machine(shape)
        for seed in 0..<300 {
            var random = SeededGenerator(seed: UInt64(seed))
            // hwloc orders cores by their first processor, so those stay ascending.
            let siblings = (12..<24).shuffled(using: &random)
            let indexes = (0..<12).flatMap { [$0, siblings[$0]] }
            let list = indexes.map(String.init).joined(separator: ",")
            let renumbered = Fixtures.machine("\(shape)(indexes=\(list))")
            var one = RandomCase(
                plain, tasks: 1...10, seed: UInt64(seed + 400), wishes: seed % 2 == 0)
            let first = Placement.plan(one.request, machine: plain, capacity: one.capacity)
            let mask = one.mask
            one.machine = renumbered
            one.mask = ProcessorSet(mask.map { indexes[$0] })
            let second = Placement.plan(one.request, machine: renumbered, capacity: one.capacity)
            #expect(first.taskWorker == second.taskWorker, "seed \(seed)")
            #expect(first.workers.map(\.core) == second.workers.map(\.core))
            #expect(first.objective == second.objective)
            let renamed = first.workers.map { ProcessorSet($0.binding.map { indexes[$0] }) }
            #expect(renamed == second.workers.map(\.binding), "seed \(seed)")
        }
    }

    @Test func workIsBoundedOnLargeMachines() {
        let large = Fixtures.machine("package:2 l3:12 core:8 pu:2")
        #expect(large.processorSet.count == 384)
        var most = 0
        for (seed, wishes) in [(1, false), (2, true), (3, false), (4, true)] {
            let random = RandomCase(large, tasks: 256...256, seed: UInt64(seed), wishes: wishes)
            let plan = Placement.plan(
                random.request, machine: large, capacity: .all(of: large))
            most = max(most, plan.steps)
        }
        print("planner work: at most \(most) steps for 256 tasks on 384 PUs")
        #expect(most < 1_000_000)
    }

    @Test func realMachinesKeepTheMask() {
        var cases = 0
        for (name, machine) in Fixtures.realMachines {
            for seed in 0..<20 {
                let random = RandomCase(machine, tasks: 1...8, seed: UInt64(seed + 3000))
                let capacity = random.capacity
                let plan = Placement.plan(random.request, machine: machine, capacity: capacity)
                let bindings = plan.workers.map(\.binding) + plan.blockingThreads.map(\.binding)
                #expect(
                    bindings.allSatisfy { $0.isSubset(of: capacity.allowed) }, "\(name) \(seed)")
                #expect(plan.workers.count <= capacity.budget)
                cases += 1
            }
        }
        print("real machines: \(cases) plans")
    }
}
