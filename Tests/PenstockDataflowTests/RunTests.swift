import CountingAllocator
import Foundation
import PenstockDataflow
import PenstockRuntime
import Testing

/// One run at a time: how it starts, stops, waits and ends.
@Suite struct RunTests {
    @Test(arguments: executors) func cancelEndsIt(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let counter = t.counter("last", t.copy("middle", t.endless()))
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
            _ = t.counter("last", t.endless())
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
            let counter = t.counter("last", t.copy("middle", t.endless()))
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
            _ = t.counter("last", t.endless())
            try t.graph.start(on: engine)
        }
        #expect(t.graph.run!.hasEnded)
        #expect(failure { try t.graph.wait(nanoseconds: 0) }?.status == .cancelled)
    }
}
