import PenstockDataflow
import PenstockRuntime
import Testing

/// What a callback may ask of its own graph and of others.
@Suite struct CallbackTests {
    @Test(arguments: executors) func noWaitingForItself(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph("own")
            nonisolated(unsafe) var found: [Status?] = []
            let feed = t.feed("feed", options { $0.capacity = 1 })
            _ = t.counter("fed", feed)
            let source = t.count("numbers", to: 1)
            let graph = t.graph
            // unowned: the graph keeps its callbacks
            t.sink("last", source) { [unowned graph] _, input, _ in
                found.append(failure { try graph.run(on: engine) }?.status)
                found.append(failure { try graph.wait(nanoseconds: .max) }?.status)
                found.append(failure { _ = try graph.poll(nanoseconds: 1) }?.status)
                found.append(failure { try graph.shutDown() }?.status)
                found.append(failure { try graph.start(on: engine) }?.status)
                found.append(failure { try graph.close(stage: feed) }?.status)
                return ok
            }
            try t.graph.run(on: engine)
            #expect(found == [.deadlock, .deadlock, .deadlock, .deadlock, .busy, nil])
            try t.graph.shutDown()
        }
    }

    /// Another graph may be started from a callback, but not waited for where that could not end.
    @Test(arguments: executors) func startsAnotherGraph(executor: Executor) throws {
        try withEngine(executor, workers: 1) { engine in
            let other = TestGraph("other")
            let counter = other.counter("last", other.count("numbers", to: 100))
            let t = TestGraph("first")
            nonisolated(unsafe) var found: [Status?] = []
            t.sink("last", t.count("numbers", to: 1)) { _, _, _ in
                found.append(failure { try other.graph.start(on: engine) }?.status)
                found.append(failure { try other.graph.wait(nanoseconds: .max) }?.status)
                return ok
            }
            try t.graph.run(on: engine)
            // The only worker is the one that would wait.
            #expect(found == [nil, .deadlock])
            #expect(engine.threadCount == 1)
            try other.graph.wait(nanoseconds: .max)
            #expect(counter.total == 100)
            try t.graph.shutDown()
            try other.graph.shutDown()
        }
    }

    @Test(arguments: executors) func shouldStop(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let graph = t.graph
            let seen = Counter()
            t.sink("last", t.endless()) { [unowned graph] context, _, _ in
                if Step.shouldStop(context) { seen.add(100) }
                try? graph.cancel()
                if Step.shouldStop(context) { seen.add(1) }
                return ok
            }
            #expect(failure { try t.graph.run(on: engine) }?.status == .cancelled)
            #expect(seen.total == 1)
            try t.graph.shutDown()
        }
    }
}
