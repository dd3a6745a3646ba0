import PenstockDataflow
import PenstockRuntime
import Testing

/// How many elements a callback is given at once.
@Suite struct SpanTests {
    @Test(arguments: executors) func batchesBehindReplicas(executor: Executor) throws {
        try withEngine(executor) { engine in
            for ordered in [true, false] {
                let t = TestGraph()
                let map = t.copy(
                    "middle", t.count("numbers", to: 1003),
                    options {
                        $0.replicas = 3
                        $0.ordered = ordered
                    })
                nonisolated(unsafe) var spans: [Int] = []
                t.sink("last", map, options { $0.batch = 10 }) { _, _, n in
                    spans.append(n)
                    return ok
                }
                try t.graph.run(on: engine)
                #expect(spans == Array(repeating: 10, count: 100) + [3])
                try t.graph.shutDown()
            }
        }
    }

    @Test(arguments: executors) func lingerPassesOn(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let feed = t.feed("feed")
            let counter = t.counter(
                "last", feed,
                options {
                    $0.batch = 100
                    $0.lingerNanoseconds = 300_000
                })
            try t.graph.start(on: engine)
            let numbers: [UInt64] = [1, 2, 3]
            var pushed = 0
            try t.graph.push(stage: feed, numbers, 3, nanoseconds: .max, pushed: &pushed)
            // Without linger three would never arrive, since the feed stays open.
            while counter.total < 3 { try? t.graph.wait(nanoseconds: 1_000_000) }
            try t.graph.close(stage: feed)
            try t.graph.wait(nanoseconds: .max)
            #expect(counter.total == 3)
            try t.graph.shutDown()
        }
    }

    /// A stage that emits more than it may gets told so, and nothing is written past the end.
    @Test(arguments: executors) func greedyProcess(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let greedy = t.process("greedy", t.count("numbers", to: 200)) { context, input, n in
                var sent = 0
                for _ in 0..<5000 { sent += Step.emit(context, 0, input, 1) }
                return sent <= n ? ok : Status.internal.rawValue
            }
            let counter = t.counter("last", t.copy("next", greedy), options { $0.capacity = 1 })
            try t.graph.run(on: engine)
            #expect(counter.total == 200)
            try t.graph.shutDown()
        }
    }

    /// finish may emit 64 elements whatever the capacity; ordered replicas give theirs one after
    /// the other.
    @Test(arguments: executors, [1, 3]) func finishHasRoom(executor: Executor, replicas: Int) throws
    {
        try withEngine(executor) { engine in
            for fused in [true, false] {
                let t = TestGraph()
                let o = options {
                    $0.replicas = replicas
                    $0.finish = { context in
                        var numbers = (0..<64).map {
                            1000 + UInt64(Step.replica(context)) * 100 + $0
                        }
                        let n = Step.emit(context, 0, &numbers, 64)
                        return n == 64 ? ok : Status.internal.rawValue
                    }
                }
                let keep = t.process("keep", t.count("numbers", to: 5), o) { context, input, n in
                    Step.emit(context, 0, input, n) == n ? ok : Status.internal.rawValue
                }
                let next = t.copy("next", keep, options { $0.capacity = 1 })
                if !fused { t.unfuse(keep, next, capacity: 1) }
                let list = t.list("last", next, options { $0.capacity = 1 })
                try t.graph.run(on: engine)
                let extra = (0..<replicas).flatMap { r in
                    (0..<64).map { 1000 + UInt64(r) * 100 + UInt64($0) }
                }
                #expect(list.values == Array(0..<5) + extra)
                try t.graph.shutDown()
            }
        }
    }

    /// What one element becomes may be longer than a chunk for replicas.
    @Test(arguments: executors) func largeOutputsToReplicas(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let many = t.process(
                "many", t.count("numbers", to: 20), options { $0.maxOutputs = 700 }
            ) { context, input, n in
                for i in 0..<n {
                    for _ in 0..<700 where Step.emit(context, 0, input + i, 1) != 1 { return 1001 }
                }
                return ok
            }
            let list = t.list("last", t.copy("copy", many, options { $0.replicas = 3 }))
            try t.graph.run(on: engine)
            #expect(list.values == (0..<20).flatMap { Array(repeating: UInt64($0), count: 700) })
            try t.graph.shutDown()
        }
    }
}
