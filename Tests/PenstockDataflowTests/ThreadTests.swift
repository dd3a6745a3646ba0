import Foundation
import PenstockDataflow
import PenstockRuntime
import Testing

/// Which thread runs a stage, and who is told.
@Suite struct ThreadTests {
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
}
