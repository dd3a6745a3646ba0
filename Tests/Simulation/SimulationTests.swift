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
        let scenario: Scenario
        if case .simulated(_, let failure) = executor {
            isSimulated = true
            scenario = Scenario(seed: seed, isTraced: true)
            scenario.mayLackMemory = failure > 0
        } else {
            scenario = Scenario(seed: seed, isTraced: false)
        }
        if setting("PST_SEEDS", 0) == 1 { print(scenario.text) }
        do {
            try scenario.graph.description.validate()
        } catch {
            return error.status == .deadlock ? .refused(error.text) : .failed(error.text)
        }
        var options = EngineOptions()
        options.executor = executor
        options.workers = workers
        // Placement does not depend on the machine at hand, so that a seed means the same
        // everywhere.
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
                UInt64(seed), executor: executor, workers: 1 + seed % 4, runs: seed % 5 == 0 ? 2 : 1
            )
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

extension SimulationTests {
    /// The same seed, the same events at the same times.
    @Test func sameSeedSameRun() {
        let first = setting("PST_FIRST_SEED", 1)
        for seed in first..<(first + 60) {
            let executor = Executor.simulated(seed: UInt64(seed) &* 77, allocationFailure: 0)
            let a = Trial.run(UInt64(seed), executor: executor, workers: 1 + seed % 4)
            let b = Trial.run(UInt64(seed), executor: executor, workers: 1 + seed % 4)
            if case .passed(let x, _) = a, case .passed(let y, _) = b {
                #expect(x == y, "seed \(seed) ran differently the second time")
            }
        }
    }

    /// Another order of events must not change what comes out: one graph, many schedules.
    @Test func manySchedules() {
        for seed in 1...6 {
            for schedule in 1...20 {
                let executor = Executor.simulated(seed: UInt64(schedule), allocationFailure: 0)
                if case .failed(let text) = Trial.run(
                    UInt64(seed), executor: executor, workers: schedule % 4 + 1)
                {
                    Issue.record("graph \(seed), schedule \(schedule): \(text)")
                }
            }
        }
    }

    /// A run either works or cannot begin; nothing leaks, nothing traps.
    @Test func allocationFailures() {
        let first = setting("PST_FIRST_SEED", 1)
        var refused = 0
        for seed in first..<(first + setting("PST_SEEDS", 400)) {
            let probability = [0.3, 0.1, 0.03, 0.01, 0.003][seed % 5]
            let executor = Executor.simulated(
                seed: UInt64(seed), allocationFailure: probability)
            switch Trial.run(UInt64(seed), executor: executor, workers: 1 + seed % 4, runs: 2) {
            case .passed: break
            case .refused: refused += 1
            case .failed(let text): Issue.record("seed \(seed), \(probability): \(text)")
            }
        }
    }

    /// The same graphs on real threads; workers beyond the capacity included.
    @Test(arguments: [1, 2, 4])
    func realThreads(workers: Int) {
        let first = setting("PST_FIRST_SEED", 1)
        for seed in first..<(first + setting("PST_THREAD_SEEDS", 40)) {
            if setting("PST_VERBOSE", 0) != 0 {
                FileHandle.standardError.write(Data("threads \(workers) seed \(seed)\n".utf8))
            }
            let trial = Trial.run(
                UInt64(seed), executor: .threads, workers: workers, runs: seed % 5 == 0 ? 2 : 1)
            if case .failed(let text) = trial {
                Issue.record(
                    "seed \(seed), \(workers) workers (PST_FIRST_SEED=\(seed) PST_THREAD_SEEDS=1 swift test --filter realThreads): \(text)"
                )
            }
        }
    }
}
