/// What a worker schedules. One memory block per task, owned by whoever made it, which must stay
/// until `run` has returned `.done`.
package struct Task {
    package enum Outcome: Int32 {
        case idle = 0  // nothing to do until signalled, or until `deadline`
        case progress = 1
        case done = 2  // the worker forgets the task; nothing of it is touched afterwards
    }

    /// One activation, given its context and the `WorkerState` that runs it; an `Outcome`. A C
    /// function pointer: no retain, no dynamic dispatch.
    package typealias Run =
        @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int32

    package let run: Run
    package let context: UnsafeMutableRawPointer
    /// With `.idle`: when to look again, in the engine's time; `.max`: only when signalled.
    package var deadline: UInt64 = .max

    package init(run: @escaping Run, context: UnsafeMutableRawPointer) {
        self.run = run
        self.context = context
    }
}
