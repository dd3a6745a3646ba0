import PenstockTopology

/// A random planning problem; everything follows from the seed.
struct RandomCase {
    var machine: Machine
    var mask: ProcessorSet
    var quota: Double?
    var reserve: Int
    var request: PlacementRequest

    var capacity: Capacity {
        Capacity(machine: machine, allowed: mask, quota: quota, reserve: reserve)
    }

    init(_ machine: Machine, tasks: ClosedRange<Int>, seed: UInt64, wishes: Bool = true) {
        var random = SeededGenerator(seed: seed)
        self.machine = machine
        mask = Self.mask(machine, &random)
        quota = chance(3, &random) ? Double.random(in: 0.2...12, using: &random) : nil
        reserve = chance(4, &random) ? Int.random(in: 0...3, using: &random) : 0
        let count = Int.random(in: tasks, using: &random)
        let heavy = Double.random(in: 0.05...1.5, using: &random)
        let list = (0..<count).map { index in
            Self.task(index, of: count, heavy: heavy, machine, wishes: wishes, &random)
        }
        request = PlacementRequest(tasks: list, edges: Self.edges(count, &random))
        guard wishes else { return }
        request.policy = .allCases.randomElement(using: &random) ?? .auto
        request.pin = chance(2, &random) ? .auto : .allCases.randomElement(using: &random) ?? .auto
        request.smt = chance(4, &random) ? .allow : .avoid
        if chance(5, &random) { request.workerLimit = Int.random(in: -1...6, using: &random) }
        if chance(4, &random) {
            request.existingLoad = machine.cores.map { _ in
                chance(3, &random) ? Double.random(in: 0...1, using: &random) : 0
            }
        }
    }

    private static func mask(
        _ machine: Machine, _ random: inout SeededGenerator
    ) -> ProcessorSet {
        if chance(3, &random) { return machine.processorSet }
        if chance(40, &random) { return ProcessorSet() }
        let keep = Double.random(in: 0.05...1, using: &random)
        return ProcessorSet(
            machine.processorSet.filter { _ in Double.random(in: 0..<1, using: &random) < keep })
    }

    private static func task(
        _ index: Int, of count: Int, heavy: Double, _ machine: Machine, wishes: Bool,
        _ random: inout SeededGenerator
    ) -> TaskRequest {
        let load = chance(5, &random) ? 0 : Double.random(in: 0...heavy, using: &random)
        var task = TaskRequest(name: "task \(index)", load: load)
        guard wishes else { return task }
        if chance(10, &random) { task.kind = chance(2, &random) ? .host : .blocking }
        if chance(12, &random) { task.exclusive = true }
        if chance(12, &random) { task.near = Int.random(in: -1...count, using: &random) }
        if chance(6, &random) { task.replicaGroup = Int.random(in: 0...2, using: &random) }
        if chance(10, &random) {
            let types = ["L3", "core", "numa", "package", "pu", "domain", "nonsense"]
            let type = types.randomElement(using: &random) ?? ""
            task.on = "\(type):\(Int.random(in: 0...9, using: &random))"
        }
        if chance(60, &random) {
            task.load = [-1, .nan, .infinity, 1e300].randomElement(using: &random) ?? 0
        }
        return task
    }

    /// Chains, trees and anything else, cycles included.
    private static func edges(_ count: Int, _ random: inout SeededGenerator) -> [EdgeRequest] {
        guard count > 1 else { return [] }
        let shape = Int.random(in: 0..<3, using: &random)
        func traffic(_ random: inout SeededGenerator) -> Double {
            chance(5, &random) ? 0 : Double.random(in: 0...3e9, using: &random)
        }
        switch shape {
        case 0:
            return (1..<count).map { EdgeRequest(from: $0 - 1, to: $0, traffic: traffic(&random)) }
        case 1:
            return (1..<count).map {
                let from = Int.random(in: 0..<$0, using: &random)
                return EdgeRequest(from: from, to: $0, traffic: traffic(&random))
            }
        default:
            return (0..<Int.random(in: 0...2 * count, using: &random)).map { _ in
                EdgeRequest(
                    from: Int.random(in: 0..<count, using: &random),
                    to: Int.random(in: 0..<count, using: &random), traffic: traffic(&random))
            }
        }
    }
}

/// True once in `n` times.
func chance(_ n: Int, _ random: inout SeededGenerator) -> Bool {
    Int.random(in: 0..<n, using: &random) == 0
}
