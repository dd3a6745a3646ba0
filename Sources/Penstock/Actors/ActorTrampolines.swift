import PenstockActors
import PenstockRuntime

// The C functions that the engine calls. Those of messages call the body that was compiled for the
// behaviour: one indirect call per message.

private let broken = Status.internal.rawValue

/// Of actors that have become nothing else.
let receiveTrampoline: PenstockActors.Behaviour = { raw, state, message in
    let view = message.assumingMemoryBound(to: MessageView.self)
    guard let state, let data = view.pointee.data, view.pointee.type <= 1 else {
        return receiveOther(raw, state, view)
    }
    let status = Unmanaged<ActorBox>.fromOpaque(state)._withUnsafeGuaranteedRef {
        $0.body(raw, state, $0.memory, Int(view.pointee.type), data, 1)
    }
    if status != 0 { tellAsker(raw, state, view.pointee.token) }
    return status
}

/// Of those that have.
let becomeTrampoline: PenstockActors.Behaviour = { raw, state, message in
    receiveOther(raw, state, message.assumingMemoryBound(to: MessageView.self))
}

/// Anything, by what the actor is now.
@inline(never)
private func receiveOther(
    _ raw: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ view: UnsafePointer<MessageView>
) -> Int32 {
    guard let state else { return broken }
    let box = ActorBox.at(state)
    box.existingExtras?.settle()
    let current = box.existingExtras?.current ?? box
    let status = receive(raw, box, current, view, isBatch: false)
    if status != 0 { tellAsker(raw, state, view.pointee.token) }
    return status
}

private func receive(
    _ raw: UnsafeMutableRawPointer, _ first: ActorBox, _ current: ActorBox,
    _ view: UnsafePointer<MessageView>, isBatch: Bool
) -> Int32 {
    func call(_ what: Int, _ data: UnsafeRawPointer) -> Int32 {
        current.body(raw, current.address, current.memory, what, data, 1)
    }
    switch view.pointee.type {
    case UInt32(SystemType.idle): return call(ActorBox.Call.idle, raw)
    case UInt32(SystemType.down):
        guard let data = view.pointee.data else { return broken }
        return call(ActorBox.Call.down, data)
    case UInt32(MessageType.keyed):
        guard let data = view.pointee.data else { return broken }
        return first.extras.handle(data.load(as: UInt64.self)) {
            var box = UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque())
            // A batch of one.
            return isBatch
                ? withUnsafePointer(to: &box) { call(ActorBox.Call.boxed, $0) }
                : call(ActorBox.Call.boxed, box)
        }
    default:
        guard let data = view.pointee.data else { return broken }
        return call(Int(view.pointee.type), data)
    }
}

let batchTrampoline: PenstockActors.BatchBehaviour = { raw, state, messages, count in
    guard let state else { return broken }
    let views = messages.assumingMemoryBound(to: MessageView.self)
    let box = ActorBox.at(state)
    return withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: 64) { room in
        guard let payloads = room.baseAddress else { return broken }
        var done = 0
        while done < count {
            // As many of one kind as there are.
            let type = views[done].type
            var n = 0
            while n < 64, done + n < count, views[done + n].type == type,
                let data = views[done + n].data
            {
                payloads[n] = data
                n += 1
            }
            let isProgram = type <= UInt32(MessageType.boxed)
            let status =
                isProgram && n > 0
                ? box.body(raw, state, box.memory, Int(type) | done << 8, payloads, n)
                : receive(raw, box, box, views + done, isBatch: true)
            if status != 0 {
                tellAskers(raw, state, views, count)
                return status
            }
            done += isProgram ? max(1, n) : 1
        }
        return ActorStatus.ok
    }
}

let startTrampoline: Start = { raw, state in
    guard let state else { return broken }
    return ActorBox.at(state).start(raw)
}

let destroyTrampoline: Destroy = { state in
    guard let state else { return }
    Unmanaged<ActorBox>.fromOpaque(state).release()
}

/// The end of an ask of an actor's; `user` is its number among them.
let answerTrampoline: Answer = { raw, state, status, message, user in
    guard let state else { return broken }
    let extras = ActorBox.at(state).extras
    extras.settle()
    guard let answer = extras.takeAnswer(Int(bitPattern: user)) else { return ActorStatus.ok }
    let view = message.assumingMemoryBound(to: MessageView.self).pointee
    let outcome = answer(raw, status, view.data, view.size)
    extras.failure = nil
    return outcome
}

// MARK: - Failures

/// Who asked gets the error itself, unless the message has become another's.
@inline(never)
private func tellAsker(
    _ raw: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer, _ token: UInt64
) {
    let extras = ActorBox.at(state).extras
    let error = extras.failure
    extras.failure = nil
    let context = PenstockActors.ActorContext(raw)
    if token != 0, context.hasHand { refuse(context, token, error) }
}

/// The same for those of a batch that are lost.
private func tellAskers(
    _ raw: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer,
    _ views: UnsafePointer<MessageView>, _ count: Int
) {
    let extras = ActorBox.at(state).extras
    let error = extras.failure
    extras.failure = nil
    let context = PenstockActors.ActorContext(raw)
    let failed = context.failedIndex
    for i in 0..<count where (failed < 0 || i == failed) && views[i].token != 0 {
        refuse(context, views[i].token, error)
    }
}

private func refuse(
    _ context: PenstockActors.ActorContext, _ token: UInt64, _ error: (any Error)?
) {
    guard let error, context.isOpen(token) else { return }
    let box = MessageBox<any Error>(error).retained
    if context.reply(token, ActorStatus.failed, box.bytes) != .done { box.release() }
}
