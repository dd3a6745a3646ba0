import Synchronization

// What goes into mailboxes.

package enum SendResult: Int32, Sendable {
    case sent
    /// The actor is gone, or never was; the message is a dead letter, its payload still the
    /// caller's.
    case stale
    case noMemory
    /// The mailbox is full; the message is still the caller's.
    case full
    /// The mailbox is full, and the sender may wait.
    case wait
    /// The mailbox is full and drops messages; the payload is still the caller's.
    case dropped
    /// The actors were stopped; the message is still the caller's.
    case closed
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// Of posts: where an actor was woken from.
    var poster: UInt32 {
        Int(pointee.index) == pointee.core.pointee.outsideIndex
            ? Cell.postedFromOutside : pointee.index &+ 1
    }

    /// A copy of `size` bytes, at most `Node.inlineBytes`.
    @inline(__always)
    func send(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> SendResult {
        guard let cell = cell(ref.slot),
            cell.pointee.generation.load(ordering: .relaxed) == ref.generation
        else { return sendSlowly(to: ref, type: type, data, size) }
        guard let node = pointee.pool.take(size, pointee.core.pointee.budget) else {
            return .noMemory
        }
        node.pointee.header = Header(
            generation: ref.generation, kind: .plain, size: size, type: type)
        copyInline(from: data, size, to: node.payload)
        pointee.counts.sent &+= 1
        deliver(node, cell)
        return .sent
    }

    @inline(never)
    private func sendSlowly(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> SendResult {
        var result = SendResult.sent
        guard let (node, cell) = prepare(ref, .plain, size, type, &result) else { return result }
        copyInline(from: data, size, to: node.payload)
        deliver(node, cell)
        return .sent
    }

    /// A node for a message of a program's to an actor that is there and has room. Counts the
    /// message; nil, and why.
    func prepare(
        _ ref: ActorRef, _ kind: Header.Kind, _ size: Int, _ type: UInt16,
        _ result: inout SendResult
    ) -> (UnsafeMutablePointer<Node>, UnsafeMutablePointer<Cell>)? {
        guard let (cell, word) = find(ref) else {
            pointee.counts.sent &+= 1
            pointee.counts.deadLetters &+= 1
            result = .stale
            return nil
        }
        var header = Header(generation: ref.generation, kind: kind, size: size, type: type)
        if word & Bound.counted != 0 {
            switch cell.admit(1, word) {
            case .enter: header.count()
            case .drop:
                pointee.counts.sent &+= 1
                pointee.counts.dropped &+= 1
                result = .dropped
                return nil
            case .refuse:
                result = .full
                return nil
            case .wait:
                wakeForRoom()
                result = .wait
                return nil
            }
        }
        // Only plain messages have their whole payload here.
        let room = kind == .plain ? size : Node.inlineBytes
        guard let node = pointee.pool.take(room, pointee.core.pointee.budget) else {
            if header.isCounted { giveUpPlace(cell) }
            result = .noMemory
            return nil
        }
        pointee.counts.sent &+= 1
        node.pointee.header = header
        return (node, cell)
    }

    @inline(__always)
    func cell(_ slot: UInt32) -> UnsafeMutablePointer<Cell>? {
        pointee.allCells.block(slot, blockBytes: Cell.size, shift: Cell.slabShift)?
            .assumingMemoryBound(to: Cell.self)
    }

    /// An actor that is there, and its generation word.
    @inline(__always)
    func find(_ ref: ActorRef) -> (UnsafeMutablePointer<Cell>, UInt32)? {
        guard let cell = cell(ref.slot) else { return nil }
        let word = cell.pointee.generation.load(ordering: .relaxed)
        return word & ActorRef.generationMask == ref.generation ? (cell, word) : nil
    }

    /// Memory that the actor's worker releases when the behaviour has seen it.
    func send(to ref: ActorRef, type: UInt16, _ bytes: OwnedBytes) -> SendResult {
        var result = SendResult.sent
        guard let (node, cell) = prepare(ref, .bytes, MemoryLayout<OwnedBytes>.size, type, &result)
        else { return result }
        node.payload.storeBytes(of: bytes, as: OwnedBytes.self)
        deliver(node, cell)
        return .sent
    }

    /// `count` messages of `size` bytes each, at most `Node.inlineBytes`, by one entry in the
    /// mailbox, up to the first that is dropped or stale; and how many of them, with that one.
    func sendMany(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, _ count: Int
    ) -> (SendResult, Int) {
        var first: UnsafeMutablePointer<Node>?
        var last: UnsafeMutablePointer<Node>?
        var sent = 0
        var result = SendResult.sent
        var cell: UnsafeMutablePointer<Cell>?
        while sent < count {
            guard let (node, found) = prepare(ref, .plain, size, type, &result) else {
                if result == .dropped || result == .stale { sent &+= 1 }
                break
            }
            copyInline(from: data.map { $0 + sent &* size }, size, to: node.payload)
            if let last { last.nextNode = node } else { first = node }
            last = node
            cell = found
            sent &+= 1
        }
        if let first, let last, let cell { deliver(first, to: last, cell) }
        return (result, sent)
    }

    @inline(__always)
    func deliver(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        deliver(node, to: node, cell)
    }

    @inline(__always)
    func deliver(
        _ first: UnsafeMutablePointer<Node>, to last: UnsafeMutablePointer<Node>,
        _ cell: UnsafeMutablePointer<Cell>
    ) {
        // acquiring: an actor may be on its way here, and its lanes are this worker's already
        if cell.pointee.owner.load(ordering: .acquiring) == pointee.index && cell.sharedIsEmpty {
            cell.pushLocal(first, to: last)
            if !cell.body.pointee.isScheduled { scheduleNext(cell) }
        } else {
            deliverElsewhere(first, to: last, cell)
        }
    }

    @inline(never)
    private func deliverElsewhere(
        _ first: UnsafeMutablePointer<Node>, to last: UnsafeMutablePointer<Node>,
        _ cell: UnsafeMutablePointer<Cell>
    ) {
        if cell.pushShared(first, to: last) { pointee.core.pointee.post(cell, by: poster) }
    }

    /// Into the control lane.
    func command(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        cell.pushControl(node)
        // acquiring: as in deliver
        if cell.pointee.owner.load(ordering: .acquiring) == pointee.index {
            if !cell.body.pointee.isScheduled { scheduleNext(cell) }
        } else {
            pointee.core.pointee.post(cell, by: poster)
        }
    }

    /// Ends the actor, after what was sent to it before or after the message in hand.
    func stop(_ ref: ActorRef, now: Bool) -> SendResult {
        guard let (cell, _) = find(ref) else { return .stale }
        if now && cell == pointee.current {
            cell.body.pointee.marks.insert(.isStopping)
            return .sent
        }
        guard let node = pointee.pool.take(pointee.core.pointee.budget) else { return .noMemory }
        node.pointee.header = Header(
            generation: ref.generation, kind: now ? .kill : .stop, size: 0, type: 0)
        if now { command(node, cell) } else { deliver(node, cell) }
        return .sent
    }
}

/// Up to 48 bytes by pieces that may overlap: a call of memcpy costs more than the rest of a send.
/// `size` is 0 where there is no data.
@inline(__always)
func copyInline(from data: UnsafeRawPointer?, _ size: Int, to: UnsafeMutableRawPointer) {
    if size > Node.shortBytes {
        copyLong(from: data, size, to: to)
    } else {
        copyShort(from: data, size, to: to)
    }
}

/// 17 to 48 bytes.
@inline(__always)
func copyLong(from data: UnsafeRawPointer?, _ size: Int, to: UnsafeMutableRawPointer) {
    copyPiece(SIMD2<UInt64>.self, data, to, 0)
    if size > 32 { copyPiece(SIMD2<UInt64>.self, data, to, 16) }
    copyPiece(SIMD2<UInt64>.self, data, to, size &- 16)
}

/// Up to 16 bytes. Senders have just written them, often as words: a wider load would have to wait
/// until those are in the cache.
@inline(__always)
func copyShort(from data: UnsafeRawPointer?, _ size: Int, to: UnsafeMutableRawPointer) {
    if size >= 8 {
        copyPiece(UInt64.self, data, to, 0)
        copyPiece(UInt64.self, data, to, size &- 8)
    } else if size >= 4 {
        copyPiece(UInt32.self, data, to, 0)
        copyPiece(UInt32.self, data, to, size &- 4)
    } else if size > 0 {
        copyPiece(UInt8.self, data, to, 0)
        copyPiece(UInt8.self, data, to, size &>> 1)
        copyPiece(UInt8.self, data, to, size &- 1)
    }
}

@inline(__always)
private func copyPiece<Piece: BitwiseCopyable>(
    _: Piece.Type, _ from: UnsafeRawPointer?, _ to: UnsafeMutableRawPointer, _ offset: Int
) {
    to.storeBytes(
        of: from.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: Piece.self),
        toByteOffset: offset,
        as: Piece.self)
}
