import PenstockDataflow
import PenstockRuntime
import Testing

/// A stage that has had enough ends what feeds it.
@Suite struct EarlyEndTests {
    @Test(arguments: executors) func sinkEndsSource(executor: Executor) throws {
        try withEngine(executor) { engine in
            for unfused in [false, true] {
                let t = TestGraph()
                let source = t.endless()
                let middle = t.copy("middle", source, options { $0.replicas = unfused ? 2 : 1 })
                let calls = Counter()
                let sink = t.sink("last", middle) { _, _, n in
                    calls.add(1)
                    return end
                }
                if unfused { t.unfuse(middle, sink) }
                try t.graph.run(on: engine)
                #expect(calls.total == 1)
                try t.graph.shutDown()
            }
        }
    }

    /// A source that feeds somebody else as well goes on for that one.
    @Test(arguments: executors) func othersGetAll(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let source = t.count("numbers", to: 5000)
            t.sink("short", source) { _, _, _ in end }
            let counter = t.counter("long", source)
            try t.graph.run(on: engine)
            #expect(counter.total == 5000)
            try t.graph.shutDown()
        }
    }

    /// One replica that wants no more leaves all that follows to the others.
    @Test(arguments: executors) func replicaEnds(executor: Executor) throws {
        try withEngine(executor) { engine in
            for ordered in [true, false] {
                let t = TestGraph()
                let total = Counter()
                let refused = Counter()
                let source = t.count("numbers", to: 3000)
                t.process(
                    "some", source, ports: 0,
                    options {
                        $0.replicas = 3
                        $0.ordered = ordered
                        $0.capacity = 2
                    }
                ) { context, _, n in
                    total.add(n)
                    if Step.replica(context) != 1 { return ok }
                    refused.add(1)
                    return end
                }
                try t.graph.run(on: engine)
                #expect(refused.total <= 1)
                // What had been handed to that replica already is destroyed: two channels full.
                #expect(total.total >= 3000 - 8)
                try t.graph.shutDown()
            }
        }
    }

    @Test(arguments: executors) func cycleEndsEarly(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let loop = t.merge("loop", [t.endless()])
            let router = t.process("router", loop, ports: 2) { context, _, n in
                Step.position(context) > 1000 ? end : ok
            }
            _ = t.counter("last", router)
            t.d.addFeedback(from: .init(stage: router, port: 1), to: loop, credit: 4)
            try t.graph.run(on: engine)
            try t.graph.shutDown()
        }
    }
}
