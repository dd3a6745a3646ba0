import CountingAllocator
import Foundation
import PenstockDataflow
import PenstockRuntime
import Testing

/// One run at a time: how it starts, stops, waits and ends.
@Suite struct RunTests {
    /// A source without end.
    private func endless(_ t: TestGraph, _ name: String = "numbers") -> Int {
        t.source(name) { _, out, capacity in
            for i in 0..<capacity { out[i] = UInt64(i) }
            return (capacity, ok)
        }
    }

    @Test(arguments: executors) func cancelEndsIt(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let counter = t.counter("last", t.copy("middle", endless(t)))
            try t.graph.start(on: engine)
            #expect(failure { try t.graph.wait(nanoseconds: 2_000_000) }?.status == .timedOut)
            try t.graph.cancel()
            try t.graph.cancel()
            #expect(failure { try t.graph.wait(nanoseconds: .max) }?.status == .cancelled)
            // The outcome stays.
            #expect(failure { try t.graph.wait(nanoseconds: 0) }?.status == .cancelled)
            let total = counter.total
            #expect(failure { try t.graph.start(on: engine) } == nil)
            try t.graph.shutDown()
            #expect(counter.total >= total)
            #expect(t.graph.run!.hasEnded)
        }
    }

    @Test(arguments: executors) func startedTwiceIsBusy(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            _ = t.counter("last", endless(t))
            #expect(failure { try t.graph.wait(nanoseconds: 0) }?.status == .badState)
            #expect(failure { try t.graph.pause(true) }?.status == .badState)
            try t.graph.cancel()
            try t.graph.start(on: engine)
            #expect(failure { try t.graph.start(on: engine) }?.status == .busy)
            #expect(failure { try t.graph.learn() }?.status == .busy)
            try t.graph.shutDown()
        }
    }

    @Test(arguments: executors) func pauseRests(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let counter = t.counter("last", t.copy("middle", endless(t)))
            t.unfuse(0, 1)
            try t.graph.start(on: engine)
            while counter.total == 0 { try? t.graph.wait(nanoseconds: 100_000) }
            try t.graph.pause(true)
            // Spans under way are finished; then nothing moves.
            var before = -1
            while counter.total != before {
                before = counter.total
                try? t.graph.wait(nanoseconds: 5_000_000)
            }
            #expect(t.graph.run!.stallReport() == "the run is paused")
            try t.graph.pause(false)
            while counter.total == before { try? t.graph.wait(nanoseconds: 100_000) }
            try t.graph.shutDown()
        }
    }

    @Test(arguments: executors) func runsAgain(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let list = t.list(
                "last",
                t.copy("middle", t.count("numbers", to: 300), options { $0.replicas = 3 }))
            for _ in 0..<20 {
                list.values = []
                try t.graph.run(on: engine)
                #expect(list.values == Array(0..<300))
            }
            try t.graph.shutDown()
        }
    }

    @Test(arguments: executors) func manyGraphsOnOneEngine(executor: Executor) throws {
        try withEngine(executor, workers: 2) { engine in
            let graphs = (0..<12).map { i in
                let t = TestGraph("graph \(i)")
                let list = t.list("last", t.copy("middle", t.count("numbers", to: 500)))
                return (t, list)
            }
            for (t, _) in graphs { try t.graph.start(on: engine) }
            for (t, list) in graphs.reversed() {
                try t.graph.wait(nanoseconds: .max)
                #expect(list.values == Array(0..<500))
                try t.graph.shutDown()
            }
        }
    }

    /// From several threads, each with its own graph.
    @Test(arguments: executors) func graphsOfSeveralThreads(executor: Executor) throws {
        try withEngine(executor, workers: 2) { engine in
            let threads = (0..<4).map { i in
                HostThread {
                    for _ in 0..<20 {
                        let t = TestGraph("graph \(i)")
                        let list = t.list("last", t.copy("middle", t.count("numbers", to: 100)))
                        #expect(failure { try t.graph.run(on: engine) } == nil)
                        #expect(list.values == Array(0..<100))
                        #expect(failure { try t.graph.shutDown() } == nil)
                    }
                }
            }
            for thread in threads { thread.join() }
        }
    }

    @Test(arguments: executors) func engineStopEndsItsGraphs(executor: Executor) throws {
        let t = TestGraph()
        try withEngine(executor) { engine in
            _ = t.counter("last", endless(t))
            try t.graph.start(on: engine)
        }
        #expect(t.graph.run!.hasEnded)
        #expect(failure { try t.graph.wait(nanoseconds: 0) }?.status == .cancelled)
    }

    // MARK: - Early ends

    @Test(arguments: executors) func sinkEndsSource(executor: Executor) throws {
        try withEngine(executor) { engine in
            for unfused in [false, true] {
                let t = TestGraph()
                let source = endless(t)
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
            let loop = t.merge("loop", [endless(t)])
            let router = t.process("router", loop, ports: 2) { context, _, n in
                Step.position(context) > 1000 ? end : ok
            }
            _ = t.counter("last", router)
            t.d.addFeedback(from: .init(stage: router, port: 1), to: loop, credit: 4)
            try t.graph.run(on: engine)
            try t.graph.shutDown()
        }
    }

    // MARK: - Inside callbacks

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
            t.sink("last", endless(t)) { [unowned graph] context, _, _ in
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

    // MARK: - Failures

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
                let source = way == 0 ? t.count("numbers", to: 100) : endless(t)
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

    // MARK: - Spans

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

    /// finish may emit 64 elements whatever the capacity; ordered replicas give theirs one after the
    /// other.
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

    // MARK: - Threads

    @Test(arguments: executors) func blockingStage(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let map = t.map(
                "slow", t.count("numbers", to: 20),
                options {
                    $0.thread = .blocking
                    $0.replicas = 2
                }
            ) { _, input, out, n in
                usleep(200)
                for i in 0..<n { out[i] = input[i] }
                return ok
            }
            let list = t.list("last", map)
            try t.graph.run(on: engine)
            #expect(list.values == Array(0..<20))
            try t.graph.shutDown()
        }
    }

    @Test func hostStageRunsOnTheCaller() throws {
        try withEngine { engine in
            let me = pthread_self()
            for polls in [false, true] {
                let t = TestGraph()
                let elsewhere = Counter()
                let source = t.count("numbers", to: 5000)
                let map = t.map("here", source, options { $0.thread = .host }) { _, input, out, n in
                    if pthread_equal(pthread_self(), me) == 0 { elsewhere.add(1) }
                    for i in 0..<n { out[i] = input[i] }
                    return ok
                }
                let list = t.list("last", map)
                try t.graph.start(on: engine)
                if polls {
                    while try t.graph.poll(nanoseconds: 50_000) { usleep(10) }
                }
                try t.graph.wait(nanoseconds: .max)
                #expect(list.values == Array(0..<5000))
                #expect(elsewhere.total == 0)
                try t.graph.shutDown()
            }
        }
    }

    /// The host's part ends first, and the caller must still hear of the end of the rest.
    @Test func hostHearsOfTheEnd() throws {
        try withEngine(workers: 2) { engine in
            for _ in 0..<300 {
                let t = TestGraph()
                let first = t.count("numbers", to: 3, options { $0.thread = .host })
                let second = t.copy("second", first)
                let counter = t.counter("last", second)
                t.unfuse(second, 2)
                try t.graph.run(on: engine)
                #expect(counter.total == 3)
                try t.graph.shutDown()
            }
        }
    }

    @Test(arguments: executors) func wakeIsHeard(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let isReady = Flag()
            let source = t.source("slow") { _, out, _ in
                if !isReady.isSet { return (0, ok) }
                out[0] = 42
                return (1, end)
            }
            let list = t.list("last", source)
            try t.graph.start(on: engine)
            try? t.graph.wait(nanoseconds: 3_000_000)
            isReady.set()
            try t.graph.wake(stage: source)
            try t.graph.wait(nanoseconds: .max)
            #expect(list.values == [42])
            #expect(failure { try t.graph.wake(stage: 1) }?.status == .invalid)
            #expect(failure { try t.graph.wake(stage: 9) }?.status == .badHandle)
            try t.graph.shutDown()
        }
    }

    // MARK: - Seeing

    @Test(arguments: executors) func statisticsAddUp(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let source = t.count("numbers", to: 1000)
            let map = t.map("picky", source, options { $0.onFailure = .skip }) {
                context, input, out, n in
                for i in 0..<n {
                    if input[i] % 10 == 3 { return Step.fail(context, 1001, i, "three") }
                    out[i] = input[i]
                }
                return ok
            }
            let counter = t.counter("last", map)
            try t.graph.run(on: engine)
            let run = t.graph.run!
            #expect(run.stats(of: source).elementsOut == 1000)
            #expect(run.stats(of: map).elementsIn == 1000)
            #expect(run.stats(of: map).elementsOut == 900)
            #expect(run.stats(of: map).skipped == 100)
            #expect(run.stats(of: map).failed == 100)
            #expect(run.stats(of: counter.stage).elementsIn == 900)
            #expect(run.elementsAtSinks == 900)
            #expect(counter.total == 900)
            try t.graph.learn()
            try t.graph.run(on: engine)
            #expect(t.graph.run!.elementsAtSinks == 900)
            try t.graph.shutDown()
        }
    }

    /// Learnt costs may cut what was fused, also between replicas; the results stay the same.
    @Test(arguments: executors) func learntGraphs(executor: Executor) throws {
        try withEngine(executor, workers: 4) { engine in
            let t = TestGraph()
            let o = options {
                $0.replicas = 2
                $0.costNanoseconds = 500
            }
            let a = t.copy("a", t.count("numbers", to: 3000), o)
            let list = t.list("last", t.copy("c", t.copy("b", a, o), o))
            for _ in 0..<4 {
                list.values = []
                try t.graph.run(on: engine)
                #expect(list.values == Array(0..<3000))
                try t.graph.learn()
            }
            try t.graph.shutDown()
        }
    }

    @Test func stallReportNamesTheStage() throws {
        try withEngine(.simulated(seed: 3, allocationFailure: 0)) { engine in
            let t = TestGraph()
            let feed = t.feed("inbox")
            let middle = t.copy("middle", feed, options { $0.batch = 8 })
            _ = t.counter("last", middle)
            try t.graph.start(on: engine)
            #expect(failure { try t.graph.wait(nanoseconds: 1_000_000) }?.status == .timedOut)
            let report = t.graph.run!.stallReport()
            #expect(report.contains("inbox") || report.contains("middle"), "\(report)")
            try t.graph.shutDown()
            #expect(t.graph.run!.stallReport() == "the run has ended")
        }
    }

    /// A thousand runs leave nothing behind.
    @Test func memoryDoesNotGrow() throws {
        try withEngine(workers: 2) { engine in
            let t = TestGraph()
            let middle = t.copy("middle", t.count("numbers", to: 50), options { $0.replicas = 2 })
            let counter = t.counter("last", middle, options { $0.thread = .blocking })
            func runs(_ n: Int) throws -> Int {
                for _ in 0..<n { try t.graph.run(on: engine) }
                return residentBytes()
            }
            let before = try runs(200)
            let after = try runs(1000)
            #expect(counter.total == 1200 * 50)
            // Other tests run at the same time, so the bound is wide: a leaked run is 100 KB and more.
            // Sanitizers keep freed memory for a while.
            if counting_is_possible() { #expect(after - before < 40 << 20) }
            try t.graph.shutDown()
        }
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
    }
}
