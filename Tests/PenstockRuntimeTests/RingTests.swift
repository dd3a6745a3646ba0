import Foundation
import PenstockRuntime
import Testing

private let environment = Environment(simulation: nil)

/// A thread of the test; `join` waits for its end.
final class TestThread: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let done = done
        Thread.detachNewThread {
            body()
            done.signal()
        }
    }

    func join() { done.wait() }
}

@Suite struct RingTests {
    private func ring(_ capacity: Int, stride: Int = 8) throws -> Ring {
        try #require(
            Ring(environment: environment, capacity: capacity, stride: stride, alignment: 8))
    }

    /// Random spans against a queue.
    @Test(arguments: [1, 2, 3, 4, 7, 64]) func model(capacity: Int) throws {
        let ring = try ring(capacity)
        defer { ring.free() }
        var random = Random(seed: UInt64(capacity))
        var queue: [UInt64] = []
        var next: UInt64 = 0
        for _ in 0..<5000 {
            let want = 1 + random.below(capacity + 1)
            switch random.below(4) {
            case 0:
                // In one piece, straight into the buffer.
                let room = ring.room(want)
                #expect(room <= capacity - queue.count)
                #expect(room >= min(want, capacity - queue.count))
                let n = ring.contiguousRoom(min(room, want))
                let out = ring.writePointer.assumingMemoryBound(to: UInt64.self)
                for i in 0..<n { out[i] = next + UInt64(i) }
                ring.commit(n)
                queue += (0..<n).map { next + UInt64($0) }
                next += UInt64(n)
            case 1:
                // Over the end.
                let n = min(want, ring.room(want))
                let numbers = (0..<n).map { next + UInt64($0) }
                if n > 0 { ring.write(numbers, n) }
                queue += numbers
                next += UInt64(n)
            case 2:
                let n = ring.contiguousAvailable(min(want, ring.available(want)))
                let input = ring.readPointer.assumingMemoryBound(to: UInt64.self)
                for i in 0..<n { #expect(input[i] == queue[i]) }
                ring.release(n)
                queue.removeFirst(n)
            default:
                let n = min(want, ring.available(want))
                #expect(n == min(want, queue.count))
                var numbers = [UInt64](repeating: 0, count: n)
                if n > 0 { ring.copyOut(n, to: &numbers) }
                #expect(numbers == Array(queue.prefix(n)))
                let taken = n == 0 ? 0 : random.below(n + 1)
                ring.release(taken)
                queue.removeFirst(taken)
            }
            #expect(ring.length == queue.count)
            #expect(ring.produced - ring.consumed == queue.count)
        }
        var left: [UInt64] = []
        ring.drain { elements, n in
            let numbers = elements.assumingMemoryBound(to: UInt64.self)
            left += (0..<n).map { numbers[$0] }
        }
        #expect(left == queue)
        #expect(ring.length == 0)
    }

    /// Two threads; sleeping sides are woken.
    @Test(arguments: [1, 2, 5, 1024]) func twoThreads(capacity: Int) throws {
        let ring = try ring(capacity)
        let filled = try #require(Waker(environment: environment))
        let emptied = try #require(Waker(environment: environment))
        ring.consumerWaker = filled
        ring.producerWaker = emptied
        defer {
            ring.free()
            filled.free()
            emptied.free()
        }
        let total: UInt64 = capacity < 10 ? 20_000 : 400_000
        let producer = TestThread {
            var next: UInt64 = 0
            var random = Random(seed: 1)
            while next < total {
                let want = 1 + random.below(capacity)
                if ring.room(1) == 0 {
                    emptied.announce()
                    if ring.room(1) == 0 {
                        emptied.sleep(nanoseconds: -1)
                    } else {
                        emptied.retract()
                    }
                    continue
                }
                let n = min(want, ring.room(want), Int(total - next))
                let numbers = (0..<n).map { next + UInt64($0) }
                ring.write(numbers, n)
                ring.consumerWaker.signal()
                next += UInt64(n)
            }
            ring.close()
            ring.consumerWaker.signal()
        }
        var expected: UInt64 = 0
        var wrong = 0
        while true {
            let closed = ring.isClosed
            let n = ring.contiguousAvailable(ring.available(1))
            if n == 0 {
                if closed { break }
                filled.announce()
                if ring.available(1) == 0 && !ring.isClosed {
                    filled.sleep(nanoseconds: -1)
                } else {
                    filled.retract()
                }
                continue
            }
            let input = ring.readPointer.assumingMemoryBound(to: UInt64.self)
            for i in 0..<n {
                if input[i] != expected { wrong += 1 }
                expected += 1
            }
            ring.release(n)
            ring.producerWaker.signal()
        }
        producer.join()
        #expect(wrong == 0)
        #expect(expected == total)
    }

    @Test func refusesWhatDoesNotFit() {
        #expect(
            Ring(environment: environment, capacity: Int.max / 2, stride: 64, alignment: 8) == nil)
        let scarce = Environment(simulation: Simulation(seed: 1, allocationFailure: 1))
        #expect(Ring(environment: scarce, capacity: 4, stride: 8, alignment: 8) == nil)
        #expect(Waker(environment: scarce) == nil)
    }

    @Test func abandoning() throws {
        let ring = try ring(2)
        defer { ring.free() }
        #expect(!ring.isAbandoned)
        ring.abandon()
        #expect(ring.isAbandoned)
        #expect(!ring.isClosed)
    }
}
