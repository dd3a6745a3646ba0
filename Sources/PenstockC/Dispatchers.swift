public import CPenstock
import PenstockActors
import PenstockRuntime

func dispatcher(_ handle: OpaquePointer?) throws(Failure) -> HostDispatcher {
    guard let found = HandleTable.shared.find(handle, .dispatcher) as? HostDispatcher else {
        throw Failure(
            .badHandle,
            handle == nil ? "dispatcher is NULL" : "dispatcher is not a live dispatcher")
    }
    if found.system.isForeign {
        throw Failure(.forked, "the engine was created before fork(); the child has no workers")
    }
    return found
}

@c @implementation
public func pst_dispatcher_create(
    _ handle: OpaquePointer!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let system = try actors(handle)
        let out = try required(result, "dispatcher")
        out.pointee = try HandleTable.shared.add(HostDispatcher(system), .dispatcher)
    }
}

@c @implementation
public func pst_dispatcher_destroy(_ handle: OpaquePointer!) {
    guard let handle else { return }
    _ = attempt { () throws(Failure) in
        let found: HostDispatcher
        do throws(Failure) {
            found = try dispatcher(handle)
        } catch {
            // After a fork nothing is freed: threads of the parent's may have been in the middle of
            // it.
            if error.status == .forked { return }
            throw error
        }
        try found.close()
        HandleTable.shared.remove(handle, .dispatcher)
    }
}

@c @implementation
public func pst_dispatcher_poll(
    _ handle: OpaquePointer!, _ most: Int, _ timeout: UInt64,
    _ handled: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let count = try dispatcher(handle).poll(limit: most <= 0 ? .max : most, timeout: timeout)
        handled?.pointee = count
        if count == 0 {
            throw Failure(
                timeout == 0 ? .again : .timedOut, "pst_dispatcher_poll: nothing to do")
        }
    }
}

@c @implementation
public func pst_dispatcher_fd(_ handle: OpaquePointer!) -> Int32 {
    var descriptor: Int32 = -1
    _ = attempt { () throws(Failure) in descriptor = try dispatcher(handle).descriptor }
    return descriptor
}

@c @implementation
public func pst_dispatcher_ask(
    _ handle: OpaquePointer!, _ actor: pst_actor, _ type: UInt32, _ data: UnsafeRawPointer!,
    _ size: Int, _ timeout: UInt64, _ answer: pst_answer_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_status {
    attempt { () throws(Failure) in
        let dispatcher = try dispatcher(handle)
        guard let answer else { throw Failure(.invalid, "pst_dispatcher_ask: answer is NULL") }
        let payload = try Payload(
            type, data, size, inline: ActorContext.inlineAskBytes, "pst_dispatcher_ask",
            copy: dispatcher.system.copy)
        let result: SendResult
        do throws(Failure) {
            result = try dispatcher.system.ask(
                from: dispatcher, ActorRef(bits: actor.id), type: payload.type, data, size,
                bytes: payload.bytes, timeout: timeout,
                answer: unsafeBitCast(answer, to: Answer.self), user: user)
        } catch {
            payload.giveBack()
            throw error
        }
        if result != .sent { payload.giveBack() }
        try check(result, "pst_dispatcher_ask")
    }
}
