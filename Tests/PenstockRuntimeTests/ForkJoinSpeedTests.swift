import CPenstockPlatform
import Glibc
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

/// Not a benchmark: says whether a fork-join costs what it should on this machine. Run it alone and
/// optimized: `PST_SPEED=1 swift test -c release --filter ForkJoinSpeed`.
@Suite(.serialized, .enabled(if: getenv("PST_SPEED") != nil))
struct ForkJoinSpeedTests {
    /// Both threads of a call wait for each other, and each notes when it came.
    private struct Meeting: ~Copyable {
        let arrived = Atomic<Int>(0)
        var helperCame: UInt64 = 0
    }

    private static let nothing: ForkJoin.Body = { _, _, _ in }
    private static let meet: ForkJoin.Body = { context, _, lane in
        let meeting = context!.assumingMemoryBound(to: Meeting.self)
        if lane != 0 { meeting.pointee.helperCame = pstp_ticks() }
        meeting.pointee.arrived.add(1, ordering: .acquiringAndReleasing)
        while meeting.pointee.arrived.load(ordering: .acquiring) < 2 {}
    }

    /// About 20 microseconds.
    private static let work: ForkJoin.Body = { context, index, _ in
        var value = UInt64(index)
        for _ in 0..<10_000 { value = Random.mix(value) }
        context!.assumingMemoryBound(to: UInt64.self)[index * 8] = value
    }

    @Test func figures() throws {
        let engine = try Engine(EngineOptions())
        defer { engine.stop() }
        guard engine.forkJoinThreads > 1 else { return }
        let meeting = UnsafeMutablePointer<Meeting>.allocate(capacity: 1)
        meeting.initialize(to: Meeting())
        defer { meeting.deallocate() }

        measure("alone, 2 indices", 20_000) {
            engine.forkJoin(count: 2, atMost: 1, context: nil, body: Self.nothing)
        }
        let meet = {
            meeting.pointee.arrived.store(0, ordering: .relaxed)
            engine.forkJoin(
                count: 2, atMost: 2, context: UnsafeMutableRawPointer(meeting), body: Self.meet)
        }
        for (name, pause) in [("spinning", 0), ("parked", 2000)] {
            let times = pause == 0 ? 20_000 : 300
            meet()
            measure("empty, helper \(name), 2 indices", times, pause) {
                engine.forkJoin(count: 2, atMost: 2, context: nil, body: Self.nothing)
            }
            measure("empty, helper \(name), 64 indices", times, pause) {
                engine.forkJoin(count: 64, atMost: 2, context: nil, body: Self.nothing)
            }
            var joins: [Double] = []
            measure("both take part, helper \(name)", times, pause) {
                let start = pstp_ticks()
                meet()
                joins.append(Double(meeting.pointee.helperCame &- start))
            }
            report("    until the helper runs its index", joins)
        }
        var results = [UInt64](repeating: 0, count: 64 * 8)
        for threads in [1, 2] {
            for count in [2, 64] {
                meet()
                measure("\(count) indices of work, at most \(threads) threads", 200) {
                    engine.forkJoin(
                        count: count, atMost: threads, context: &results, body: Self.work)
                }
            }
        }
        usleep(10_000)
        let before = clock()
        usleep(500_000)
        print("processor time in 0.5 s without calls: \(clock() - before) us")
    }

    @Test func firstCall() throws {
        for topology in ["package:2 l3:4 core:8 pu:2", "package:2 l3:12 core:8 pu:2"] {
            var options = EngineOptions()
            options.topology = .synthetic(topology)
            let engine = try Engine(options)
            defer { engine.stop() }
            measure("first call, \(engine.forkJoinThreads) workers", 1) {
                engine.forkJoin(count: 2, atMost: 2, context: nil, body: Self.nothing)
            }
        }
    }

    private func measure(_ name: String, _ times: Int, _ pause: Int = 0, _ body: () -> Void) {
        var ticks: [Double] = []
        for _ in 0..<times {
            if pause > 0 { usleep(UInt32(pause)) }
            let start = pstp_ticks()
            body()
            ticks.append(Double(pstp_ticks() &- start))
        }
        report(name, ticks)
    }

    private func report(_ name: String, _ ticks: [Double]) {
        let sorted = ticks.map { $0 / pstp_ticks_per_second() * 1e9 }.sorted()
        func at(_ share: Double) -> Int { Int(sorted[Int(Double(sorted.count - 1) * share)]) }
        print("\(name): \(at(0.1)) / \(at(0.5)) / \(at(0.9)) ns (10 %, median, 90 %)")
    }
}
