import CPenstockPlatform
import Glibc

/// Work on a thread of its own, for calls that block: so no thread of Swift's cooperative pool
/// does.
enum OwnThread {
    /// Runs the body on a new thread and suspends until it is done. Without a thread the body runs
    /// here.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        let job = Job(body)
        var thread: OpaquePointer?
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result, Never>) in
            job.continuation = continuation
            let raw = Unmanaged.passRetained(job).toOpaque()
            thread = pstp_thread_start(
                "pst-wait",
                { raw in
                    guard let raw else { return }
                    Unmanaged<AnyJob>.fromOpaque(raw).takeRetainedValue().perform()
                }, raw)
            if thread == nil { Unmanaged<AnyJob>.fromOpaque(raw).takeRetainedValue().perform() }
        }
        // It resumed us as the last thing it did.
        if let thread { pstp_thread_join(thread) }
        return result
    }

    /// Runs the body on a new thread that nobody waits for.
    static func detach(_ body: @escaping @Sendable () -> Void) {
        let job = Unmanaged.passRetained(DetachedJob(body))
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<DetachedJob>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        if error == 0 { pthread_detach(thread) } else { job.release() }
    }
}

private final class DetachedJob: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private class AnyJob {
    func perform() {}
}

private final class Job<Result: Sendable>: AnyJob {
    private let body: @Sendable () -> Result
    var continuation: UnsafeContinuation<Result, Never>?

    init(_ body: @escaping @Sendable () -> Result) { self.body = body }

    override func perform() {
        let result = body()
        continuation?.resume(returning: result)
    }
}
