import PenstockRuntime
import Synchronization

// What a behaviour may do with the message in hand, besides handling it.

package enum HandResult: Sendable {
    case done
    /// There is no message in hand, or it is one of a batch.
    case nothingInHand
    case noMemory
    /// The other's mailbox is full.
    case full
    /// The other is gone.
    case stale
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// The message in hand goes to another actor, with its payload and the right to answer.
    func forward(to ref: ActorRef) -> HandResult {
        guard let me = pointee.current, !me.body.pointee.marks.contains(.isBatch),
            let node = pointee.hand
        else { return .nothingInHand }
        let isAsk = node.pointee.header.kind == .ask || node.pointee.header.kind == .askBytes
        // It stays in hand, so it is no dead letter.
        guard let (cell, word) = find(ref) else { return .stale }
        var isCounted = false
        if word & Bound.counted != 0 {
            switch cell.admit(1, word) {
            case .enter: isCounted = true
            case .refuse: return .full
            case .wait:
                wakeForRoom()
                return .full
            case .drop:
                pointee.counts.sent &+= 1
                pointee.counts.dropped &+= 1
                noteDropped(ref)
                tell(.dropped, ref, message: view(node))
                if isAsk { abandon(node.token, Status.again.rawValue) }
                return .done
            }
        }
        guard let mine = detachHand() else {
            if isCounted { giveUpPlace(cell) }
            return .noMemory
        }
        let header = mine.pointee.header
        mine.pointee.header = Header(
            generation: ref.generation, kind: header.kind, size: header.size,
            type: header.type)
        if isCounted { mine.pointee.header.count() }
        if isAsk, isOpen(mine.token), let pending = pointee.core.pointee.pending(mine.token) {
            // Not if it has been answered meanwhile, and is another's ask now.
            _ = pending.pointee.holder.compareExchange(
                expected: me.ref.bits, desired: ref.bits, ordering: .relaxed)
        }
        pointee.counts.sent &+= 1
        deliver(mine, cell)
        return .done
    }

    func stash() -> HandResult {
        guard let cell = pointee.current, pointee.hand != nil,
            !cell.body.pointee.marks.contains(.isBatch)
        else { return .nothingInHand }
        guard let cold = coldBlock(of: cell) else { return .noMemory }
        let isProgram = pointee.hand.map { $0.pointee.header.kind.isProgram } ?? false
        guard let node = detachHand() else { return .noMemory }
        // It will be delivered when it comes back.
        if isProgram {
            pointee.counts.delivered &-= 1
            pointee.otherCalls &+= 1
        } else {
            pointee.counts.sent &+= 1
        }
        node.nextNode = nil
        if let last = cold.pointee.stashTail {
            last.nextNode = node
        } else {
            cold.pointee.stashHead = node
        }
        cold.pointee.stashTail = node
        return .done
    }

    func unstash() {
        guard let cell = pointee.current, let cold = cell.cold,
            let first = cold.pointee.stashHead, let last = cold.pointee.stashTail
        else { return }
        cold.pointee.stashHead = nil
        cold.pointee.stashTail = nil
        cell.pushFront(first, to: last)
    }

    /// The message in hand as a node of its own, that is in hand no longer. nil: no memory.
    private func detachHand() -> UnsafeMutablePointer<Node>? {
        guard let node = pointee.hand else { return nil }
        let header = node.pointee.header
        if header.kind.isProgram {
            pointee.hand = nil
            return node
        }
        let plain = Header(
            generation: header.generation, kind: .plain, size: header.size, type: header.type)
        if header.kind == .down {
            // From here on a message like others.
            node.pointee.header = plain
            pointee.hand = nil
            return node
        }
        // A timer's node stays the timer's.
        guard let copy = pointee.pool.take(pointee.core.pointee.budget) else { return nil }
        pointee.hand = nil
        copy.pointee.header = plain
        copyInline(from: UnsafeRawPointer(node.payload), header.size, to: copy.payload)
        return copy
    }

    /// The payload of a message that the behaviour was given, as the program's own. nil: no memory,
    /// or no such message.
    func take(_ message: UnsafeRawPointer) -> OwnedBytes? {
        guard let node = node(of: message) else { return nil }
        let header = node.pointee.header
        switch header.kind {
        case .bytes, .askBytes:
            let bytes = node.payload.load(as: OwnedBytes.self)
            bytes.leave()
            // The view still shows it; the node has nothing to release.
            node.pointee.header = Header(
                generation: header.generation, kind: header.kind == .bytes ? .plain : .ask,
                size: 0, type: header.type)
            return bytes
        default:
            return OwnedBytes(copy: UnsafeRawPointer(node.payload), header.size, nil)
        }
    }

    private func node(of message: UnsafeRawPointer) -> UnsafeMutablePointer<Node>? {
        if pointee.batchCount == 0 { return pointee.hand }
        let offset = message - UnsafeRawPointer(pointee.batchViews)
        let index = offset / MemoryLayout<MessageView>.stride
        guard offset >= 0, index < pointee.batchCount,
            offset % MemoryLayout<MessageView>.stride == 0
        else { return nil }
        return pointee.batchNodes[index]
    }
}

extension Header.Kind {
    /// A message that a program sent.
    var isProgram: Bool { rawValue <= Self.askBytes.rawValue }
}
