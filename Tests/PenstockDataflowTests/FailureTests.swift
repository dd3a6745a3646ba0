import PenstockDataflow
import PenstockRuntime
import Testing

/// Who is named when a callback fails, and what is done about it.
@Suite struct FailureTests {
    @Test(arguments: executors, [1, 3]) func namesTheElement(executor: Executor, replicas: Int)
        throws
    {
        try withEngine(executor) { engine in
            let t = TestGraph("etl")
            let map = t.map(
                "standardise", t.count("rows", to: 9000), options { $0.replicas = replicas }
            ) { context, input, out, n in
                for i in 0..<n {
                    if input[i] == 4711 {
                        return Step.fail(context, 1001, i, "value is not finite")
                    }
                    out[i] = input[i]
                }
                return ok
            }
            _ = t.counter("last", map)
            let found = try #require(failure { try t.graph.run(on: engine) })
            #expect(found.status == .stageFailed)
            if replicas == 1 {
                #expect(
                    found.text
                        == "etl: stage 'standardise', element 4711: value is not finite")
            } else {
                #expect(found.text.hasPrefix("etl: stage 'standardise', replica "))
                #expect(found.text.hasSuffix(": value is not finite"))
            }
            try t.graph.shutDown()
        }
    }

    @Test(arguments: executors) func setUpsAndTearDowns(executor: Executor) throws {
        try withEngine(executor) { engine in
            // Ends well, cancelled, failed.
            for way in 0..<3 {
                let t = TestGraph()
                let d = t.d
                let o = options {
                    $0.replicas = 4
                    $0.setup = { context in
                        let box = Step.user(context)!.assumingMemoryBound(to: Int.self)
                        box[Int(Step.replica(context))] += 1
                        Step.setState(context, box)
                        return ok
                    }
                    $0.teardown = { context in
                        let box = Step.state(context)!.assumingMemoryBound(to: Int.self)
                        box[4 + Int(Step.replica(context))] += 1
                    }
                }
                let box = UnsafeMutablePointer<Int>.allocate(capacity: 9)
                box.initialize(repeating: 0, count: 9)
                box[8] = way
                defer { box.deallocate() }
                let source = way == 0 ? t.count("numbers", to: 100) : t.endless()
                let stage = d.add(
                    .sink({ context, _, n in
                        let box = Step.user(context)!.assumingMemoryBound(to: Int.self)
                        return box[8] == 2 && Step.replica(context) == 0
                            ? Status.invalid.rawValue : ok
                    }), name: "last", inputs: [.init(stage: source, port: 0)], outputs: [],
                    user: box)!
                d.configure(stage, o)
                try t.graph.start(on: engine)
                if way == 1 {
                    try? t.graph.wait(nanoseconds: 1_000_000)
                    try t.graph.cancel()
                }
                let found = failure { try t.graph.wait(nanoseconds: .max) }?.status
                #expect(found == [nil, .cancelled, .stageFailed][way])
                for i in 0..<4 {
                    #expect(box[i] <= 1)
                    #expect(box[i] == box[4 + i])
                    if way == 0 { #expect(box[i] == 1) }
                }
                try t.graph.shutDown()
            }
        }
    }

    @Test(arguments: executors) func retriesWithBackOff(executor: Executor) throws {
        try withEngine(executor) { engine in
            for tries in [3, 4] {
                let t = TestGraph()
                nonisolated(unsafe) var times: [UInt64] = []
                let o = options {
                    $0.onFailure = .retry
                    $0.retries = 3
                    $0.backoffNanoseconds = 200_000
                }
                let list = List()
                let sink = t.sink("last", t.count("numbers", to: 10), o) { context, input, n in
                    for i in 0..<n {
                        if input[i] == 5 && times.count < tries {
                            times.append(Step.now(context))
                            return Step.fail(context, 1001, i, "not yet")
                        }
                        list.values.append(input[i])
                    }
                    return ok
                }
                let found = failure { try t.graph.run(on: engine) }
                for i in times.indices.dropFirst() {
                    #expect(times[i] - times[i - 1] >= 200_000 << UInt64(i - 1))
                }
                let stats = t.graph.run!.stats(of: sink)
                #expect(stats.retried == 3)
                #expect(stats.failed == UInt64(tries))
                if tries == 3 {
                    #expect(found == nil)
                    #expect(list.values == Array(0..<10))
                } else {
                    #expect(found?.text.contains("'last', element 5: not yet") == true)
                    #expect(list.values == Array(0..<5))
                }
                try t.graph.shutDown()
            }
        }
    }
}
