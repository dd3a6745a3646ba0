import Penstock
import Testing

/// Elements with references are released exactly once, whatever becomes of the run.
@Suite struct LifetimeTests {
    /// A class, an array and a text in one element.
    struct Parcel: Sendable {
        let content: Tracked
        let list: [Tracked]
        let label: String
    }

    private func parcels(_ graph: Graph, _ tracker: LifetimeTracker, _ count: Int) -> Stream<Parcel>
    {
        graph.source(state: 0) { n -> Parcel? in
            if n == count { return nil }
            n += 1
            let content = tracker.instance(n)
            return Parcel(
                content: content, list: [tracker.instance(n), content],
                label: "the parcel with the number \(n)")
        }
    }

    @Test(arguments: executors) func throughEveryOperator(_ executor: EngineOptions.Executor) throws
    {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("lifetimes")
            let all = parcels(graph, tracker, 500)
            let mapped = all.map { Parcel(content: $0.content, list: [], label: $0.label) }
            let contents = mapped.filter { $0.content.number % 3 != 0 }
                .flatMap { [$0.content, $0.content] }
                .compactMap { it -> Tracked? in it.number % 5 == 0 ? nil : it }
            let (odd, even) = contents.process(to: Tracked.self, Parcel.self) { it, odd, even in
                if it.number % 2 == 1 {
                    odd.send(it)
                } else {
                    even.send(Parcel(content: it, list: [it], label: ""))
                }
            }
            let numbers = odd.unfused().fold([Tracked](), every: 10) { $0.append($1) }
                .flatMap { $0 }.map { $0.number }.collect()
            let merged = graph.merge(even, all.batch(7).arrays.flatMap { $0 })
            let last = merged.map { $0.content }.replicas(2).prefix(200).collect()
            try graph.run(on: Engine(executor))
            let kept = (1...500).filter { $0 % 3 != 0 && $0 % 5 != 0 }
            #expect(numbers.elements == kept.filter { $0 % 2 == 1 }.flatMap { [$0, $0] })
            #expect(last.elements.count == 200)
            #expect(tracker.living > 0)
        }
        #expect(tracker.living == 0)
        #expect(tracker.total == 1000)
    }

    @Test(arguments: executors) func aFailedRun(_ executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("failure")
            let all = parcels(graph, tracker, 5000)
            all.map { parcel throws(Refusal) in
                if parcel.content.number == 300 { throw Refusal(number: 300) }
                return parcel
            }.unfused().batch(9).sink { _ in }
            all.map(\.label).replicas(2).discard()
            #expect(failure { try graph.run(on: Engine(executor)) }?.code == .stageFailed)
        }
        #expect(tracker.living == 0)
    }

    @Test(
        arguments: executors, [FailurePolicy.skip, .deadLetter, .retry(times: 1, backoff: .zero)])
    func failurePolicies(_ executor: EngineOptions.Executor, _ policy: FailurePolicy) throws {
        let stages: [(Stream<Parcel>) -> Stream<Tracked>] = [
            { $0.map { parcel throws(Refusal) in try refuseSome(parcel) } },
            { $0.flatMap { parcel throws(Refusal) in [parcel.content, try refuseSome(parcel)] } },
            { $0.compactMap { parcel throws(Refusal) -> Tracked? in try refuseSome(parcel) } },
            {
                $0.process(to: Tracked.self, atMost: 2) { parcel, port throws(Refusal) in
                    port.send(parcel.content)
                    port.send(try refuseSome(parcel))
                }
            },
            {
                $0.batch(4).map(to: Tracked.self) { span, output throws(Refusal) in
                    for i in span.indices { output.append(try refuseSome(span[i])) }
                }
            },
            { $0.spans.map { span throws(Refusal) in try refuseSome(span[0]) } },
        ]
        for apply in stages {
            let tracker = LifetimeTracker()
            do {
                let graph = Graph("policies")
                let stage = apply(parcels(graph, tracker, 300))
                if case .deadLetter = policy {
                    stage.deadLetters(of: Parcel.self).discard()
                } else {
                    stage.onFailure(policy)
                }
                stage.discard()
                // A run whose retries have run out fails, which releases just as much.
                _ = failure { try graph.run(on: Engine(executor)) }
                #expect(tracker.total >= 14)
            }
            #expect(tracker.living == 0)
        }
    }

    @Test(arguments: executors) func aRunThatEndsEarly(_ executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("early")
            let endless = graph.source(state: 0) { n -> Tracked? in
                n += 1
                return tracker.instance(n)
            }
            endless.map { $0 }.unfused().sinkUntil { $0.number == 1234 }
            try graph.run(on: Engine(executor))
        }
        #expect(tracker.living == 0)
        #expect(tracker.total >= 1234)
    }

    @Test(arguments: executors) func aCancelledRun(_ executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("cancelled")
            let endless = graph.source(state: 0) { n -> Parcel? in
                n += 1
                return Parcel(content: tracker.instance(n), list: [], label: "")
            }
            let seen = Totals()
            let cancel = Canceller()
            endless.map(\.content).replicas(2).sink { content in
                seen.add(content.number)
                if seen.count == 3000 { cancel.now() }
            }
            cancel.aim(at: graph)
            #expect(failure { try graph.run(on: Engine(executor)) }?.code == .cancelled)
        }
        #expect(tracker.living == 0)
    }

    @Test func aGraphThatIsDroppedWhileItRuns() throws {
        let tracker = LifetimeTracker()
        let engine = try Engine()
        for _ in 0..<5 {
            let graph = Graph("dropped")
            let endless = graph.source(state: 0) { n -> Tracked? in
                n += 1
                return tracker.instance(n)
            }
            endless.map { $0 }.unfused().discard()
            try graph.start(on: engine)
        }
        #expect(tracker.living == 0)
    }

    @Test func anEngineThatIsDroppedWhileAGraphRuns() throws {
        let graph = Graph("kept engine")
        let numbers = graph.source(0..<100_000).map { "\($0)" }.collect()
        try graph.start(on: Engine())
        try graph.wait()
        #expect(numbers.elements.count == 100_000)
    }

    @Test func statesAndClosuresGoWithTheGraph() throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("closures")
            let captured = tracker.instance(1)
            let sums = graph.source(0..<10).map { $0 + captured.number }
                .map(state: tracker.instance(2)) {
                    $0 = tracker.instance($0.number); return $1
                }
                .fold(tracker.instance(0)) { $0 = tracker.instance($0.number + $1) }
                .collect()
            try graph.run(on: Engine())
            #expect(sums.elements.map(\.number) == [55])
        }
        #expect(tracker.living == 0)
    }
}

@discardableResult
private func refuseSome(_ parcel: LifetimeTests.Parcel) throws(Refusal) -> Tracked {
    if parcel.content.number % 7 == 0 { throw Refusal(number: parcel.content.number) }
    return parcel.content
}

/// Cancels a graph from one of its own closures, without keeping it.
final class Canceller: @unchecked Sendable {
    private weak var graph: Graph?
    func aim(at graph: Graph) { self.graph = graph }
    func now() { graph?.cancel() }
}
