import CPenstockPlatform
import Synchronization

/// What other threads ring when they want something of a worker: a line of its own that the worker
/// looks at in every pass and that is written rarely. Raw memory.
package struct Doorbell: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer

    static let byteCount = 128

    /// In `flags`: the inbox holds tasks, or the worker is to end. The other bits are invitations
    /// to fork-joins, bit n + 1 to slot n.
    static let inbox: UInt32 = 1
    static let invitations = ~inbox

    /// What the worker was doing when it last said so. A hint for those who choose helpers: in its
    /// first activation after a wait a worker still says that it waits.
    enum Status: UInt32 {
        case busy = 0
        /// Looks for work without a pause.
        case waiting = 1
        case parked = 2
    }

    /// nil when memory is out.
    init?(environment: Environment) {
        guard
            let memory = environment.allocate(count: 1, size: Doorbell.byteCount, alignment: 128)
        else { return nil }
        self.memory = memory
    }

    init(memory: UnsafeMutableRawPointer) { self.memory = memory }

    func free() { pstp_free(memory, 1, Doorbell.byteCount) }

    var flags: UnsafeMutablePointer<Atomic<UInt32>> {
        memory.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    private var statusWord: UnsafeMutablePointer<Atomic<UInt32>> {
        (memory + 4).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Relaxed: whoever acts on it is prepared for it to be wrong.
    var status: Status {
        get { Status(rawValue: statusWord.pointee.load(ordering: .relaxed)) ?? .busy }
        nonmutating set { statusWord.pointee.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Its thread sleeps, or was called and does not run yet.
    package var isParked: Bool { status == .parked }

    private var callerCount: UnsafeMutablePointer<Atomic<UInt32>> {
        (memory + 8).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// A thread of the host is in a fork-join on this worker's core: the worker keeps away from it.
    /// Relaxed, a hint like the status.
    var isCallersCore: Bool { callerCount.pointee.load(ordering: .relaxed) != 0 }
    func callerCame() { callerCount.pointee.wrappingAdd(1, ordering: .relaxed) }
    func callerLeft() { callerCount.pointee.wrappingSubtract(1, ordering: .relaxed) }
}
