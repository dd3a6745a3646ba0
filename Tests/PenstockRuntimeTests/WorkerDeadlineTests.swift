import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

@Suite struct WorkerDeadlineTests {
    /// What the task below shares with the test.
    private final class Calls: Sendable {
        let count = Atomic<Int>(0)
        let isDone = Atomic<Bool>(false)
    }

    /// A task may set its deadline when a worker that is about to sleep asks it once more. With the
    /// deadline of the pass before the worker slept for ever.
    @Test func deadlineSetInTheLastPass() async throws {
        let calls = Calls()
        let environment = Environment(simulation: nil)
        let worker = try Worker(
            name: "test", index: 0, core: nil, binding: ProcessorSet(), spinNanoseconds: 0,
            environment: environment)
        let task = UnsafeMutablePointer<PenstockRuntime.Task>.allocate(capacity: 1)
        let run: PenstockRuntime.Task.Run = { context, _ in
            let task = context.assumingMemoryBound(to: (Unmanaged<Calls>, UInt).self)
            let calls = task.pointee.0.takeUnretainedValue()
            let own = UnsafeMutablePointer<PenstockRuntime.Task>(bitPattern: task.pointee.1)!
            switch calls.count.add(1, ordering: .relaxed).newValue {
            case 1:
                // Nothing to do; the worker begins to fall asleep.
                own.pointee.deadline = .max
                return PenstockRuntime.Task.Outcome.idle.rawValue
            case 2:
                // In the pass after it announced that: now there is a time to wait for.
                own.pointee.deadline = 1
                return PenstockRuntime.Task.Outcome.idle.rawValue
            default:
                calls.isDone.store(true, ordering: .releasing)
                return PenstockRuntime.Task.Outcome.done.rawValue
            }
        }
        let context = UnsafeMutablePointer<(Unmanaged<Calls>, UInt)>.allocate(capacity: 1)
        context.initialize(to: (.passUnretained(calls), UInt(bitPattern: task)))
        task.initialize(
            to: PenstockRuntime.Task(run: run, context: UnsafeMutableRawPointer(context)))
        try worker.start()
        worker.add([task])
        while !calls.isDone.load(ordering: .acquiring) { await _Concurrency.Task.yield() }
        worker.stopAndJoin()
        withExtendedLifetime(calls) {}
        task.deallocate()
        context.deallocate()
    }
}
