import Foundation
import PenstockDataflow
import PenstockRuntime
import Testing

/// Feeds and drains: the host's own threads at the ends of a graph.
@Suite struct HostEdgeTests {
    private func pipe(
        _ t: TestGraph, capacity: Int = 4
    ) -> (feed: Int, drain: Int) {
        let feed = t.feed("feed", options { $0.capacity = capacity })
        let drain = t.drain("drain", t.copy("copy", feed), options { $0.capacity = capacity })
        return (feed, drain)
    }

    private func push(
        _ t: TestGraph, _ feed: Int, _ numbers: [UInt64], _ timeout: UInt64 = .max
    ) -> (pushed: Int, failure: Failure?) {
        var pushed = 0
        let found = failure {
            try t.graph.push(
                stage: feed, numbers, numbers.count, nanoseconds: timeout, pushed: &pushed)
        }
        return (pushed, found)
    }

    private func pull(
        _ t: TestGraph, _ drain: Int, _ most: Int = 16, _ timeout: UInt64 = .max
    ) -> ([UInt64], Failure?) {
        var numbers = [UInt64](repeating: 0, count: most)
        var n = 0
        let found = failure {
            n = try t.graph.pull(stage: drain, &numbers, most, nanoseconds: timeout)
        }
        return (Array(numbers.prefix(n)), found)
    }

    @Test(arguments: executors) func oneThreadBothEnds(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let (feed, drain) = pipe(t)
            #expect(push(t, feed, [1]).failure?.status == .badState)
            for _ in 0..<3 {
                try t.graph.start(on: engine)
                #expect(pull(t, drain, 1, 0).1?.status == .again)
                #expect(pull(t, drain, 1, 200_000).1?.status == .timedOut)
                var next: UInt64 = 0
                var got: [UInt64] = []
                while got.count < 1000 {
                    if next < 1000 {
                        let numbers = Array(next..<min(next + 7, 1000))
                        next += UInt64(push(t, feed, numbers, 100_000).pushed)
                    }
                    let (some, found) = pull(t, drain, 5, 100_000)
                    if let found { #expect(found.status == .timedOut) }
                    got += some
                }
                #expect(got == Array(0..<1000))
                try t.graph.close(stage: feed)
                #expect(push(t, feed, [1], 0).failure?.status == .closed)
                #expect(pull(t, drain).1?.status == .end)
                try t.graph.wait(nanoseconds: .max)
                #expect(pull(t, drain).1?.status == .end)
            }
            try t.graph.shutDown()
        }
    }

    /// A full feed takes what it has room for and says so.
    @Test(arguments: executors) func fullFeed(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let (feed, drain) = pipe(t)
            try t.graph.start(on: engine)
            var sent: UInt64 = 0
            while true {
                let (n, found) = push(t, feed, [sent, sent + 1, sent + 2], 2_000_000)
                sent += UInt64(n)
                if let found {
                    #expect(found.status == .timedOut)
                    #expect(found.text.contains("'feed' is full"))
                    break
                }
            }
            #expect(sent >= 4)
            // Elements may move on still, and make room.
            while true {
                let (n, found) = push(t, feed, [sent], 0)
                sent += UInt64(n)
                if let found {
                    #expect(found.status == .again)
                    break
                }
            }
            try t.graph.close(stage: feed)
            var got: [UInt64] = []
            while true {
                let (some, found) = pull(t, drain, 3)
                if found != nil { break }
                got += some
            }
            #expect(got == Array(0..<sent))
            try t.graph.wait(nanoseconds: .max)
            try t.graph.shutDown()
        }
    }

    @Test func twoThreads() throws {
        try withEngine(workers: 2) { engine in
            for capacity in [1, 3, 500] {
                let t = TestGraph()
                let (feed, drain) = pipe(t, capacity: capacity)
                try t.graph.start(on: engine)
                let pusher = HostThread {
                    for i in 0..<400 {
                        let numbers = (0..<10).map { UInt64(i * 10 + $0) }
                        #expect(push(t, feed, numbers).pushed == 10)
                    }
                    try? t.graph.close(stage: feed)
                }
                var got: [UInt64] = []
                while true {
                    let (some, found) = pull(t, drain)
                    if let found {
                        #expect(found.status == .end)
                        break
                    }
                    got += some
                }
                pusher.join()
                #expect(got == Array(0..<4000))
                try t.graph.wait(nanoseconds: .max)
                try t.graph.shutDown()
            }
        }
    }

    /// Cancelling wakes threads that push and pull.
    @Test func cancelWakesBoth() throws {
        try withEngine(workers: 2) { engine in
            for _ in 0..<20 {
                let t = TestGraph()
                let (feed, _) = pipe(t, capacity: 1)
                let idle = t.feed("idle")
                let empty = t.drain("empty", idle)
                try t.graph.start(on: engine)
                let pusher = HostThread {
                    #expect(push(t, feed, Array(0..<100)).failure?.status == .cancelled)
                }
                let puller = HostThread {
                    #expect(pull(t, empty).1?.status == .cancelled)
                }
                usleep(500)
                try t.graph.cancel()
                pusher.join()
                puller.join()
                #expect(failure { try t.graph.wait(nanoseconds: .max) }?.status == .cancelled)
                try t.graph.shutDown()
            }
        }
    }

    /// A feed that nobody takes from ends without being closed.
    @Test(arguments: executors) func abandonedFeed(executor: Executor) throws {
        try withEngine(executor) { engine in
            let t = TestGraph()
            let feed = t.feed("feed", options { $0.capacity = 2 })
            let copy = t.copy("copy", feed)
            let last = t.sink("last", copy) { _, _, _ in end }
            t.unfuse(copy, last)
            try t.graph.start(on: engine)
            var found: Failure?
            for _ in 0..<10_000 where found == nil || found?.status == .timedOut {
                found = push(t, feed, [1, 2, 3], 100_000).failure
            }
            #expect(found?.status == .closed)
            try t.graph.wait(nanoseconds: .max)
            try t.graph.shutDown()
        }
    }

    @Test func oneThreadPerEnd() throws {
        try withEngine { engine in
            let t = TestGraph()
            let (feed, drain) = pipe(t)
            try t.graph.start(on: engine)
            let isIn = Flag()
            let puller = HostThread {
                isIn.set()
                // The other thread may be in first.
                while pull(t, drain, 1, .max).1?.status == .busy {}
            }
            isIn.wait()
            var found: Failure?
            while found?.status != .busy { found = pull(t, drain, 1, 0).1 }
            #expect(found?.status == .busy)
            #expect(push(t, drain, [1]).failure?.status == .invalid)
            #expect(pull(t, feed).1?.status == .invalid)
            #expect(push(t, 77, [1]).failure?.status == .badHandle)
            try t.graph.close(stage: feed)
            puller.join()
            try t.graph.shutDown()
        }
    }
}
