import PenstockDataflow
import PenstockRuntime

/// Where tasks suspend until a feed has room or a drain has elements. The engine's worker that
/// makes it so resumes them: there is no thread in between, and nothing polls.
final class HostGate: @unchecked Sendable {
    private let lock = Lock()
    private var waiting: [UnsafeContinuation<Void, Never>] = []  // guard: lock

    /// For the engine; the gate must live as long as the stage that has it.
    var notice: HostNotice {
        HostNotice(
            function: { Unmanaged<HostGate>.fromOpaque($0).takeUnretainedValue().open() },
            context: Unmanaged.passUnretained(self).toOpaque())
    }

    /// Resumes all who wait.
    func open() {
        let resumed = lock.withLock {
            let resumed = waiting
            waiting = []
            return resumed
        }
        for continuation in resumed { continuation.resume() }
    }

    /// Suspends until `open()`, unless `isReady` says that there is no need. It is asked after the
    /// task has been noted, so what makes it true later opens the gate. May return early. Returns
    /// at once when the task is cancelled.
    func wait(unless isReady: () -> Bool) async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                lock.withLock { waiting.append(continuation) }
                if _Concurrency.Task.isCancelled || isReady() { open() }
            }
        } onCancel: {
            open()
        }
    }
}
