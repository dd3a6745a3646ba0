import Penstock
import Testing

@Suite struct ReplicaTests {
    @Test(arguments: executors, [1, 2, 5])
    func keepOrder(_ executor: EngineOptions.Executor, _ count: Int) throws {
        let graph = Graph("ordered")
        let texts = graph.source(0..<8000).map { n in
            // Replicas get out of step.
            var sum = n
            for i in 0..<(n % 7) * 40 { sum = sum &* 31 &+ i }
            return sum == .min ? "" : "\(n)"
        }.replicas(count)
        let kept = texts.filter { !$0.hasSuffix("3") }.replicas(count).collect()
        try graph.run(on: Engine(executor))
        #expect(kept.elements == (0..<8000).filter { $0 % 10 != 3 }.map { "\($0)" })
    }

    @Test(arguments: executors) func withoutOrder(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("unordered")
        let numbers = graph.source(0..<8000).flatMap(atMost: 2) { [$0, -$0 - 1] }
            .replicas(3, ordered: false).collect()
        try graph.run(on: Engine(executor))
        #expect(numbers.elements.sorted() == Array(-8000..<8000))
    }

    @Test(arguments: executors) func byKey(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("keyed")
        // Each replica counts for itself, so the counts are right only if equal keys stay together.
        let counts = graph.source((0..<5000).map { "key \($0 % 50)" })
            .map(state: [String: Int]()) { seen, key in
                seen[key, default: 0] += 1
                return (key, seen[key] ?? 0)
            }
            .replicas(4, byKey: { (key: String) in key.stableHash })
            .collect()
        try graph.run(on: Engine(executor))
        #expect(counts.elements.count == 5000)
        for key in 0..<50 {
            let ofKey = counts.elements.filter { $0.0 == "key \(key)" }.map(\.1)
            #expect(ofKey == Array(1...100))
        }
    }

    @Test(arguments: executors) func sinks(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("sinks")
        let totals = Totals()
        graph.source(0..<5000).sink { totals.add($0) }.replicas(3)
        try graph.run(on: Engine(executor))
        #expect(totals.count == 5000)
        #expect(totals.sum == 5000 * 4999 / 2)
    }

    @Test(arguments: executors) func finishInEachReplica(_ executor: EngineOptions.Executor) throws
    {
        let graph = Graph("partial sums")
        let sums = graph.source(0..<1000).process(
            to: Int.self, state: 0, { sum, n, _ in sum += n },
            finish: { sum, port in port.send(sum) }
        ).replicas(3, ordered: false).collect()
        try graph.run(on: Engine(executor))
        #expect(sums.elements.count == 3)
        #expect(sums.elements.reduce(0, +) == 499_500)
    }
}
