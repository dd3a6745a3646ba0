import PenstockRuntime
import PenstockTopology
import Testing

@Suite struct ExecutorTests {
    @Test func texts() {
        #expect(Executor("threads") == .threads)
        #expect(Executor("simulated:7") == .simulated(seed: 7, allocationFailure: 0))
        #expect(
            Executor("simulated:18446744073709551615,alloc=0.25")
                == .simulated(seed: .max, allocationFailure: 0.25))
        for text in [
            "", "thread", "threads ", "simulated", "simulated:", "simulated:x", "simulated:-1",
            "simulated:1,", "simulated:1,alloc=", "simulated:1,alloc=2", "simulated:1,alloc=-0.1",
            "simulated:1,alloc=nan", "simulated:1,other=1", "simulated:18446744073709551616",
        ] {
            #expect(Executor(text) == nil, "'\(text)'")
        }
    }

    /// What an error prints for replaying can be given to an engine.
    @Test func replays() {
        for (seed, failure) in [(UInt64(1), 0.0), (99, 0.5)] {
            let replay = Simulation(seed: seed, allocationFailure: failure).replay
            let text = String(replay.dropFirst("PST_EXECUTOR=".count))
            #expect(Executor(text) == .simulated(seed: seed, allocationFailure: failure))
        }
    }

    @Test func random() {
        // The reference values of SplitMix64 for seed 1234567.
        var random = Random(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[random.below(10)] += 1 }
        // 6 standard deviations
        #expect(counts.allSatisfy { abs($0 - 10_000) < 600 })
        var hits = 0
        for _ in 0..<100_000 where random.chance(0.2) { hits += 1 }
        #expect(abs(hits - 20_000) < 800)
        #expect((0..<100).allSatisfy { _ in random.below(1) == 0 })
        #expect(Set((0..<1000).map { Random.mix(UInt64($0)) }).count == 1000)
    }

    @Test func engineStartsNoThreads() throws {
        let engine = try Engine(EngineOptions())
        #expect(engine.threadCount == 0)
        #expect(engine.workerLimit >= 1)
        #expect(!engine.isSimulated)
        engine.stop()
        engine.stop()
        var options = EngineOptions()
        options.topology = .synthetic("nonsense")
        do {
            _ = try Engine(options)
            Issue.record("no error")
        } catch {
            #expect(error.status == .topology)
        }
    }

    /// A worker runs tasks until they are done, and sleeps without using the processor in between.
    @Test func workerRunsTasks() throws {
        let environment = Environment(simulation: nil)
        let worker = try Worker(
            name: "test", index: 0, core: nil, binding: ProcessorSet(), spinNanoseconds: 0,
            environment: environment)
        try worker.start()
        final class Box: @unchecked Sendable {
            var left = 1000
        }
        let boxes = (0..<20).map { _ in Box() }
        let tasks = UnsafeMutablePointer<Task>.allocate(capacity: 20)
        for (i, box) in boxes.enumerated() {
            (tasks + i).initialize(
                to: Task(
                    run: { context, _ in
                        let box = Unmanaged<Box>.fromOpaque(context).takeUnretainedValue()
                        box.left -= 1
                        return box.left == 0
                            ? Task.Outcome.done.rawValue : Task.Outcome.progress.rawValue
                    }, context: Unmanaged.passUnretained(box).toOpaque()))
        }
        for i in 0..<20 { worker.add([tasks + i]) }
        worker.stopAndJoin()
        #expect(boxes.allSatisfy { $0.left == 0 })
        #expect(worker.appliedBinding != nil)
        tasks.deallocate()
    }

    /// Task order, late wake-ups and times depend on the seed and on nothing else.
    @Test func simulationIsDeterministic() throws {
        func trace(_ seed: UInt64) throws -> [UInt64] {
            let simulation = Simulation(seed: seed, allocationFailure: 0)
            let environment = Environment(simulation: simulation)
            final class Box: @unchecked Sendable {
                var number: UInt64 = 0
                var left = 20
                var trace: UnsafeMutablePointer<[UInt64]>!
                var simulation: Simulation!
            }
            var result: [UInt64] = []
            try withUnsafeMutablePointer(to: &result) { result in
                let tasks = UnsafeMutablePointer<Task>.allocate(capacity: 9)
                defer { tasks.deallocate() }
                var boxes: [Box] = []
                var workers: [Worker] = []
                for w in 0..<3 {
                    let worker = try Worker(
                        name: "test", index: w, core: nil, binding: ProcessorSet(),
                        spinNanoseconds: 0, environment: environment)
                    simulation.exclusively { simulation.adopt(worker) }
                    workers.append(worker)
                    for i in 0..<3 {
                        let box = Box()
                        box.number = UInt64(w * 3 + i)
                        box.trace = result
                        box.simulation = simulation
                        boxes.append(box)
                        let task = tasks + (w * 3 + i)
                        task.initialize(
                            to: Task(
                                run: { context, _ in
                                    let box = Unmanaged<Box>.fromOpaque(context)
                                        .takeUnretainedValue()
                                    box.trace.pointee.append(box.number << 40 | box.simulation.now)
                                    box.left -= 1
                                    return box.left == 0
                                        ? Task.Outcome.done.rawValue
                                        : Task.Outcome.progress.rawValue
                                }, context: Unmanaged.passUnretained(box).toOpaque()))
                        worker.add([task])
                    }
                }
                while simulation.exclusively({ simulation.step() }) {}
                #expect(boxes.allSatisfy { $0.left == 0 })
                for worker in workers { simulation.exclusively { simulation.dismiss(worker) } }
            }
            return result
        }
        let first = try trace(5)
        #expect(try trace(5) == first)
        #expect(try trace(6) != first)
        #expect(first.count == 180)
    }
}
