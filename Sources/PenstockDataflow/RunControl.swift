import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// What all tasks of a run share: asked by each activation, written rarely. In raw memory.
struct RunControl {
    let memory: UnsafeMutableRawPointer
    static let byteCount = 256

    init?(environment: Environment) {
        guard
            let memory = environment.allocate(count: 1, size: RunControl.byteCount, alignment: 128)
        else { return nil }
        self.memory = memory
    }

    func free() { pstp_free(memory, 1, RunControl.byteCount) }

    /// Cancelled or failed: every task ends at its next activation.
    var stop: UnsafeMutablePointer<Atomic<Bool>> {
        memory.assumingMemoryBound(to: Atomic<Bool>.self)
    }
    var paused: UnsafeMutablePointer<Atomic<Bool>> {
        (memory + 1).assumingMemoryBound(to: Atomic<Bool>.self)
    }
    /// Tasks that have not ended; the one that brings it to zero finishes the run.
    var remaining: UnsafeMutablePointer<Atomic<Int>> {
        (memory + 128).assumingMemoryBound(to: Atomic<Int>.self)
    }

    // MARK: - The end

    private var done: UnsafeMutablePointer<Atomic<UInt32>> {
        (memory + 192).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// acquiring: pairs with signalDone(); everything the run did is visible.
    var isDone: Bool { done.pointee.load(ordering: .acquiring) != 0 }

    func signalDone() {
        done.pointee.store(1, ordering: .releasing)
        pstp_futex_wake(memory + 192, Int32.max)
    }

    /// Sleeps until the end or the timeout (negative: none). May return early.
    func waitForDone(nanoseconds: Int64) { pstp_futex_wait(memory + 192, 0, nanoseconds) }
}
