import CPenstock
import PenstockActors
import PenstockRuntime

// What the functions on actors have in common.

/// The actors of an engine, made when they are first needed.
func actors(_ handle: OpaquePointer?) throws(Failure) -> ActorSystem {
    if let known = HandleTable.shared.findActors(handle) { return known }
    let engine = try engine(handle)
    if engine.isForeign {
        throw Failure(.forked, "the engine was created before fork(); the child has no workers")
    }
    let made = try engine.actors()
    if let handle { HandleTable.shared.remember(made, of: handle) }
    return made
}

extension Engine {
    func actors() throws(Failure) -> ActorSystem {
        try companion { () throws(Failure) in
            try ActorSystem(
                engine: self, memoryLimit: options.actorBytes,
                watchdog: options.watchdogNanoseconds)
        }
    }
}

/// The context of a behaviour that runs.
func actorContext(_ cx: OpaquePointer?, _ function: String) throws(Failure) -> ActorContext {
    guard let context = ActorContext(checking: cx.map { UnsafeMutableRawPointer($0) }) else {
        throw Failure(
            .invalid,
            cx == nil
                ? "\(function): cx is NULL"
                : "\(function): cx is not the context of an actor's behaviour that runs")
    }
    return context
}

/// What is to be sent, checked.
struct Payload {
    var type: UInt16
    var data: UnsafeRawPointer?
    var size: Int
    /// Instead, where it is too long to travel inside a message. Made here; released unless it is
    /// sent.
    var bytes: OwnedBytes?

    init(
        _ type: UInt32, _ data: UnsafeRawPointer?, _ size: Int, inline: Int, _ function: String,
        copy: (UnsafeRawPointer?, Int) -> OwnedBytes?
    ) throws(Failure) {
        self.type = try messageType(type, function)
        if size < 0 { throw Failure(.invalid, "\(function): size is more than memory can hold") }
        if size > 0 && data == nil {
            throw Failure(.invalid, "\(function): data is NULL and size is \(size)")
        }
        self.data = data
        self.size = size
        if size > inline {
            bytes = copy(data, size)
            if bytes == nil { throw Failure(.noMemory, "\(function): no memory for \(size) bytes") }
        }
    }

    /// Of a copy that was not sent.
    func giveBack() { bytes?.release?(bytes?.owner) }
}

func messageType(_ type: UInt32, _ function: String) throws(Failure) -> UInt16 {
    guard type < SystemType.first else {
        throw Failure(
            .invalid, "\(function): type \(type) is one of the engine's, from 0xff00 up")
    }
    return UInt16(type)
}

/// The status of a send, with a text.
func check(_ result: SendResult, _ function: String) throws(Failure) {
    switch result {
    case .sent, .dropped: return
    case .stale: throw Failure(.stale, "\(function): the actor is gone")
    case .noMemory:
        throw Failure(.noMemory, "\(function): the engine's memory for actors is exhausted")
    case .closed: throw Failure(.badState, "\(function): the actors of the engine were stopped")
    case .full, .wait: throw Failure(.again, "\(function): the actor's mailbox is full")
    }
}

func check(_ result: ReplyResult, _ function: String) throws(Failure) {
    switch result {
    case .done: return
    case .late: throw Failure(.stale, "\(function): nobody waits for this answer")
    case .noMemory: throw Failure(.noMemory, "\(function): no memory for the answer")
    }
}

func check(_ result: HandResult, _ function: String) throws(Failure) {
    switch result {
    case .done: return
    case .nothingInHand:
        throw Failure(
            .badState, "\(function): there is no message in hand, or it is one of a batch")
    case .noMemory:
        throw Failure(.noMemory, "\(function): the engine's memory for actors is exhausted")
    case .full: throw Failure(.again, "\(function): the actor's mailbox is full")
    case .stale: throw Failure(.stale, "\(function): the actor is gone")
    }
}

/// The caller's pst_bytes as the engine keeps it; the layouts are equal.
func ownedBytes(
    _ given: UnsafePointer<pst_bytes>?, _ function: String
) throws(Failure) -> OwnedBytes {
    guard let given else { throw Failure(.invalid, "\(function): bytes is NULL") }
    // A size_t beyond Int is negative here.
    let size = given.pointee.size
    guard size >= 0, given.pointee.data != nil || size == 0 else {
        throw Failure(.invalid, "\(function): bytes->data is NULL or bytes->size too large")
    }
    return OwnedBytes(
        data: given.pointee.data, size: size, owner: given.pointee.owner,
        release: given.pointee.release)
}

/// Copies an answer's payload to where the caller wants it. False: it was cut.
func deliver(
    _ view: MessageView, to reply: UnsafeMutableRawPointer?, _ size: UnsafeMutablePointer<Int>?
) -> Bool {
    let room = size?.pointee ?? 0
    let copied = min(view.size, max(0, room))
    if let reply, let data = view.data, copied > 0 {
        reply.copyMemory(from: data, byteCount: copied)
    }
    size?.pointee = view.size
    return reply == nil || size == nil || view.size <= room
}
