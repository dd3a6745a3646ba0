/// The hot half of a worker: plain memory, touched only by the thread that runs it (guard: that
/// thread), except the doorbell, by which others say that they want something of it.
package struct WorkerState {
    package let environment: Unmanaged<Environment>
    package let waker: Waker
    package let index: Int
    let doorbell: Doorbell
    let owner: Unmanaged<Worker>

    /// What it helps with when it is idle, and its position in the roster there.
    let forks: ForkJoin?
    let position: Int

    /// Tasks in the order they came, `count` of `capacity`.
    var tasks: UnsafeMutablePointer<UnsafeMutablePointer<Task>>
    var count = 0
    var capacity: Int

    /// Limits of one activation, set anew by the simulation each time: at most so many blocks, of
    /// at most so many elements.
    package var blockLimit = Int.max
    package var spanLimit = Int.max
    /// Real threads end an activation after this long so that tasks on one worker take turns.
    package var activationNanoseconds: UInt64 = 100_000

    let spinTicks: UInt64

    /// Runs each task once. True if any had something to do.
    mutating func pass(_ this: UnsafeMutablePointer<WorkerState>) -> Bool {
        var any = false
        var i = 0
        while i < count {
            switch runTask(i, this) {
            case Task.Outcome.progress.rawValue:
                any = true
                i &+= 1
            case Task.Outcome.idle.rawValue:
                i &+= 1
            default:
                any = true
            }
        }
        return any
    }

    /// Runs task `i` once; removes it when it is done.
    mutating func runTask(_ i: Int, _ this: UnsafeMutablePointer<WorkerState>) -> Int32 {
        let task = tasks[i]
        let outcome = task.pointee.run(task.pointee.context, this)
        if outcome == Task.Outcome.done.rawValue {
            // the task's memory may be gone already
            count &-= 1
            var j = i
            while j < count {
                tasks[j] = tasks[j &+ 1]
                j &+= 1
            }
        }
        return outcome
    }

    /// When the first of the tasks wants to look again, in engine time; `.max` for never.
    var earliestDeadline: UInt64 {
        var earliest = UInt64.max
        for i in 0..<count { earliest = min(earliest, tasks[i].pointee.deadline) }
        return earliest
    }
}
