public import CPenstock
import PenstockActors
import PenstockRuntime

// At hand, since a call across modules would cost as much as the rest.
private let firstSystemType: UInt32 = 0xff00
private let inlineBytes = 48

@c @implementation
public func pst_send(
    _ cx: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int
) -> pst_status {
    pst_status(
        rawValue: send(
            UnsafeMutableRawPointer(cx), actor.id, type, data, size, otherwise: sendSlowly))
}

/// A long payload, a mailbox with a bound, or something wrong.
private func sendSlowly(
    _ cx: UnsafeMutableRawPointer?, _ ref: UInt64, _ type: UInt32, _ data: UnsafeRawPointer?,
    _ size: Int
) -> UInt32 {
    attempt { () throws(Failure) in
        let context = try actorContext(OpaquePointer(cx), "pst_send")
        let payload = try Payload(
            type, data, size, inline: ActorContext.inlineBytes, "pst_send", copy: context.copy)
        guard let bytes = payload.bytes else {
            return try check(
                context.send(to: ActorRef(bits: ref), type: payload.type, data, size), "pst_send")
        }
        try sent(context.send(to: ActorRef(bits: ref), type: payload.type, bytes), payload)
    }.rawValue
}

/// A stale one has been released already.
private func sent(_ result: SendResult, _ payload: Payload) throws(Failure) {
    if result != .sent && result != .stale { payload.giveBack() }
    try check(result, "pst_send")
}

@c @implementation
public func pst_send_bytes(
    _ cx: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ bytes: UnsafePointer<pst_bytes>!
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_send_bytes")
        let type = try messageType(type, "pst_send_bytes")
        let bytes = try ownedBytes(bytes, "pst_send_bytes")
        try check(context.send(to: ActorRef(bits: actor.id), type: type, bytes), "pst_send_bytes")
    }
}

@c @implementation
public func pst_send_many(
    _ cx: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int, _ count: Int, _ sent: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_send_many")
        let ref = ActorRef(bits: actor.id)
        try sendMany(type, data, size, count, sent, "pst_send_many") { type, data, size, count in
            context.sendMany(to: ref, type: type, data, size, count)
        } one: { type, bytes in
            context.send(to: ref, type: type, bytes)
        } copy: {
            context.copy($0, $1)
        }
    }
}

@c @implementation
public func pst_actor_send(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int
) -> pst_status {
    if type < firstSystemType, size >= 0, size <= inlineBytes, data != nil || size == 0,
        let system = HandleTable.shared.findActors(handle),
        system.sendFast(actor.id, UInt16(truncatingIfNeeded: type), data, size)
    {
        return PST_OK
    }
    return attempt { () throws(Failure) in
        let system = try actors(handle)
        let ref = ActorRef(bits: actor.id)
        let payload = try Payload(
            type, data, size, inline: ActorContext.inlineBytes, "pst_actor_send",
            copy: system.copy)
        guard let bytes = payload.bytes else {
            return try check(
                system.send(to: ref, type: payload.type, data, size), "pst_actor_send")
        }
        let result = system.send(to: ref, type: payload.type, bytes)
        if result != .sent && result != .stale { payload.giveBack() }
        try check(result, "pst_actor_send")
    }
}

@c @implementation
public func pst_actor_send_bytes(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ type: UInt32,
    _ bytes: UnsafePointer<pst_bytes>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let type = try messageType(type, "pst_actor_send_bytes")
        let bytes = try ownedBytes(bytes, "pst_actor_send_bytes")
        try check(
            system.send(to: ActorRef(bits: actor.id), type: type, bytes), "pst_actor_send_bytes")
    }
}

@c @implementation
public func pst_actor_send_many(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int, _ count: Int, _ sent: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let ref = ActorRef(bits: actor.id)
        try sendMany(type, data, size, count, sent, "pst_actor_send_many") {
            type, data, size, count in
            system.sendMany(to: ref, type: type, data, size, count)
        } one: { type, bytes in
            system.send(to: ref, type: type, bytes)
        } copy: {
            system.copy($0, $1)
        }
    }
}

/// Short ones at once, long ones one by one.
private func sendMany(
    _ type: UInt32, _ data: UnsafeRawPointer?, _ size: Int, _ count: Int,
    _ sent: UnsafeMutablePointer<Int>?, _ function: String,
    _ many: (UInt16, UnsafeRawPointer?, Int, Int) -> (SendResult, Int),
    one: (UInt16, OwnedBytes) -> SendResult, copy: (UnsafeRawPointer?, Int) -> OwnedBytes?
) throws(Failure) {
    let type = try messageType(type, function)
    let (total, overflow) = size.multipliedReportingOverflow(by: count)
    guard size >= 0, count >= 0, !overflow else {
        throw Failure(.invalid, "\(function): size * count is more than memory can hold")
    }
    if total > 0 && data == nil {
        throw Failure(.invalid, "\(function): data is NULL and size is \(size)")
    }
    if size <= ActorContext.inlineBytes {
        let (result, done) = many(type, data, size, count)
        sent?.pointee = done
        return try check(result, function)
    }
    for i in 0..<count {
        sent?.pointee = i
        guard let bytes = copy(data.map { $0 + i * size }, size) else {
            throw Failure(.noMemory, "\(function): no memory for \(size) bytes")
        }
        let result = one(type, bytes)
        if result != .sent && result != .stale { bytes.release?(bytes.owner) }
        if result != .stale || i + 1 == count { try check(result, function) }
    }
    sent?.pointee = count
}
