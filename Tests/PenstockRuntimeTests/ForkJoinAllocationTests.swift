import CountingAllocator
import Glibc
import PenstockRuntime
import Synchronization
import Testing

@Suite struct ForkJoinAllocationTests {
    private struct Meeting: ~Copyable {
        let arrived = Atomic<Int>(0)
        let counts = Atomic<Bool>(false)
    }

    /// From the second call on nothing is allocated, neither by the caller nor by helpers.
    @Test(arguments: [0, 50_000] as [UInt64])
    func steadyState(spin: UInt64) throws {
        guard counting_is_possible() else { return }
        let engine = try forkEngine(3, spin: spin)
        defer { engine.stop() }
        let meeting = UnsafeMutablePointer<Meeting>.allocate(capacity: 1)
        meeting.initialize(to: Meeting())
        defer { meeting.deallocate() }
        // All three threads take part, and count or do not from then on.
        let together: ForkJoin.Body = { context, _, _ in
            let meeting = context!.assumingMemoryBound(to: Meeting.self)
            counting_set(
                meeting.pointee.counts.load(ordering: .relaxed)
                    ? COUNTING_RUNTIME : COUNTING_NOTHING)
            meeting.pointee.arrived.add(1, ordering: .relaxed)
            while meeting.pointee.arrived.load(ordering: .relaxed) % 3 != 0 { sched_yield() }
        }
        func rounds(_ count: Int) {
            for round in 0..<count {
                engine.forkJoin(count: 3, atMost: 3, context: meeting, body: together)
                engine.forkJoin(count: 100, atMost: 3, context: nil) { _, _, _ in }
                if round % 50 == 0 { usleep(1000) }
            }
        }
        // Helpers have slept and were woken: what Swift makes of types it makes once.
        rounds(100)
        let before = counting_total(COUNTING_RUNTIME)
        meeting.pointee.counts.store(true, ordering: .relaxed)
        rounds(200)
        meeting.pointee.counts.store(false, ordering: .relaxed)
        engine.forkJoin(count: 3, atMost: 3, context: meeting, body: together)
        #expect(counting_total(COUNTING_RUNTIME) == before)
    }
}
