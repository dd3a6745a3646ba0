public import CPenstockPlatform
public import Synchronization

/// What a sleeping thread waits on: an eventcount with one waiter and any number of signallers.
///
/// Protocol (Dekker's: each side writes its own word, then reads the other's).
///   waiter      announce(): state = 1, heavy fence; look for work once more; sleep() if none
///   signaller   publish work (a release store); signal(): light fence; read state
/// The heavy fence (membarrier) on the rare side makes the signaller's light fence as good as a
/// full one, so publishing costs a plain load. Where the kernel has no membarrier both sides use a
/// full fence.
///
/// Lives in raw memory of 128 bytes, so that signallers share no line with anything else.
@frozen @usableFromInline package struct Waker: @unchecked Sendable {
    @usableFromInline package let memory: UnsafeMutableRawPointer

    package static let byteCount = 128

    // Offsets: 0 state (futex word), 8 notify function, 16 its context, 24 light fence suffices,
    // 32 sleeps counted (statistics, written by the waiter only)

    /// nil when memory is out.
    package init?(environment: Environment) {
        guard
            let memory = environment.allocate(count: 1, size: Waker.byteCount, alignment: 128)
        else { return nil }
        self.memory = memory
        memory.storeBytes(
            of: pstp_heavy_fence_available() ? 1 : 0, toByteOffset: 24, as: UInt8.self)
    }

    /// The waker that has this memory.
    package init(memory: UnsafeMutableRawPointer) { self.memory = memory }

    package func free() { pstp_free(memory, 1, Waker.byteCount) }

    @usableFromInline var state: UnsafeMutablePointer<Atomic<UInt32>> {
        memory.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Called instead of a futex wake, on the signaller's thread (simulated workers, host
    /// callbacks).
    package typealias Notify = @convention(c) (UnsafeMutableRawPointer) -> Void

    /// Set before any signaller knows of the waker.
    package func setNotify(_ notify: @escaping Notify, _ context: UnsafeMutableRawPointer) {
        memory.storeBytes(of: notify, toByteOffset: 8, as: Notify?.self)
        memory.storeBytes(of: context, toByteOffset: 16, as: UnsafeMutableRawPointer?.self)
    }

    /// Waiter: from here on signals are kept. Must look for work again before it sleeps.
    package func announce() {
        // relaxed: ordered before the waiter's next loads by the heavy fence
        state.pointee.store(1, ordering: .relaxed)
        pstp_heavy_fence()
    }

    /// Waiter: found work after all.
    package func retract() { state.pointee.store(0, ordering: .relaxed) }

    /// Waiter, after announce(): sleeps until a signal or the timeout. May return early.
    package func sleep(nanoseconds: Int64) {
        pstp_futex_wait(memory, 1, nanoseconds)
        state.pointee.store(0, ordering: .relaxed)
    }

    package var isAnnounced: Bool { state.pointee.load(ordering: .relaxed) != 0 }

    /// Signaller, after publishing work. One load when the waiter is awake.
    @inlinable package func signal() {
        if memory.load(fromByteOffset: 24, as: UInt8.self) != 0 {
            pstp_light_fence()
        } else {
            pstp_full_fence()
        }
        if state.pointee.load(ordering: .relaxed) != 0 { wake() }
    }

    /// The rare half of signal(). Of several signallers one wakes.
    @inline(never) @usableFromInline func wake() {
        // acquiring and releasing: orders the signallers among each other; what the waiter finds
        // was published before and is acquired where it is read
        guard state.pointee.exchange(0, ordering: .acquiringAndReleasing) != 0 else { return }
        if let notify = memory.load(fromByteOffset: 8, as: Notify?.self) {
            notify(memory.load(fromByteOffset: 16, as: UnsafeMutableRawPointer.self))
        } else {
            pstp_futex_wake(memory, 1)
        }
    }
}
