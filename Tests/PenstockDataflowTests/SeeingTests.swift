import CountingAllocator
import Foundation
import PenstockDataflow
import PenstockRuntime
import Testing

/// What a run tells about itself.
@Suite struct SeeingTests {
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
            // Other tests run at the same time, so the bound is wide: a leaked run is 100 KB and
            // more. Sanitizers keep freed memory for a while.
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
