import Synchronization

// What a behaviour can do: the hot way of a message that is sent by an actor.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// A copy of `size` bytes, at most `Node.inlineBytes`.
    @inline(__always)
    func send(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> SendResult {
        guard let cell = pointee.core.pointee.table.cell(ref.slot),
            cell.pointee.generation.load(ordering: .relaxed) & 0xff_ffff == ref.generation
        else {
            pointee.counts.sent &+= 1
            pointee.counts.deadLetters &+= 1
            return .stale
        }
        guard let node = pointee.pool.take(pointee.core.pointee.budget) else { return .noMemory }
        node.pointee.header.replace(
            by: Header(generation: ref.generation, kind: .plain, size: size, type: type))
        copyInline(from: data, size, to: node.payload)
        pointee.counts.sent &+= 1
        deliver(node, cell)
        return .sent
    }

    @inline(__always)
    func deliver(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        // acquiring: an actor may be on its way here, and its lanes are this worker's already
        if cell.pointee.owner.load(ordering: .acquiring) == pointee.index && cell.sharedIsEmpty {
            cell.pushLocal(node)
            if !cell.body.pointee.isScheduled { scheduleNext(cell) }
        } else if cell.pushShared(node) {
            pointee.core.pointee.post(cell, by: pointee.index &+ 1)
        }
    }

    /// An actor of this worker's; `current` is its parent.
    func spawn(
        _ behaviour: Behaviour, _ state: UnsafeMutableRawPointer?, _ destroy: Destroy?
    ) -> ActorRef? {
        let cell: UnsafeMutablePointer<Cell>
        if let free = pointee.freeCells {
            cell = free
            pointee.freeCells = free.body.pointee.state?.assumingMemoryBound(to: Cell.self)
            pointee.freeCount &-= 1
        } else {
            guard
                let taken = pointee.core.pointee.table.take(
                    owner: pointee.index, pointee.core.pointee.budget)
            else { return nil }
            cell = taken.cell
        }
        let ref = ActorRef(
            slot: cell.pointee.slot, generation: cell.pointee.generation.load(ordering: .relaxed))
        if cell.pointee.owner.load(ordering: .relaxed) == pointee.index {
            cell.begin(Birth(behaviour: behaviour, state: state, destroy: destroy))
            pointee.counts.spawned &+= 1
            return ref
        }
        // A slot from the table that another worker owns: it is told, as by a thread from outside.
        guard let node = pointee.pool.take(pointee.core.pointee.budget) else {
            pointee.core.pointee.table.put(cell, cell)
            return nil
        }
        node.pointee.header.replace(
            by: Header(generation: ref.generation, kind: .birth, size: 0, type: 0))
        node.payload.storeBytes(
            of: Birth(behaviour: behaviour, state: state, destroy: destroy), as: Birth.self)
        deliver(node, cell)
        return ref
    }

    /// The running actor ends after this message.
    func stopCurrent() { pointee.current?.body.pointee.isStopping = true }

    var currentRef: ActorRef {
        guard let cell = pointee.current else { return .none }
        return ActorRef(
            slot: cell.pointee.slot, generation: cell.pointee.generation.load(ordering: .relaxed))
    }
}

package enum SendResult: Int32, Sendable {
    case sent
    /// The actor is gone, or never was; the message is a dead letter.
    case stale
    case noMemory
}

/// Word by word: a call of memcpy costs more than the rest of a send.
@inline(__always)
func copyInline(from data: UnsafeRawPointer?, _ size: Int, to: UnsafeMutableRawPointer) {
    guard let data else { return }
    var at = 0
    while at &+ 8 <= size {
        to.storeBytes(
            of: data.loadUnaligned(fromByteOffset: at, as: UInt64.self), toByteOffset: at,
            as: UInt64.self)
        at &+= 8
    }
    while at < size {
        to.storeBytes(
            of: data.load(fromByteOffset: at, as: UInt8.self), toByteOffset: at, as: UInt8.self)
        at &+= 1
    }
}

extension ActorCore {
    /// An empty mailbox has got something.
    func post(_ cell: UnsafeMutablePointer<Cell>, by poster: UInt32) {
        // Both orders: the node is in the lane before this, and the worker that finds the poster looks there
        // after it.
        if cell.pointee.isPosted.exchange(poster, ordering: .acquiringAndReleasing) == 0 {
            doors[Int(cell.pointee.owner.load(ordering: .relaxed))].pointee.post(cell)
        }
    }
}
