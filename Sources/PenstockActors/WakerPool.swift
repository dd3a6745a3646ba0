import PenstockRuntime

/// What host threads sleep on while they wait for answers. A waker is never freed before the
/// engine's end, since whoever answers may signal it after its thread has gone on.
final class WakerPool: @unchecked Sendable {
    private let lock = Lock()
    private var all: [Waker] = []  // guard: lock
    private var idle: [Waker] = []  // guard: lock

    /// nil: no memory.
    func take(_ environment: Environment) -> Waker? {
        lock.withLock {
            if let waker = idle.popLast() { return waker }
            guard let waker = Waker(environment: environment) else { return nil }
            all.append(waker)
            return waker
        }
    }

    func put(_ waker: Waker) { lock.withLock { idle.append(waker) } }

    func free() { for waker in all { waker.free() } }
}
