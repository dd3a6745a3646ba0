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
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark, worker.pointee.current != nil,
        type < SystemType.first, UInt(bitPattern: size) <= UInt(Node.inlineBytes),
        data != nil || size == 0
    else { return slowly(cx, ref, type, data, size) }
    let to = ActorRef(bits: ref)
    guard let cell = worker.cell(to.slot),
        cell.pointee.generation.load(ordering: .relaxed) == to.generation,
        let node = worker.pointee.pool.takeOwn()
    else { return slowly(cx, ref, type, data, size) }
    copyInline(from: data, size, to: node.payload)
    node.pointee.header.begin(
        Header(
            generation: to.generation, kind: .plain, size: size,
            type: UInt16(truncatingIfNeeded: type)), pool: worker.pointee.pool.poolBits)
    worker.pointee.counts.sent &+= 1
    worker.deliver(node, cell)
    return 0
}

/// An ordinary actor, in a slot that its worker has. 0: nothing has happened.
package func spawnFast(
    _ cx: UnsafeMutableRawPointer?, _ behaviour: Behaviour?, _ state: UnsafeMutableRawPointer?
) -> UInt64 {
    guard let worker = cx?.assumingMemoryBound(to: ActorWorker.self),
        worker.pointee.mark == ActorWorker.aliveMark, worker.pointee.current != nil,
        let behaviour, let block = worker.pointee.cells.takeOwn()
    else { return 0 }
    let cell = block.assumingMemoryBound(to: Cell.self)
    cell.begin(Birth(behaviour: behaviour, state: state, destroy: nil))
    worker.pointee.counts.spawned &+= 1
    return cell.ref.bits
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
