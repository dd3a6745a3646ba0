import Penstock
import Synchronization
import Testing

/// Tasks that run, feed and drain graphs. Bounded by what happens, never by time.
@Suite struct AsyncTests {
    @Test(arguments: executors) func running(_ executor: EngineOptions.Executor) async throws {
        let graph = Graph("async")
        let sum = graph.source(0..<1000).map { $0 }.onHost().fold(0) { $0 += $1 }.collect()
        let engine = try Engine(executor)
        for _ in 0..<3 {
            try await graph.run(on: engine)
            #expect(sum.elements == [499_500])
        }
    }

    @Test func manyAtOnce() async throws {
        // More than the cooperative pool has threads: nobody may block one.
        let engine = try Engine()
        try await withThrowingTaskGroup { group in
            for i in 0..<40 {
                group.addTask {
                    let graph = Graph("graph \(i)")
                    let sum = graph.source(0..<1000).map { $0 + i }.fold(0) { $0 += $1 }.collect()
                    try await graph.run(on: engine)
                    #expect(sum.elements == [499_500 + 1000 * i])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func errors() async throws {
        let graph = Graph("async")
        graph.source(0..<1000).sink { if $0 == 5 { throw Refusal(number: $0) } }
        do {
            try await graph.run(on: Engine())
            Issue.record("it did not throw")
        } catch {
            #expect(error.underlying as? Refusal == Refusal(number: 5))
        }
    }

    @Test func cancelledRuns() async throws {
        let graph = Graph("cancelled")
        let (started, announce) = AsyncStream.makeStream(of: Void.self)
        graph.source(state: 0) { n -> Int? in
            n += 1
            return n
        }.sink { if $0 == 1000 { announce.yield() } }
        let engine = try Engine()
        let task = Task { try await graph.run(on: engine) }
        for await _ in started { break }
        task.cancel()
        let result = await task.result
        #expect((result.failure as? PenstockError)?.code == .cancelled)
        #expect(graph.state == .ended)
    }

    // MARK: - In

    @Test(arguments: executors) func feeding(_ executor: EngineOptions.Executor) async throws {
        let graph = Graph("feed")
        let stream = AsyncStream<String>(bufferingPolicy: .unbounded) { continuation in
            for i in 0..<3000 { continuation.yield("\(i)") }
            continuation.finish()
        }
        let texts = graph.source(stream).capacity(7).map { $0 + "!" }.collect()
        try await graph.run(on: Engine(executor))
        #expect(texts.elements == (0..<3000).map { "\($0)!" })
    }

    @Test func feedingUnderBackPressure() async throws {
        let graph = Graph("back-pressure")
        let counter = CountUp(end: 5000)
        let taken = Atomic<Int>(0)
        let furthest = Atomic<Int>(0)
        graph.source(counter).capacity(4).sink { _ in
            // How far ahead the sequence is of the sink.
            let ahead = counter.given - taken.add(1, ordering: .relaxed).newValue
            furthest.max(ahead, ordering: .relaxed)
        }.unfused().capacity(4)
        try await graph.run(on: Engine())
        #expect(taken.load(ordering: .relaxed) == 5000)
        #expect(furthest.load(ordering: .relaxed) <= 40)
    }

    @Test func sequencesThatThrow() async throws {
        let graph = Graph("throwing feed")
        let seen = Totals()
        graph.source(CountUp(end: 1000, refuses: 500)).named("requests").sink { seen.add($0) }
        do {
            try await graph.run(on: Engine())
            Issue.record("it did not throw")
        } catch {
            #expect(error.code == .stageFailed)
            #expect(error.stage == "requests")
            #expect(error.underlying as? Refusal == Refusal(number: 500))
        }
        #expect(seen.count <= 499)
    }

    @Test func sequencesAreLeftWhenTheRunEnds() async throws {
        let tracker = LifetimeTracker()
        let graph = Graph("left")
        graph.source(Endless(tracker: tracker)).sinkUntil { $0 == 5 }
        // The sequence never ends; the run does, and its task is cancelled.
        try await graph.run(on: Engine())
        while tracker.living > 0 { await Task.yield() }
        #expect(tracker.total == 1)
    }

    @Test func eachRunIteratesAnew() async throws {
        let graph = Graph("anew")
        let numbers = graph.source(CountUp(end: 100)).collect()
        let engine = try Engine()
        for _ in 0..<3 {
            try await graph.run(on: engine)
            #expect(numbers.elements == Array(1...100))
        }
        try runBlocking(graph, engine)
        #expect(numbers.elements == Array(1...100))
    }

    /// The blocking form, from an asynchronous test.
    private func runBlocking(_ graph: Graph, _ engine: Engine) throws { try graph.run(on: engine) }

    // MARK: - Out

    @Test(arguments: executors) func draining(_ executor: EngineOptions.Executor) async throws {
        let graph = Graph("drain")
        let values = graph.source(0..<3000).map { "\($0)" }.values().capacity(5)
        let engine = try Engine(executor)
        for _ in 0..<2 {
            async let run: Void = graph.run(on: engine)
            var all: [String] = []
            for try await value in values { all.append(value) }
            try await run
            #expect(all == (0..<3000).map { "\($0)" })
        }
    }

    @Test func slowConsumers() async throws {
        let graph = Graph("slow")
        let made = Atomic<Int>(0)
        let values = graph.source(state: 0) { n -> Int? in
            n += 1
            made.store(n, ordering: .relaxed)
            return n <= 5000 ? n : nil
        }.capacity(8).values().capacity(8)
        async let run: Void = graph.run(on: Engine())
        var (taken, furthest) = (0, 0)
        for try await value in values {
            taken += 1
            #expect(value == taken)
            if taken % 50 == 0 { await Task.yield() }
            furthest = max(furthest, made.load(ordering: .relaxed) - taken)
        }
        try await run
        #expect(taken == 5000)
        // What the drain, the span under way and the iterator hold.
        #expect(furthest <= 2000)
    }

    @Test func throughAndBack() async throws {
        // A server: requests in, answers out, one at a time, many times over.
        let (requests, send) = AsyncStream.makeStream(of: Int.self)
        let graph = Graph("server")
        let answers = graph.source(requests).map { $0 * $0 }.replicas(2).values()
        let engine = try Engine()
        let run = Task { try await graph.run(on: engine) }
        var iterator = answers.makeAsyncIterator()
        for i in 0..<2000 {
            send.yield(i)
            let answer = try await iterator.next()
            #expect(answer == i * i)
        }
        send.finish()
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        try await run.value
    }

    @Test func failuresReachTheConsumer() async throws {
        let graph = Graph("failure")
        let values = graph.source(0..<100_000).map { n in
            if n == 50_000 { throw Refusal(number: n) }
            return n
        }.values()
        let engine = try Engine()
        let run = Task { try await graph.run(on: engine) }
        do {
            for try await _ in values {}
            Issue.record("it did not throw")
        } catch {
            #expect(error.code == .stageFailed)
            #expect(error.underlying as? Refusal == Refusal(number: 50_000))
        }
        #expect(await run.result.failure != nil)
    }

    @Test func cancelledConsumers() async throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("cancelled consumer")
            let values = graph.source(state: 0) { n -> Tracked? in
                n += 1
                return tracker.instance(n)
            }.values()
            let (started, announce) = AsyncStream.makeStream(of: Void.self)
            let engine = try Engine()
            let run = Task { try await graph.run(on: engine) }
            let consumer = Task {
                for try await value in values where value.number == 100 { announce.yield() }
            }
            for await _ in started { break }
            consumer.cancel()
            #expect((await consumer.result.failure as? PenstockError)?.code == .cancelled)
            #expect((await run.result.failure as? PenstockError)?.code == .cancelled)
        }
        while tracker.living > 0 { await Task.yield() }
        #expect(tracker.living == 0)
    }

    @Test func cancelledWhileItWaitsForARun() async throws {
        let graph = Graph("never")
        let values = graph.source(0..<10).values()
        let consumer = Task { for try await _ in values {} }
        await Task.yield()
        consumer.cancel()
        #expect((await consumer.result.failure as? PenstockError)?.code == .cancelled)
    }

    @Test func emptyStreams() async throws {
        let graph = Graph("empty")
        let values = graph.source(AsyncStream<Int> { $0.finish() }).values()
        async let run: Void = graph.run(on: Engine())
        for try await _ in values { Issue.record("an element from nowhere") }
        try await run
    }

    @Test func elementsWithReferences() async throws {
        let tracker = LifetimeTracker()
        do {
            let graph = Graph("references")
            let values = graph.source(CountUp(end: 1000)).map { tracker.instance($0) }.values()
            async let run: Void = graph.run(on: Engine())
            var sum = 0
            for try await value in values { sum += value.number }
            try await run
            #expect(sum == 500_500)
        }
        #expect(tracker.living == 0)
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { return failure }
        return nil
    }
}

/// 1...end, each iteration anew; knows how far the furthest has come.
private struct CountUp: AsyncSequence, Sendable {
    private final class Given: Sendable {
        let count = Atomic<Int>(0)
    }

    let end: Int
    var refuses: Int?
    private let furthest = Given()

    init(end: Int, refuses: Int? = nil) {
        self.end = end
        self.refuses = refuses
    }

    var given: Int { furthest.count.load(ordering: .relaxed) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let sequence: CountUp
        var next = 0

        mutating func next() async throws -> Int? {
            next += 1
            if next > sequence.end { return nil }
            if next == sequence.refuses { throw Refusal(number: next) }
            sequence.furthest.count.store(next, ordering: .relaxed)
            return next
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(sequence: self) }
}

/// 1...10, and then nothing until it is cancelled. Knows how many iterators are alive.
private struct Endless: AsyncSequence, Sendable {
    let tracker: LifetimeTracker

    struct AsyncIterator: AsyncIteratorProtocol {
        let token: Tracked
        var next = 0

        mutating func next() async -> Int? {
            next += 1
            if next <= 10 { return next }
            try? await Task.sleep(for: .seconds(1_000_000))
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(token: tracker.instance(0)) }
}
