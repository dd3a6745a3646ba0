import Synchronization

// The calls that are worth as few instructions as there can be, as the C functions need them: plain
// words in and out, and all that is uncommon left to the slow way. A call across modules cannot be
// inlined, and enums are compared there through their witness tables.

/// `pst_send`, by another name.
package typealias SendSlowly =
    @convention(c) (
        _ cx: UnsafeMutableRawPointer?, _ ref: UInt64, _ type: UInt32, _ data: UnsafeRawPointer?,
        _ size: Int
    ) -> UInt32

/// A short message from a behaviour; anything else, and all that is wrong, is `slowly`'s.
package func send(
    _ cx: UnsafeMutableRawPointer?, _ ref: UInt64, _ type: UInt32, _ data: UnsafeRawPointer?,
    _ size: Int, otherwise slowly: SendSlowly
) -> UInt32 {
    // No call but in the last place: nothing has to be saved over one.
    // Conditions of one guard are evaluated together, by more instructions than a branch each has.
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark
    else { return slowly(cx, ref, type, data, size) }
    guard worker.pointee.current != nil else { return slowly(cx, ref, type, data, size) }
    guard type < SystemType.first else { return slowly(cx, ref, type, data, size) }
    let limit = data == nil ? 0 : UInt(Node.inlineBytes)
    guard UInt(bitPattern: size) <= limit else { return slowly(cx, ref, type, data, size) }
    let to = ActorRef(bits: ref)
    guard let cell = worker.cell(to.slot),
        cell.pointee.generation.load(ordering: .relaxed) == to.generation,
        worker.tryToComeBack()
    else { return slowly(cx, ref, type, data, size) }
    let isShort = size <= Node.shortBytes
    let own = isShort ? worker.pointee.pool.takeOwnShort() : worker.pointee.pool.takeOwn()
    guard let node = own else {
        worker.leave()
        return slowly(cx, ref, type, data, size)
    }
    if isShort {
        copyShort(from: data, size, to: node.payload)
    } else {
        copyLong(from: data, size, to: node.payload)
    }
    node.pointee.header = Header(
        generation: to.generation, kind: .plain, size: size,
        type: UInt16(truncatingIfNeeded: type))
    worker.pointee.counts.sent &+= 1
    // acquiring: as in deliver
    guard cell.pointee.owner.load(ordering: .acquiring) == worker.pointee.index,
        cell.sharedIsEmpty
    else { return worker.deliverElsewhereAndLeave(node, cell) }
    cell.pushLocal(node)
    if !cell.body.pointee.isScheduled {
        cell.body.pointee.isScheduled = true
        if worker.hasToShare { return worker.putIntoSlotShareAndLeave(cell) }
        worker.putIntoSlot(cell)
    }
    worker.leave()
    return 0
}

/// An actor without options. 0: nothing has happened.
package func spawnFast(
    _ cx: UnsafeMutableRawPointer?, _ behaviour: Behaviour?, _ state: UnsafeMutableRawPointer?
) -> UInt64 {
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark, worker.pointee.current != nil,
        let behaviour
    else { return 0 }
    let wasAway = worker.comeBack()
    defer { worker.goBack(wasAway) }
    return worker.spawn(behaviour, state, nil)?.bits ?? 0
}

/// A short answer from a behaviour. False: nothing has happened.
package func replyFast(
    _ cx: UnsafeMutableRawPointer?, _ token: UInt64, _ status: Int32, _ data: UnsafeRawPointer?,
    _ size: Int
) -> Bool {
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark, worker.pointee.current != nil,
        UInt(bitPattern: size) <= UInt(Node.inlineBytes), data != nil || size == 0,
        worker.isOpen(token), let pending = worker.pointee.core.pointee.pending(token)
    else { return false }
    let wasAway = worker.comeBack()
    defer { worker.goBack(wasAway) }
    let result = worker.complete(pending, token >> 32, status) { node in
        copyInline(from: data, size, to: node.payload)
        return size
    }
    switch result {
    case .done: return true
    case .late, .noMemory: return false
    }
}

/// The actor that runs; 0: nobody.
package func selfFast(_ cx: UnsafeMutableRawPointer?) -> UInt64 {
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark
    else { return 0 }
    return worker.pointee.current?.ref.bits ?? 0
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    @inline(never)
    fileprivate func deliverElsewhereAndLeave(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>
    ) -> UInt32 {
        deliver(node, cell)
        leave()
        return 0
    }

    @inline(never)
    fileprivate func putIntoSlotShareAndLeave(_ cell: UnsafeMutablePointer<Cell>) -> UInt32 {
        putIntoSlot(cell)
        share()
        leave()
        return 0
    }
}
