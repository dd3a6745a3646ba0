import CPenstockPlatform
import Synchronization

extension Simulation {
    /// A fork-join on the calling thread, in an order that real threads could have run it in: each
    /// of some lanes claims an index, and any time later runs it and claims the next.
    func forkJoin(
        _ count: Int, threads: Int, _ context: UnsafeMutableRawPointer?, _ body: ForkJoin.Body
    ) {
        var random = Random(seed: forkSeed())
        pstp_in_body_set(true)
        defer { pstp_in_body_set(false) }
        // Not all helpers come.
        let lanes = 1 + random.below(threads)
        withUnsafeTemporaryAllocation(of: (lane: Int, index: Int).self, capacity: lanes) { all in
            // 0..<running have claimed an index, the others none.
            for lane in 0..<lanes { all.initializeElement(at: lane, to: (lane, 0)) }
            var running = 1
            var next = 1
            while running > 0 || next < count {
                let chosen = random.below(next < count ? lanes : running)
                if chosen >= running {
                    all.swapAt(chosen, running)
                    all[running].index = next
                    running += 1
                    next += 1
                } else {
                    body(context, all[chosen].index, all[chosen].lane)
                    running -= 1
                    all.swapAt(chosen, running)
                }
            }
        }
    }

    /// Calls from inside a step are a part of the run. Those of other threads are numbered instead,
    /// so that they change nothing about it.
    private func forkSeed() -> UInt64 {
        if isOwned { return UInt64(choose(Int(UInt32.max))) }
        let number = outsideForks.wrappingAdd(1, ordering: .relaxed).newValue
        return Random.mix(seed &+ Random.mix(number))
    }
}
