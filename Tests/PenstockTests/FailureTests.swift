import Penstock
import Testing

/// What happens to elements for which a closure throws.
@Suite struct FailureTests {
    /// Refuses multiples of ten.
    private static let choosy: @Sendable (Int) throws -> String = { n in
        if n % 10 == 0 { throw Refusal(number: n) }
        return "\(n)"
    }

    @Test(arguments: executors) func failsTheRun(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("etl")
        graph.source(1...1000).map(Self.choosy).named("parse").discard()
        let error = failure { try graph.run(on: Engine(executor)) }
        #expect(error?.code == .stageFailed)
        #expect(error?.stage == "parse")
        #expect(error?.replica == 0)
        #expect(error?.element == 9)
        #expect(error?.underlying as? Refusal == Refusal(number: 10))
        #expect(error?.message == "etl: stage 'parse', element 9: Refusal(number: 10)")
    }

    @Test(arguments: executors) func skips(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("skip")
        let texts = graph.source(1...1000).map(Self.choosy).onFailure(.skip)
        let kept = texts.collect()
        try graph.run(on: Engine(executor))
        #expect(kept.elements == (1...1000).filter { $0 % 10 != 0 }.map { "\($0)" })
        #expect(graph.stats(of: texts)?.skipped == 100)
        #expect(graph.stats(of: texts)?.failed == 100)
    }

    @Test(arguments: executors) func sendsDeadLetters(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("dead letters")
        let texts = graph.source(1...1000).map(Self.choosy)
        let refused = texts.deadLetters(of: Int.self).collect()
        let kept = texts.collect()
        try graph.run(on: Engine(executor))
        #expect(kept.elements.count == 900)
        #expect(refused.elements == (1...100).map { $0 * 10 })
        #expect(graph.stats(of: texts)?.deadLettered == 100)
    }

    @Test(arguments: executors) func retries(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("retry")
        let attempts = Totals()
        let texts = graph.source(1...50).map { n -> String in
            if n == 20 {
                attempts.add(n)
                if attempts.count < 3 { throw Refusal(number: n) }
            }
            return "\(n)"
        }.onFailure(.retry(times: 3, backoff: .microseconds(1)))
        let kept = texts.collect()
        try graph.run(on: Engine(executor))
        #expect(kept.elements == (1...50).map { "\($0)" })
        #expect(attempts.count == 3)
        #expect(graph.stats(of: texts)?.retried == 2)
    }

    @Test(arguments: executors) func givesUpRetrying(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("retry")
        let attempts = Totals()
        graph.source(1...50).sink { n in
            if n != 20 { return }
            attempts.add(n)
            throw Refusal(number: n)
        }.named("store").onFailure(.retry(times: 2, backoff: .zero))
        let error = failure { try graph.run(on: Engine(executor)) }
        #expect(error?.stage == "store")
        #expect(error?.element == 19)
        #expect(error?.underlying as? Refusal == Refusal(number: 20))
        #expect(attempts.count == 3)
    }

    @Test(arguments: executors) func everyOperatorFails(_ executor: EngineOptions.Executor) throws {
        // Each takes 1...1000 and throws at 500.
        let refuse: @Sendable (Int) throws -> Void = { if $0 == 500 { throw Refusal(number: $0) } }
        let operators: [(Stream<Int>) -> any StageHandle] = [
            { $0.map { try refuse($0) } },
            { $0.map(using: 1) { n, _ in try refuse(n) } },
            { $0.map(state: 1) { _, n in try refuse(n) } },
            {
                $0.filter {
                    try refuse($0)
                    return true
                }
            },
            {
                $0.filter(using: 1) { n, _ in
                    try refuse(n)
                    return true
                }
            },
            {
                $0.flatMap {
                    try refuse($0)
                    return [$0, $0]
                }
            },
            {
                $0.compactMap { n -> Int? in
                    try refuse(n)
                    return n
                }
            },
            { $0.fold(0) { _, n in try refuse(n) } },
            { $0.fold(0, every: 3) { _, n in try refuse(n) } },
            {
                $0.process(to: Int.self) { n, port in
                    port.send(n)
                    try refuse(n)
                }
            },
            { $0.sink { try refuse($0) } },
            {
                $0.sinkUntil {
                    try refuse($0)
                    return false
                }
            },
        ]
        for (i, apply) in operators.enumerated() {
            let graph = Graph("operators")
            let stage = apply(graph.source(1...1000)).named("it")
            if let stream = stage as? any Discardable { stream.end() }
            let error = failure { try graph.run(on: Engine(executor)) }
            #expect(error?.stage == "it", "operator \(i)")
            #expect(error?.element == 499, "operator \(i)")
            #expect(error?.underlying as? Refusal == Refusal(number: 500), "operator \(i)")
        }
    }

    @Test(arguments: executors) func spansFailAsAWhole(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("spans")
        let (batches, texts) = (Totals(), graph.source(0..<100).map { "\($0)" })
        let sums = texts.batch(10).map { span -> Int in
            batches.add(1)
            if span[0] == "30" { throw Refusal(number: 30) }
            return span.count
        }
        sums.onFailure(.skip)
        let kept = sums.collect()
        try graph.run(on: Engine(executor))
        #expect(kept.elements == Array(repeating: 10, count: 9))
        #expect(graph.stats(of: sums)?.skipped == 10)
    }

    @Test(arguments: executors) func sourcesFail(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("sources")
        let source = graph.source(state: 0) { n throws(Refusal) -> Int? in
            n += 1
            if n == 10 { throw Refusal(number: n) }
            return n
        }
        source.named("numbers").discard()
        let error = failure { try graph.run(on: Engine(executor)) }
        #expect(error?.stage == "numbers")
        #expect(error?.underlying as? Refusal == Refusal(number: 10))
    }

    @Test(arguments: executors) func brokenContracts(_ executor: EngineOptions.Executor) throws {
        let first = Graph("too many")
        first.source(["a b", "a b c"]).flatMap(atMost: 2) {
            $0.split(separator: " ").map(String.init)
        }
        .named("words").discard()
        var error = failure { try first.run(on: Engine(executor)) }
        #expect(error?.stage == "words")
        #expect(error?.element == 1)
        #expect(error?.underlying == nil)
        #expect(error?.message.contains("more than 2") == true)

        let second = Graph("too few")
        second.source(0..<10).spans.map(to: String.self) { input, output in
            for i in input.indices.dropLast() { output.append("\(i)") }
        }.named("short").discard()
        error = failure { try second.run(on: Engine(executor)) }
        #expect(error?.stage == "short")

        let third = Graph("too many sent")
        third.source(0..<10).process(to: String.self) { n, port in
            port.send("a")
            if n == 5 { port.send("b") }
        }.named("chatty").discard()
        error = failure { try third.run(on: Engine(executor)) }
        #expect(error?.stage == "chatty")
        #expect(error?.element == 5)
    }

    @Test func aReplicaIsNamed() throws {
        let graph = Graph("replicas")
        graph.source(0..<100_000).map { n in
            if n == 50_000 { throw Refusal(number: n) }
        }.replicas(2).named("half").discard()
        let error = failure { try graph.run(on: Engine()) }
        #expect(error?.stage == "half")
        #expect(error?.replica != nil)
        #expect(error?.underlying as? Refusal == Refusal(number: 50_000))
    }

    @Test func errorsOfAnEarlierRunAreForgotten() throws {
        let graph = Graph("again")
        let refuses = Flag()
        let kept = graph.source(0..<10).map { n in
            if n == 5 && !refuses.isSet { throw Refusal(number: n) }
            return n
        }.collect()
        let engine = try Engine()
        #expect(failure { try graph.run(on: engine) }?.stage == "map")
        refuses.set()
        try graph.run(on: engine)
        #expect(kept.elements == Array(0..<10))
    }
}

private protocol Discardable {
    func end()
}

extension Stream: Discardable {
    func end() { discard() }
}
