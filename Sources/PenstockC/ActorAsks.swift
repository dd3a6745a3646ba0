public import CPenstock
import CPenstockPlatform
import PenstockActors
import PenstockRuntime

@c @implementation
public func pst_actor_ask(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int, _ timeout: UInt64, _ reply: UnsafeMutableRawPointer!,
    _ replySize: UnsafeMutablePointer<Int>!
) -> pst_status {
    var status = PST_OK
    let problem = attempt { () throws(Failure) in
        let system = try actors(handle)
        let payload = try Payload(
            type, data, size, inline: ActorContext.inlineAskBytes, "pst_actor_ask",
            copy: system.copy)
        if reply != nil && replySize == nil {
            throw Failure(.invalid, "pst_actor_ask: reply_size is NULL and reply is not")
        }
        var fits = true
        let result: ActorSystem.AskResult
        do throws(Failure) {
            result = try system.ask(
                ActorRef(bits: actor.id), type: payload.type, data, size, bytes: payload.bytes,
                timeout: timeout
            ) { fits = deliver($1, to: reply, replySize) }
        } catch {
            payload.giveBack()
            throw error
        }
        switch result {
        case .notSent(let why):
            payload.giveBack()
            try check(why, "pst_actor_ask")
        case .ended(let value):
            status = pst_status(rawValue: UInt32(bitPattern: value))
            if status != PST_OK { try explain(status) }
            if !fits {
                throw Failure(
                    .invalid,
                    "pst_actor_ask: the answer has \(replySize.pointee) bytes, more than the room")
            }
        }
    }
    return problem == PST_OK ? status : problem
}

/// A sentence for an ask that ended without a good answer.
private func explain(_ status: pst_status) throws(Failure) {
    switch status {
    case PST_ETIMEDOUT: throw Failure(.timedOut, "pst_actor_ask: no answer in time")
    case PST_ESTALE: throw Failure(.stale, "pst_actor_ask: the actor is gone")
    case PST_EAGAIN: throw Failure(.again, "pst_actor_ask: the actor's mailbox is full")
    case PST_EDEADLK:
        throw Failure(
            .deadlock, "pst_actor_ask: nobody will answer, for nothing can happen any more")
    default:
        // The answer's own: the status is the program's, the text is ours.
        pstp_error_set(
            Int32(bitPattern: status.rawValue),
            "pst_actor_ask: the answer's status is \(status.rawValue)")
    }
}

@c @implementation
public func pst_ask(
    _ cx: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int, _ timeout: UInt64, _ answer: pst_answer_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_status {
    attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_ask")
        let payload = try Payload(
            type, data, size, inline: ActorContext.inlineAskBytes, "pst_ask", copy: context.copy)
        guard let answer else { throw Failure(.invalid, "pst_ask: answer is NULL") }
        let result = context.ask(
            ActorRef(bits: actor.id), type: payload.type, data, size, bytes: payload.bytes,
            timeout: timeout, answer: unsafeBitCast(answer, to: Answer.self), user: user)
        if result != .sent { payload.giveBack() }
        try check(result, "pst_ask")
    }
}

@c @implementation
public func pst_reply(
    _ cx: OpaquePointer!, _ token: pst_token, _ status: pst_status, _ data: UnsafeRawPointer!,
    _ size: Int
) -> pst_status {
    let value = Int32(bitPattern: status.rawValue)
    if replyFast(UnsafeMutableRawPointer(cx), token.id, value, data, size) { return PST_OK }
    return attempt { () throws(Failure) in
        let context = try actorContext(cx, "pst_reply")
        if size < 0 || (size > 0 && data == nil) { try refuse(data, size, "pst_reply") }
        try check(context.reply(token.id, value, data, size), "pst_reply")
    }
}

@c @implementation
public func pst_actor_reply(
    _ handle: OpaquePointer!, _ token: pst_token, _ status: pst_status,
    _ data: UnsafeRawPointer!, _ size: Int
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        if size < 0 || (size > 0 && data == nil) { try refuse(data, size, "pst_actor_reply") }
        try check(
            system.reply(token.id, Int32(bitPattern: status.rawValue), data, size),
            "pst_actor_reply")
    }
}

private func refuse(
    _ data: UnsafeRawPointer?, _ size: Int, _ function: String
) throws(Failure) {
    throw Failure(
        .invalid,
        size < 0
            ? "\(function): size is more than memory can hold"
            : "\(function): data is NULL and size is \(size)")
}
