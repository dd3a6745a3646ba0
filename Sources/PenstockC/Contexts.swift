public import CPenstock
import PenstockActors
import PenstockDataflow
import PenstockRuntime

// A pst_context is the address of the replica's step, or of the worker that runs an actor; both
// begin with a mark that is checked.

private func raw(_ context: OpaquePointer?) -> Context? {
    context.map { UnsafeMutableRawPointer($0) }
}

@c @implementation
public func pst_user(_ cx: OpaquePointer!) -> UnsafeMutableRawPointer! { Step.user(raw(cx)) }

@c @implementation
public func pst_state(_ cx: OpaquePointer!) -> UnsafeMutableRawPointer! { Step.state(raw(cx)) }

@c @implementation
public func pst_set_state(_ cx: OpaquePointer!, _ state: UnsafeMutableRawPointer!) {
    Step.setState(raw(cx), state)
}

@c @implementation
public func pst_replica(_ cx: OpaquePointer!) -> UInt32 { Step.replica(raw(cx)) }

@c @implementation
public func pst_position(_ cx: OpaquePointer!) -> UInt64 { Step.position(raw(cx)) }

@c @implementation
public func pst_should_stop(_ cx: OpaquePointer!) -> Bool {
    ActorContext(checking: raw(cx))?.isEnding ?? Step.shouldStop(raw(cx))
}

@c @implementation
public func pst_now(_ cx: OpaquePointer!) -> UInt64 {
    ActorContext(checking: raw(cx))?.now ?? Step.now(raw(cx))
}

@c @implementation
public func pst_fail(
    _ cx: OpaquePointer!, _ status: pst_status, _ index: Int, _ text: UnsafePointer<CChar>!
) -> pst_status {
    let status = Int32(truncatingIfNeeded: status.rawValue)
    if let context = ActorContext(checking: raw(cx)) {
        let result = context.fail(status, index, text)
        return pst_status(rawValue: UInt32(bitPattern: result))
    }
    let result = Step.fail(raw(cx), status, index, text)
    return pst_status(rawValue: UInt32(bitPattern: result))
}

@c @implementation
public func pst_emit(
    _ cx: OpaquePointer!, _ port: UInt32, _ elements: UnsafeRawPointer!, _ count: Int
) -> Int {
    Step.emit(raw(cx), port, elements, count)
}

@c @implementation
public func pst_reserve(
    _ cx: OpaquePointer!, _ port: UInt32, _ want: Int, _ room: UnsafeMutablePointer<Int>!
) -> UnsafeMutableRawPointer! {
    // A size_t beyond Int asks for all the room there is.
    let found = Step.reserve(raw(cx), port, want < 0 ? .max : want)
    room?.pointee = found?.1 ?? 0
    return found?.0
}

@c @implementation
public func pst_commit(_ cx: OpaquePointer!, _ port: UInt32, _ count: Int) -> pst_status {
    switch Step.commit(raw(cx), port, count) {
    case .ok: return PST_OK
    case .port:
        return report(
            Failure(.port, "pst_commit: port \(port) is not an output port of a process stage"))
    default:
        return report(
            Failure(.invalid, "pst_commit: \(count) elements are more than were reserved"))
    }
}
