import CPenstockPlatform
import Glibc
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

/// An engine with as many workers as the test wants, whatever this machine has.
func forkEngine(
    _ cores: Int, spin: UInt64 = EngineOptions.defaultSpin, executor: Executor = .threads
) throws -> Engine {
    var options = EngineOptions()
    options.topology = .synthetic("core:\(cores) pu:1")
    options.spinNanoseconds = spin
    options.executor = executor
    return try Engine(options)
}

/// What the bodies of one call do to memory, and whether they may: counts and lanes are plain
/// memory wherever the call is what orders accesses, so that ThreadSanitizer judges it.
final class Tally: @unchecked Sendable {
    let count: Int
    let threads: Int
    /// Of each index: how often it ran, on which lane, and what it computed.
    let runs: UnsafeMutablePointer<Int>
    let lanes: UnsafeMutablePointer<Int>
    let results: UnsafeMutablePointer<UInt64>
    /// Of each lane: whether it is in use. Plain memory: no two threads may have it at a time.
    private let inLane: UnsafeMutablePointer<Bool>
    let wrong = Atomic<Int>(0)
    private let caller = pstp_thread_token()
    /// Written before each call, read by its bodies.
    var input: UInt64 = 0
    /// How long an index takes, in rounds.
    var work = 0
    /// Called by each body.
    var also: ((_ index: Int, _ lane: Int) -> Void)?

    init(count: Int, threads: Int) {
        self.count = count
        self.threads = threads
        runs = .allocate(capacity: count + 1)
        lanes = .allocate(capacity: count + 1)
        results = .allocate(capacity: count + 1)
        inLane = .allocate(capacity: max(threads, 1))
        reset()
        inLane.initialize(repeating: false, count: max(threads, 1))
    }

    deinit {
        runs.deallocate()
        lanes.deallocate()
        results.deallocate()
        inLane.deallocate()
    }

    func reset() {
        runs.initialize(repeating: 0, count: count + 1)
        lanes.initialize(repeating: -1, count: count + 1)
        results.initialize(repeating: 0, count: count + 1)
    }

    static let body: ForkJoin.Body = { context, index, lane in
        Unmanaged<Tally>.fromOpaque(context!).takeUnretainedValue().run(index, lane)
    }

    private func run(_ index: Int, _ lane: Int) {
        guard index >= 0, index < count, lane >= 0, lane < max(threads, 1), !inLane[lane],
            lane != 0 || pstp_thread_token() == caller
        else {
            wrong.add(1, ordering: .relaxed)
            return
        }
        inLane[lane] = true
        runs[index] += 1
        lanes[index] = lane
        var value = input &+ UInt64(index)
        for _ in 0...work { value = Random.mix(value) }
        results[index] = value
        also?(index, lane)
        inLane[lane] = false
    }

    func call(_ engine: Engine) {
        engine.forkJoin(
            count: count, atMost: threads, context: Unmanaged.passUnretained(self).toOpaque(),
            body: Tally.body)
    }

    /// Each index ran once, with what the caller had written, and its result is there.
    var isRight: Bool {
        var right = wrong.load(ordering: .relaxed) == 0
        for index in 0..<count {
            var value = input &+ UInt64(index)
            for _ in 0...work { value = Random.mix(value) }
            if runs[index] != 1 || results[index] != value { right = false }
        }
        return right
    }
}

@Suite struct ForkJoinTests {
    /// Every index once, on lanes of one thread at a time, for all shapes of calls.
    @Test(arguments: 0..<20) func exactlyOnce(seed: Int) throws {
        var random = Random(seed: UInt64(seed))
        let engine = try forkEngine(1 + random.below(12), spin: random.below(3) == 0 ? 0 : 50_000)
        defer { engine.stop() }
        for _ in 0..<40 {
            let tally = Tally(
                count: random.below(4) == 0 ? random.below(2000) : random.below(20),
                threads: random.below(16))
            tally.work = random.below(20_000) / (tally.count + 10)
            for _ in 0..<1 + random.below(20) {
                tally.reset()
                tally.input = random.next()
                tally.call(engine)
                #expect(tally.isRight)
            }
            if random.below(4) == 0 { usleep(UInt32(random.below(300))) }
        }
    }

    @Test(arguments: [-5, 0, 1, 2, 3]) func fewIndices(count: Int) throws {
        let engine = try forkEngine(4)
        defer { engine.stop() }
        for threads in [-1, 0, 1, 2, 3, 4, 5, .max] {
            var calls = 0
            withUnsafeMutablePointer(to: &calls) { calls in
                // A single thread, or the two of us take turns by claiming: only the caller counts.
                engine.forkJoin(count: count, atMost: min(threads, 1), context: calls) {
                    context, index, lane in
                    context!.assumingMemoryBound(to: Int.self).pointee += index + 1 + lane * 100
                }
            }
            #expect(calls == (count > 0 ? count * (count + 1) / 2 : 0))
            if count >= 0 && threads >= 0 {
                let tally = Tally(count: count, threads: min(threads, 100))
                tally.call(engine)
                #expect(tally.isRight)
            }
        }
    }

    /// All threads of a call are there at the same time, whether they slept or were looking for
    /// work.
    @Test(arguments: [2, 3, 4, 7, 16, 40]) func allTakePart(threads: Int) throws {
        let engine = try forkEngine(threads)
        defer { engine.stop() }
        #expect(engine.forkJoinThreads == threads)
        let tally = Tally(count: threads, threads: threads)
        let present = Counter()
        tally.also = { _, _ in
            present.value.add(1, ordering: .relaxed)
            while present.value.load(ordering: .relaxed) % threads != 0 { sched_yield() }
        }
        for round in 0..<20 {
            if round % 5 == 0 { usleep(1000) }
            // All of one round have gone before the next begins.
            tally.reset()
            tally.call(engine)
            #expect(tally.isRight)
            #expect(Set((0..<threads).map { tally.lanes[$0] }).count == threads)
        }
        #expect(engine.threadCount == threads)
    }

    /// Never more threads than asked for or than there are workers, the caller included.
    @Test func threadLimit() throws {
        for (cores, asked) in [(4, 3), (3, 100), (1, 8), (8, 2)] {
            let engine = try forkEngine(cores)
            defer { engine.stop() }
            #expect(engine.forkJoinThreads == cores)
            let tally = Tally(count: 300, threads: min(cores, asked))
            let inside = Counter()
            let most = Counter()
            tally.work = 500
            tally.also = { _, _ in
                let now = inside.value.add(1, ordering: .relaxed).newValue
                most.value.max(now, ordering: .relaxed)
                sched_yield()
                inside.value.subtract(1, ordering: .relaxed)
            }
            for _ in 0..<20 {
                tally.reset()
                engine.forkJoin(
                    count: 300, atMost: asked, context: Unmanaged.passUnretained(tally).toOpaque(),
                    body: Tally.body)
                #expect(tally.isRight)
            }
            #expect(most.value.load(ordering: .relaxed) <= min(cores, asked))
        }
    }

    /// More callers than there are slots, and one that destroys the engine under them.
    @Test(arguments: [false, true]) func concurrentCallers(stops: Bool) throws {
        let engine = try forkEngine(5, spin: 20_000)
        let wrong = Counter()
        let callers = (0..<20).map { number in
            TestThread {
                var random = Random(seed: UInt64(number))
                let tally = Tally(count: 1 + random.below(40), threads: 5)
                tally.work = random.below(200)
                for _ in 0..<200 {
                    tally.reset()
                    tally.input = random.next()
                    tally.call(engine)
                    if !tally.isRight { wrong.value.add(1, ordering: .relaxed) }
                }
            }
        }
        if stops {
            usleep(2000)
            engine.stop()
        }
        for caller in callers { caller.join() }
        #expect(wrong.value.load(ordering: .relaxed) == 0)
        engine.stop()
    }

    /// A call in a body runs on the body's thread, in order.
    @Test func nested() throws {
        let engine = try forkEngine(4)
        defer { engine.stop() }
        let other = try forkEngine(3)
        defer { other.stop() }
        let outer = Tally(count: 200, threads: 4)
        outer.also = { [unowned outer] index, _ in
            let thread = pstp_thread_token()
            let inner = Tally(count: 10, threads: 4)
            var order: [Int] = []
            inner.also = { index, lane in
                if lane == 0 && pstp_thread_token() == thread { order.append(index) }
            }
            inner.call(index % 2 == 0 ? engine : other)
            if !inner.isRight || order != Array(0..<10) {
                outer.wrong.add(1, ordering: .relaxed)
            }
        }
        for _ in 0..<20 {
            outer.reset()
            outer.call(engine)
            #expect(outer.isRight)
        }
        #expect(other.threadCount == 0)
        // The caller is itself again: its next call may have helpers.
        #expect(!pstp_in_body_get())
    }

    /// Helpers that take long: the caller, which may not spin here, sleeps until they are done.
    @Test(arguments: [0, 50_000] as [UInt64])
    func callerWaits(spin: UInt64) throws {
        let engine = try forkEngine(3, spin: spin)
        defer { engine.stop() }
        let tally = Tally(count: 3, threads: 3)
        let present = Counter()
        tally.also = { _, lane in
            // All have an index each, and the caller's is the first to end.
            present.value.add(1, ordering: .relaxed)
            while present.value.load(ordering: .relaxed) % 3 != 0 { sched_yield() }
            if lane != 0 { usleep(UInt32(2000 * lane)) }
        }
        for _ in 0..<20 {
            tally.reset()
            tally.call(engine)
            #expect(tally.isRight)
        }
    }

    @Test func afterTheEnd() throws {
        for cores in [1, 4] {
            let engine = try forkEngine(cores)
            let tally = Tally(count: 50, threads: 4)
            tally.call(engine)
            #expect(tally.isRight)
            engine.stop()
            for _ in 0..<100 {
                tally.reset()
                tally.call(engine)
                #expect(tally.isRight)
                #expect((0..<50).allSatisfy { tally.lanes[$0] == 0 })
            }
            #expect(engine.threadCount == 0)
        }
    }

    /// One worker: nobody else, no thread is started.
    @Test func aloneWithoutOthers() throws {
        let engine = try forkEngine(1)
        defer { engine.stop() }
        let tally = Tally(count: 100, threads: 8)
        var order: [Int] = []
        tally.also = { index, lane in order.append(lane == 0 ? index : -1) }
        tally.call(engine)
        #expect(order == Array(0..<100))
        #expect(engine.threadCount == 0)
    }

    /// On this machine, with bound workers, and with more workers than cores.
    @Test(arguments: [0, 1, 2, 64]) func onThisMachine(workers: Int) throws {
        var options = EngineOptions()
        options.workers = workers
        let engine = try Engine(options)
        defer { engine.stop() }
        let tally = Tally(count: 200, threads: 64)
        tally.work = 200
        for _ in 0..<50 {
            tally.reset()
            tally.call(engine)
            #expect(tally.isRight)
        }
        #expect(engine.threadCount <= engine.workerLimit)
        #expect(engine.forkJoinThreads <= engine.capacity.budget)
    }

    /// Every core of a large machine gets a worker, also where cores differ.
    @Test func startsAll() throws {
        for topology in ["package:2 l3:2 core:8 pu:2", "numa:3 core:5 pu:1"] {
            var options = EngineOptions()
            options.topology = .synthetic(topology)
            options.spinNanoseconds = 0
            let engine = try Engine(options)
            defer { engine.stop() }
            let tally = Tally(count: 2, threads: 2)
            tally.call(engine)
            #expect(tally.isRight)
            #expect(engine.threadCount == engine.forkJoinThreads)
        }
    }
}

final class Counter: Sendable {
    let value = Atomic<Int>(0)
}
