import PenstockRuntime
import Synchronization
import Testing

@Suite struct WakerTests {
    private final class Turn: Sendable {
        let value = Atomic<Int>(0)
    }

    /// Two threads wake each other in turn; a lost wake-up would stop both for ever.
    @Test func pingPong() throws {
        let environment = Environment(simulation: nil)
        let wakers = [
            try #require(Waker(environment: environment)),
            try #require(Waker(environment: environment)),
        ]
        defer { for waker in wakers { waker.free() } }
        let turn = Turn()
        let rounds = 20_000
        @Sendable func play(_ me: Int) {
            for round in 0..<rounds {
                let mine = round * 2 + me
                while turn.value.load(ordering: .acquiring) != mine {
                    wakers[me].announce()
                    if turn.value.load(ordering: .acquiring) == mine {
                        wakers[me].retract()
                    } else {
                        wakers[me].sleep(nanoseconds: -1)
                    }
                }
                turn.value.store(mine + 1, ordering: .releasing)
                wakers[1 - me].signal()
            }
        }
        let other = TestThread { play(1) }
        play(0)
        other.join()
        #expect(turn.value.load(ordering: .relaxed) == rounds * 2)
    }

    /// Of several signals one arrives; a signal before the announcement is not kept.
    @Test func signals() throws {
        let waker = try #require(Waker(environment: Environment(simulation: nil)))
        defer { waker.free() }
        waker.signal()
        #expect(!waker.isAnnounced)
        waker.announce()
        #expect(waker.isAnnounced)
        waker.signal()
        waker.signal()
        #expect(!waker.isAnnounced)
        // Signalled already: returns at once.
        waker.sleep(nanoseconds: -1)
        waker.announce()
        waker.sleep(nanoseconds: 1000)
        #expect(!waker.isAnnounced)
    }

    @Test func notifies() throws {
        let waker = try #require(Waker(environment: Environment(simulation: nil)))
        defer { waker.free() }
        let calls = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        calls.initialize(to: 0)
        defer { calls.deallocate() }
        waker.setNotify({ $0.assumingMemoryBound(to: Int.self).pointee += 1 }, calls)
        waker.signal()
        #expect(calls.pointee == 0)
        waker.announce()
        waker.signal()
        waker.signal()
        #expect(calls.pointee == 1)
    }
}
