import Penstock
import Testing

/// Mistakes in descriptions are kept, and thrown when the graph is validated or run.
@Suite struct DescriptionTests {
    private func mistake(_ describe: (Graph) -> Void) -> PenstockError? {
        let graph = Graph("wrong")
        describe(graph)
        let first = failure { try graph.validate() }
        let second = failure { try graph.run(on: Engine()) }
        #expect(first?.message == second?.message)
        return first
    }

    @Test func anEmptyGraph() {
        #expect(mistake { _ in }?.code == .invalid)
    }

    @Test func anUnconnectedStream() {
        let error = mistake { _ = $0.source(0..<3).named("numbers") }
        #expect(error?.code == .port)
        #expect(error?.message.contains("numbers") == true)
    }

    @Test func anUnconnectedPort() {
        let error = mistake { graph in
            let (even, _) = graph.source(0..<3).process(to: Int.self, Int.self) { n, a, _ in
                a.send(n)
            }
            even.discard()
        }
        #expect(error?.code == .port)
    }

    @Test func streamsOfAnotherGraph() {
        let other = Graph("other").source(0..<3)
        let error = mistake { $0.merge($0.source(0..<3), other).discard() }
        #expect(error?.code == .badHandle)
    }

    @Test func names() {
        #expect(
            mistake {
                $0.source(0..<3).named("a").map { $0 }.named("a").discard()
            }?.message.contains("'a'") == true)
        #expect(mistake { $0.source(0..<3).named("").discard() }?.code == .invalid)
    }

    @Test func automaticNames() throws {
        let graph = Graph("names")
        graph.source(0..<3).map { $0 }.map { $0 }.filter { _ in true }.named("map 3").map { $0 }
            .discard()
        try graph.run(on: Engine())
        #expect(
            graph.stats.map(\.name) == ["source", "map", "map 2", "map 3", "map 4", "discard"])
    }

    @Test func settingsOutOfRange() {
        let wrong: [(Stream<Int>) -> Void] = [
            { $0.map { $0 }.replicas(0).discard() },
            { $0.map { $0 }.replicas(1000).discard() },
            { $0.replicas(2).discard() },
            { $0.fold(0) { $0 += $1 }.replicas(2).discard() },
            { $0.fold(0, every: -1) { $0 += $1 }.discard() },
            { $0.map { $0 }.capacity(-1).discard() },
            { $0.map { $0 }.cost(nanoseconds: -1).discard() },
            { $0.map { $0 }.onFailure(.retry(times: -1)).discard() },
            { $0.batch(0).sink { _ in } },
            { $0.batch(-4).arrays.discard() },
            { $0.batch(100).map { $0.count }.capacity(10).discard() },
            { $0.flatMap(atMost: 0) { [$0] }.discard() },
            { $0.flatMap(atMost: 1 << 40) { [$0] }.discard() },
            { numbers in
                let copies = numbers.process(to: Int.self, atMost: -1) { n, port in port.send(n) }
                copies.discard()
            },
            { $0.onFailure(.skip).discard() },
            { $0.graph.merge([Stream<Int>]()).discard() },
        ]
        for (i, describe) in wrong.enumerated() {
            #expect(mistake { describe($0.source(0..<3)) }?.code == .invalid, "number \(i)")
        }
    }

    @Test func deadLettersOfTheWrongType() {
        let error = mistake { graph in
            let texts = graph.source(0..<3).map { "\($0)" }
            texts.deadLetters(of: String.self).discard()
            texts.discard()
        }
        #expect(error?.code == .typeMismatch)
        #expect(
            mistake { $0.source(0..<3).deadLetters(of: Int.self).discard() }?.code == .typeMismatch)
    }

    @Test func keysOfTheWrongType() {
        let error = mistake {
            $0.source(0..<3).map { "\($0)" }.replicas(2, byKey: { (s: String) in s.count })
                .discard()
        }
        #expect(error?.code == .typeMismatch)
    }

    @Test func theFirstMistakeStays() {
        let error = mistake {
            $0.source(0..<3).map { $0 }.replicas(-5).named("first").map { $0 }.replicas(-6)
                .discard()
        }
        #expect(error?.message.contains("-5") == true)
    }

    @Test func engineOptions() {
        let wrong = [
            EngineOptions(workers: -1), EngineOptions(reserve: -1), EngineOptions(trace: -1),
            EngineOptions(executor: .simulated(seed: 1, allocationFailure: 2)),
        ]
        for options in wrong {
            #expect(failure { _ = try Engine(options) }?.code == .invalid)
        }
        let noFile = EngineOptions(topology: .xml(path: "/no/such/file"))
        #expect(failure { _ = try Engine(noFile) }?.code == .topology)
        let nonsense = EngineOptions(topology: .synthetic("quark:7"))
        #expect(failure { _ = try Engine(nonsense) }?.code == .topology)
    }

    @Test func engineInfo() throws {
        let big = try Engine(
            EngineOptions(topology: .synthetic("package:2 core:8 pu:2"), workers: 5))
        #expect(big.info.processors == 32)
        #expect(big.info.workers == 5)
        #expect(!big.info.isLive && !big.info.isSimulated)
        #expect(try Engine(EngineOptions(executor: .simulated(seed: 1))).info.isSimulated)
    }

    @Test func outOfMemoryIsAnError() throws {
        let graph = Graph("memory")
        graph.source(0..<3).map { $0 }.discard()
        let engine = try Engine(.simulated(seed: 1, allocationFailure: 1))
        #expect(failure { try graph.run(on: engine) }?.code == .outOfMemory)
        try graph.run(on: Engine())
    }
}
