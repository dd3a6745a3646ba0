import CPenstockPlatform
import PenstockTopology
import Synchronization

extension Engine {
    /// Calls `body(context, index, lane)` once for each index in 0..<count, on the calling thread
    /// and on workers that have nothing else to do, `threads` in all at most; returns when all
    /// calls have returned.
    ///
    /// Indices are begun in order. What the caller wrote before is visible to the calls, and what
    /// they wrote is to the caller after. They round, and treat subnormal numbers, as the caller's
    /// thread does; traps and the flags of exceptions are each thread's own. The lane is 0 on the
    /// calling thread and 1..<threads on workers, and no two threads have the same at a time.
    ///
    /// Any thread may call it, also a stage's callback; workers that are busy then do not help, and
    /// those that become idle in the middle do. Inside of a body, in a child after fork(), while
    /// the engine is being destroyed, or when as many others are calling as there are slots, it all
    /// runs on the calling thread. The first call starts those workers that no graph has needed
    /// yet; no other allocates. A body must not wait for another one of its call: all may run on
    /// one thread.
    package func forkJoin(
        count: Int, atMost threads: Int, context: UnsafeMutableRawPointer?, body: ForkJoin.Body
    ) {
        if count <= 0 { return }
        let threads = min(threads, count, forkJoinThreads)
        if threads > 1 && !pstp_in_body_get() && !isForeign {
            if let simulation = environment.simulation {
                simulation.forkJoin(count, threads: threads, context, body)
                return
            }
            if let forks, !forks.isClosed {
                if !allStarted.load(ordering: .relaxed) { startAll() }
                if forks.run(count, helpers: threads - 1, context, body) { return }
            }
        }
        ForkJoin.runAlone(count, context, body)
    }

    /// Starts the workers that are not there yet. Where one cannot be started there are fewer
    /// helpers.
    @inline(never) private func startAll() {
        _ = try? allWorkers("fork-join")
        allStarted.store(true, ordering: .relaxed)
    }
}
