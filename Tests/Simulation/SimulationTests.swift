import Foundation
import PenstockDataflow
import PenstockRuntime
import PenstockTopology
import Testing

/// A number from the environment, for longer runs and for replays.
func setting(_ name: String, _ otherwise: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
}

enum Trial {
    case passed(trace: UInt64, elements: Int)
    /// The description is not valid (an ordered join that might stall), so there is nothing to run.
    case refused(String)
    case failed(String)

    /// One scenario from its seed.
    static func run(
        _ seed: UInt64, executor: Executor, workers: Int, runs: Int = 1
    ) -> Trial {
        var isSimulated = false
        if case .simulated = executor { isSimulated = true }
        let scenario = Scenario(seed: seed, isTraced: isSimulated)
        do {
            try scenario.graph.description.validate()
        } catch {
            return error.status == .deadlock ? .refused(error.text) : .failed(error.text)
        }
        var options = EngineOptions()
        options.executor = executor
        options.workers = workers
        // Placement does not depend on the machine at hand, so that a seed means the same everywhere.
        if isSimulated { options.topology = .synthetic("package:1 l3:2 core:4 pu:1") }
        let engine: Engine
        do {
            engine = try Engine(options)
        } catch {
            return .failed(error.text)
        }
        for _ in 0..<runs {
            scenario.run(on: engine)
            if !scenario.ledger.violations.isEmpty { break }
        }
        try? scenario.graph.shutDown()
        engine.stop()
        let live = scenario.ledger.liveObjects
        if live != 0 && scenario.ledger.violations.isEmpty {
            scenario.ledger.violation("\(live) objects were never given up")
        }
        let wrong = scenario.ledger.violations
        if wrong.isEmpty {
            return .passed(
                trace: scenario.ledger.trace,
                elements: scenario.stations.reduce(0) { $0 + $1.total(\.taken) })
        }
        return .failed(wrong.joined(separator: "\n    "))
    }
}

@Suite struct SimulationTests {
    /// All seeds; prints one line per failing one that says how to run it alone.
    @Test func randomGraphs() {
        let first = setting("PST_FIRST_SEED", 1)
        let count = setting("PST_SEEDS", 600)
        let isVerbose = setting("PST_VERBOSE", 0) != 0
        var passed = 0
        var refused = 0
        var elements = 0
        for seed in first..<(first + count) {
            let executor = Executor.simulated(seed: UInt64(seed), allocationFailure: 0)
            if isVerbose { FileHandle.standardError.write(Data("seed \(seed)\n".utf8)) }
            let trial = Trial.run(
                UInt64(seed), executor: executor, workers: 1 + seed % 4, runs: seed % 5 == 0 ? 2 : 1)
            switch trial {
            case .passed(_, let n):
                passed += 1
                elements += n
            case .refused(let text):
                refused += 1
                if count == 1 { print(text) }
            case .failed(let text):
                Issue.record(
                    "seed \(seed) (PST_FIRST_SEED=\(seed) PST_SEEDS=1 swift test --filter randomGraphs): \(text)"
                )
            }
        }
        print("simulation: \(passed) seeds passed, \(refused) refused, \(elements) elements")
        #expect(refused * 2 < count + 2)
    }
}
