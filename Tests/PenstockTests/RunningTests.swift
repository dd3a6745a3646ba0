import Penstock
import Synchronization
import Testing

@Suite struct RunningTests {
    /// A source that gives until it is told to end.
    private func source(_ graph: Graph, until end: Flag) -> Stream<Int> {
        graph.source(state: 0) { n -> Int? in
            n += 1
            return end.isSet ? nil : n
        }
    }

    @Test(arguments: executors) func againAndAgain(_ executor: EngineOptions.Executor) throws {
        let engine = try Engine(executor)
        let graph = Graph("again")
        let texts = graph.source(0..<100).map { "\($0)" }.unfused().collect()
        for _ in 0..<20 {
            try graph.run(on: engine)
            #expect(texts.elements == (0..<100).map { "\($0)" })
            #expect(graph.elementsAtSinks == 100)
            #expect(graph.state == .ended)
        }
        try graph.learn()
        try graph.run(on: engine)
        #expect(texts.elements.count == 100)
    }

    @Test func manyGraphsOnOneEngine() throws {
        let engine = try Engine()
        let graphs = (0..<8).map { i in
            let graph = Graph("graph \(i)")
            return (
                graph,
                graph.source(0..<10_000).map { $0 + i }.unfused().fold(0) { $0 += $1 }.collect()
            )
        }
        for (graph, _) in graphs { try graph.start(on: engine) }
        for (i, (graph, sum)) in graphs.enumerated() {
            try graph.wait()
            #expect(sum.elements == [49_995_000 + 10_000 * i])
        }
    }

    @Test func statesAndTimeouts() throws {
        let engine = try Engine()
        let end = Flag()
        let graph = Graph("states")
        source(graph, until: end).discard()
        #expect(graph.state == .idle)
        #expect(failure { try graph.wait() }?.code == .badState)
        #expect(failure { try graph.pause() }?.code == .badState)
        graph.cancel()
        try graph.start(on: engine)
        #expect(graph.state == .running)
        #expect(failure { try graph.wait(timeout: .milliseconds(1)) }?.code == .timedOut)
        #expect(failure { try graph.start(on: engine) }?.code == .busy)
        #expect(failure { try graph.learn() }?.code == .busy)
        try graph.pause()
        #expect(graph.state == .paused)
        try graph.resume()
        #expect(graph.state == .running)
        end.set()
        try graph.wait()
        #expect(graph.state == .ended)
        #expect(try graph.poll(budget: .zero) == false)
    }

    @Test func pausedGraphsDoNothing() throws {
        let end = Flag()
        let graph = Graph("paused")
        let seen = Atomic<Int>(0)
        source(graph, until: end).sink { _ in seen.add(1, ordering: .relaxed) }
        try graph.start(on: Engine())
        try graph.pause()
        // A span that was under way may still finish; after some reports of rest there is none.
        while seen.load(ordering: .relaxed) == 0 && graph.state == .paused {
            try graph.resume()
            try? graph.wait(timeout: .milliseconds(1))
            try graph.pause()
        }
        #expect(graph.state == .paused)
        #expect(graph.stallReport.contains("paused"))
        try graph.resume()
        end.set()
        try graph.wait()
    }

    @Test(arguments: executors) func cancelling(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("cancel")
        let cancel = Canceller()
        cancel.aim(at: graph)
        graph.source(state: 0) { n -> Int? in
            n += 1
            return n
        }.sink { if $0 == 5000 { cancel.now() } }
        let engine = try Engine(executor)
        for _ in 0..<3 {
            let error = failure { try graph.run(on: engine) }
            #expect(error?.code == .cancelled)
            #expect(error?.stage == nil)
        }
    }

    @Test(arguments: executors) func onTheHost(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("host")
        let here = ThreadMark()
        let elsewhere = Atomic<Int>(0)
        let sum = graph.source(0..<1000).map { n in
            if !here.isHere { elsewhere.add(1, ordering: .relaxed) }
            return n
        }.onHost().fold(0) { $0 += $1 }.collect()
        try graph.run(on: Engine(executor))
        #expect(elsewhere.load(ordering: .relaxed) == 0)
        #expect(sum.elements == [499_500])
    }

    @Test func polled() throws {
        let graph = Graph("polled")
        let sum = graph.source(0..<1000).map { $0 }.onHost().fold(0) { $0 += $1 }.collect()
        try graph.start(on: Engine())
        while try graph.poll(budget: .milliseconds(1)) {}
        try graph.wait()
        #expect(sum.elements == [499_500])
    }

    @Test(arguments: executors) func blocking(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("blocking")
        let sum = graph.source(0..<100).blocking().map { $0 }.blocking().fold(0) { $0 += $1 }
            .collect()
        try graph.run(on: Engine(executor))
        #expect(sum.elements == [4950])
    }

    @Test func wokenSources() throws {
        let graph = Graph("woken")
        let stock = Mutex([Int]())
        let source = graph.source(of: Int.self) { output in
            let next = stock.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { return .more }
            output.append(next)
            return next == 3 ? .end : .more
        }
        let numbers = source.collect()
        try graph.start(on: Engine())
        for n in 1...3 {
            stock.withLock { $0.append(n) }
            try graph.wake(source)
        }
        try graph.wait()
        #expect(numbers.elements == [1, 2, 3])
        #expect(failure { try graph.wake(source.map { $0 }) }?.code != nil)
    }

    @Test(arguments: executors)
    func settingsDoNotChangeResults(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("settings")
        let numbers = graph.source(0..<500).unfused().placed(on: "core:0").cost(nanoseconds: 10)
        let doubled = numbers.map { 2 * $0 }.capacity(3).placed(near: numbers).exclusive()
        let all = doubled.filter { _ in true }.unfused().collect()
        try graph.run(on: Engine(executor))
        #expect(all.elements == (0..<500).map { 2 * $0 })
    }

    @Test(arguments: [1, 2, 64]) func numbersOfWorkers(_ workers: Int) throws {
        let graph = Graph("workers")
        let texts = graph.source(0..<3000).map { "\($0)" }.replicas(3).unfused().map(\.count)
            .fold(0) { $0 += $1 }.collect()
        try graph.run(on: Engine(EngineOptions(workers: workers, spin: .zero)))
        #expect(texts.elements == [10 + 180 + 2700 + 8000])
    }

    @Test func notFromInside() throws {
        let graph = Graph("inside")
        let engine = try Engine()
        let found = Mutex([PenstockError.Code]())
        let selfAim = Weak()
        selfAim.graph = graph
        selfAim.engine = engine
        graph.source(0..<1).sink { _ in
            let errors = [
                failure { try selfAim.graph?.wait() },
                failure { try selfAim.graph?.run(on: selfAim.engine!) },
                failure { try selfAim.engine?.stop() },
            ]
            found.withLock { $0 = errors.compactMap { $0?.code } }
        }
        try graph.run(on: engine)
        #expect(found.withLock { $0 } == [.deadlock, .deadlock, .deadlock])
        try engine.stop()
        #expect(failure { try graph.run(on: engine) }?.code == .badState)
    }

    @Test func describingWhileItRuns() throws {
        let graph = Graph("late")
        let end = Flag()
        let numbers = source(graph, until: end)
        numbers.discard()
        try graph.start(on: Engine())
        numbers.map { $0 }.discard()
        end.set()
        try graph.wait()
        #expect(failure { try graph.run(on: Engine()) }?.code == .busy)
    }
}

/// The thread that made it.
private struct ThreadMark: Sendable {
    private let thread = currentThread()
    var isHere: Bool { currentThread() == thread }
}

private final class Weak: @unchecked Sendable {
    weak var graph: Graph?
    weak var engine: Engine?
}
