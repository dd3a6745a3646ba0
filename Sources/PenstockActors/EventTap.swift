import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// What usually nobody sees: `pst_actor_event`.
package struct ActorEvent: BitwiseCopyable {
    package var kind: Int32
    package var actor: UInt64
    package var name: UnsafePointer<CChar>?
    package var message: UnsafeRawPointer?
    package var status: Int32 = 0
    package var text: UnsafePointer<CChar>?
    package var nanoseconds: UInt64 = 0

    package enum Kind: Int32 {
        case deadLetter = 0
        case dropped = 1
        case failed = 2
        case restarted = 3
        case blocked = 4
    }

    package typealias Handler =
        @convention(c) (_ event: UnsafeRawPointer, _ user: UnsafeMutableRawPointer?) -> Void
}

/// Tells the program of events, one at a time.
final class EventTap: Sendable {
    /// For a look before anything is made up to be told.
    private let isObserved = Atomic<Bool>(false)
    private let lock = Lock()
    private nonisolated(unsafe) var handler: ActorEvent.Handler?  // guard: lock
    private nonisolated(unsafe) var user: UnsafeMutableRawPointer?  // guard: lock
    /// The thread inside the handler; 0: none.
    private let teller = Atomic<UInt>(0)

    @inline(__always)
    var isActive: Bool { isObserved.load(ordering: .relaxed) }

    var isInside: Bool { teller.load(ordering: .relaxed) == UInt(pstp_thread_token()) }

    /// When it returns the former handler has, too.
    func observe(_ handler: ActorEvent.Handler?, _ user: UnsafeMutableRawPointer?) {
        lock.withLock {
            self.handler = handler
            self.user = user
            isObserved.store(handler != nil, ordering: .relaxed)
        }
    }

    /// What a handler does itself causes no events.
    func tell(
        _ kind: ActorEvent.Kind, _ actor: ActorRef, name: String = "",
        message: MessageView? = nil, status: Int32 = 0, text: UnsafePointer<CChar>? = nil,
        nanoseconds: UInt64 = 0
    ) {
        if !isActive || isInside { return }
        lock.withLock {
            guard let handler else { return }
            teller.store(UInt(pstp_thread_token()), ordering: .relaxed)
            defer { teller.store(0, ordering: .relaxed) }
            // A callback, also on a thread of the program's: waiting in it would be for itself.
            let before = pstp_tls_get()
            if before == nil { pstp_tls_set(Unmanaged.passUnretained(self).toOpaque()) }
            defer { pstp_tls_set(before) }
            name.withCString { name in
                withUnsafePointer(to: message ?? MessageView()) { view in
                    var empty: CChar = 0
                    withUnsafePointer(to: &empty) { empty in
                        var event = ActorEvent(
                            kind: kind.rawValue, actor: actor.bits, name: name,
                            message: message == nil ? nil : UnsafeRawPointer(view),
                            status: status, text: text ?? empty, nanoseconds: nanoseconds)
                        handler(&event, user)
                    }
                }
            }
        }
    }
}
