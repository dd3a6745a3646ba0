import CPenstockPlatform
import Glibc
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

private typealias RunTask = PenstockRuntime.Task

/// A task in memory of its own, which calls a closure of the test until that says `.done`.
private final class TestTask: @unchecked Sendable {
    let memory = UnsafeMutablePointer<RunTask>.allocate(capacity: 1)
    let isDone = Atomic<Bool>(false)
    private let step: () -> RunTask.Outcome

    init(_ step: @escaping () -> RunTask.Outcome) {
        self.step = step
        memory.initialize(
            to: RunTask(
                run: { context, _ in
                    let task = Unmanaged<TestTask>.fromOpaque(context).takeUnretainedValue()
                    let outcome = task.step()
                    if outcome == .done { task.isDone.store(true, ordering: .releasing) }
                    return outcome.rawValue
                }, context: Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { memory.deallocate() }

    func wait() { while !isDone.load(ordering: .acquiring) { sched_yield() } }
}

/// Fork-joins on workers that have tasks.
@Suite struct ForkJoinTaskTests {
    /// The engine's workers, one for each of its cores.
    private func workers(_ engine: Engine) throws -> [Worker] {
        let task = TaskRequest(name: "test", load: 0.2)
        return try engine.workers(
            for: Placement.plan(
                PlacementRequest(tasks: Array(repeating: task, count: engine.workerLimit)),
                machine: engine.machine, capacity: engine.capacity))
    }

    /// Tasks on all workers fork while others run, wait or end.
    @Test(arguments: 0..<6) func fromTasks(seed: Int) throws {
        let engine = try forkEngine(4, spin: seed % 3 == 0 ? 0 : 50_000)
        let workers = try workers(engine)
        #expect(workers.count == 4)
        let wrong = Counter()
        var tasks: [TestTask] = []
        for number in 0..<12 {
            var random = Random(seed: UInt64(seed * 100 + number))
            var left = 100
            // Made in the task: its first thread is its caller.
            var tally: Tally?
            tasks.append(
                TestTask {
                    if tally == nil {
                        tally = Tally(count: 1 + random.below(60), threads: 4)
                        tally?.work = random.below(300)
                    }
                    left -= 1
                    if random.below(2) == 0, let tally {
                        tally.reset()
                        tally.input = random.next()
                        tally.call(engine)
                        if !tally.isRight { wrong.value.add(1, ordering: .relaxed) }
                    } else {
                        var value: UInt64 = 0
                        for _ in 0..<random.below(3000) { value = Random.mix(value &+ 1) }
                        if value == 1 { left -= 1 }
                    }
                    return left == 0 ? .done : .progress
                })
        }
        for (number, task) in tasks.enumerated() { workers[number % 4].add([task.memory]) }
        // And a thread of the host at the same time.
        let tally = Tally(count: 100, threads: 4)
        tally.work = 200
        for _ in 0..<100 {
            tally.reset()
            tally.call(engine)
            #expect(tally.isRight)
        }
        for task in tasks { task.wait() }
        #expect(wrong.value.load(ordering: .relaxed) == 0)
        engine.stop()
    }

    /// While the others are busy the caller does all by itself, and does not wait for them.
    @Test func othersAreBusy() throws {
        let engine = try forkEngine(3)
        let workers = try workers(engine)
        let mayEnd = Counter()
        let running = Counter()
        let tasks = workers.map { _ in
            TestTask {
                running.value.add(1, ordering: .relaxed)
                while mayEnd.value.load(ordering: .relaxed) == 0 { sched_yield() }
                return .done
            }
        }
        for (worker, task) in zip(workers, tasks) { worker.add([task.memory]) }
        while running.value.load(ordering: .relaxed) < 3 { sched_yield() }
        let tally = Tally(count: 500, threads: 3)
        for _ in 0..<50 {
            tally.reset()
            tally.call(engine)
            #expect(tally.isRight)
            #expect((0..<500).allSatisfy { tally.lanes[$0] == 0 })
        }
        mayEnd.value.store(1, ordering: .relaxed)
        for task in tasks { task.wait() }
        engine.stop()
    }

    /// A worker that becomes idle in the middle of a call joins it.
    @Test(arguments: [0, 50_000] as [UInt64])
    func joinsInTheMiddle(spin: UInt64) throws {
        let engine = try forkEngine(2, spin: spin)
        let workers = try workers(engine)
        for _ in 0..<20 {
            let mayEnd = Counter()
            let running = Counter()
            let tasks = workers.map { _ in
                TestTask {
                    running.value.add(1, ordering: .relaxed)
                    while mayEnd.value.load(ordering: .relaxed) == 0 { sched_yield() }
                    return .done
                }
            }
            for (worker, task) in zip(workers, tasks) { worker.add([task.memory]) }
            while running.value.load(ordering: .relaxed) < 2 { sched_yield() }
            let helped = Counter()
            let tally = Tally(count: 20, threads: 2)
            tally.also = { index, lane in
                if lane != 0 { helped.value.store(1, ordering: .relaxed) }
                if index == 5 { mayEnd.value.store(1, ordering: .relaxed) }
                while index == 10 && helped.value.load(ordering: .relaxed) == 0 { sched_yield() }
            }
            tally.call(engine)
            #expect(tally.isRight)
            for task in tasks { task.wait() }
        }
        engine.stop()
    }

    /// A helper that gets a task leaves after the index it is at, and comes back when it is idle.
    @Test func tasksComeFirst() throws {
        let engine = try forkEngine(2)
        let workers = try workers(engine)
        for _ in 0..<20 {
            let given = Counter()
            let backAgain = Counter()
            let task = TestTask { .done }
            let tally = Tally(count: 40, threads: 2)
            tally.also = { [unowned tally] index, lane in
                if lane != 0 {
                    if given.value.load(ordering: .relaxed) == 0 {
                        let own = workers.first {
                            Unmanaged.passUnretained($0).toOpaque() == pstp_tls_get()
                        }
                        own?.add([task.memory])
                        given.value.store(1, ordering: .relaxed)
                    } else if task.isDone.load(ordering: .acquiring) {
                        backAgain.value.store(1, ordering: .relaxed)
                    } else {
                        tally.wrong.add(1, ordering: .relaxed)
                    }
                } else if index == 20 {
                    task.wait()
                } else if index > 20 {
                    while backAgain.value.load(ordering: .relaxed) == 0 { sched_yield() }
                }
            }
            tally.call(engine)
            #expect(tally.isRight)
            task.wait()
        }
        engine.stop()
    }

    /// A worker with tasks that are idle helps, and its tasks go on meanwhile.
    @Test func tasksGoOn() throws {
        let engine = try forkEngine(2)
        let workers = try workers(engine)
        let mayEnd = Counter()
        let asked = Counter()
        let tasks = workers.map { _ in
            TestTask {
                asked.value.add(1, ordering: .relaxed)
                return mayEnd.value.load(ordering: .relaxed) == 0 ? .idle : .done
            }
        }
        for (worker, task) in zip(workers, tasks) { worker.add([task.memory]) }
        let helped = Counter()
        let tally = Tally(count: 100, threads: 2)
        var before = 0
        tally.also = { [unowned tally] index, lane in
            if lane != 0 {
                // Its tasks were asked since its last index.
                let now = asked.value.load(ordering: .relaxed)
                if now == before { tally.wrong.add(1, ordering: .relaxed) }
                before = now
                helped.value.add(1, ordering: .relaxed)
            } else if index > 10 {
                while helped.value.load(ordering: .relaxed) < 20 { sched_yield() }
            }
        }
        tally.call(engine)
        #expect(tally.isRight)
        mayEnd.value.store(1, ordering: .relaxed)
        for worker in workers { worker.state.pointee.waker.signal() }
        for task in tasks { task.wait() }
        engine.stop()
    }
}
