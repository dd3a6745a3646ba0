import CPenstockPlatform

/// A plain mutex for cold paths. Not `Synchronization.Mutex`: that one is a priority-inheritance
/// futex on Linux in 6.3, slow under contention and fatal after a fork.
package final class Lock: @unchecked Sendable {
    private let lock: OpaquePointer

    package init() { lock = pstp_lock_create() }

    deinit { pstp_lock_destroy(lock) }

    /// For the one lock of the process whose data a child goes on using.
    package func holdAcrossFork() { pstp_lock_hold_across_fork(lock) }

    package func withLock<Result, Error>(_ body: () throws(Error) -> Result) throws(Error) -> Result
    {
        pstp_lock_acquire(lock)
        defer { pstp_lock_release(lock) }
        return try body()
    }
}
