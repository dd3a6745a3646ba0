import CPenstockPlatform
import PenstockRuntime
import Synchronization

// What becomes of a message.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// A node that was taken out of a mailbox.
    @inline(__always)
    func receive(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        let header = node.pointee.header
        guard header.word == cell.pointee.generation.load(ordering: .relaxed),
            let behaviour = cell.body.pointee.behaviour
        else { return receiveSpecial(node, cell) }
        var message = MessageView(
            type: UInt32(header.type), size: header.size, data: UnsafeRawPointer(node.payload))
        pointee.hand = node
        let state = cell.body.pointee.state
        leave()
        let status = _withUnprotectedUnsafeMutablePointer(to: &message) {
            behaviour(UnsafeMutableRawPointer(self), state, UnsafeRawPointer($0))
        }
        enter()
        pointee.counts.delivered &+= 1
        if let node = pointee.hand { freePooled(node) }
        if status != 0 || cell.body.pointee.marks.contains(.isStopping) { settle(cell, status) }
    }

    /// Any node.
    @inline(never)
    func receiveSpecial(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        if node.pointee.header.isCounted {
            if isOverfull(node, cell) { return drop(node, cell) }
            leave(node, cell)
        }
        let header = node.pointee.header
        let isForThis =
            header.generation
            == cell.pointee.generation.load(ordering: .relaxed) & ActorRef.generationMask
        switch header.kind {
        case .answer: return receiveAnswer(node, cell, isForThis: isForThis)
        case .tick: return receiveTick(node, cell, isForThis: isForThis)
        default: break
        }
        guard isForThis else {
            discard(node, cell)
            return free(node)
        }
        switch header.kind {
        case .plain, .bytes, .ask, .askBytes:
            let token = header.kind == .ask || header.kind == .askBytes ? node.token : 0
            call(cell, node, view(node), isCounted: true) { status in
                // Not of a message that was forwarded or put aside: it is not lost.
                if token != 0 && pointee.hand != nil {
                    if status != 0 && status != Status.end.rawValue {
                        abandon(token, status)
                    } else {
                        hold(token, cell)
                    }
                }
                finishHand()
            }
        case .down:
            let down = node.payload.load(as: Down.self)
            guard let cold = cell.cold, cold.pointee.watching.remove(down.actor | 1 << 63) else {
                return free(node)
            }
            call(cell, node, view(node), isCounted: false) { _ in finishHand() }
        case .birth:
            born(node, cell)
            free(node)
        case .stop:
            free(node)
            stopActor(cell, reason: 0)
        default:
            free(node)
        }
    }

    /// What the behaviour sees of a node with a payload.
    func view(_ node: UnsafeMutablePointer<Node>) -> MessageView {
        let header = node.pointee.header
        let type = UInt32(header.type)
        switch header.kind {
        case .bytes, .askBytes:
            let bytes = node.payload.load(as: OwnedBytes.self)
            return MessageView(
                type: type, token: header.kind == .askBytes ? node.token : 0, size: bytes.size,
                data: bytes.data)
        case .ask:
            return MessageView(
                type: type, token: node.token, size: header.size,
                data: UnsafeRawPointer(node.payload))
        default:
            return MessageView(
                type: type, size: header.size, data: UnsafeRawPointer(node.payload))
        }
    }

    /// Gives one message to the behaviour, and then to `after` the status, before the actor's own
    /// matters are settled.
    func call(
        _ cell: UnsafeMutablePointer<Cell>, _ node: UnsafeMutablePointer<Node>,
        _ message: MessageView, isCounted: Bool, after: (Int32) -> Void
    ) {
        var message = message
        let isBatch = cell.body.pointee.marks.contains(.isBatch)
        let batch = isBatch ? cell.cold?.pointee.batch : nil
        let behaviour = cell.body.pointee.behaviour
        pointee.hand = node
        pointee.failedIndex = -1
        let started = startOfCall(cell)
        let state = cell.body.pointee.state
        leave()
        let status = _withUnprotectedUnsafeMutablePointer(to: &message) { view in
            if let batch {
                return batch(UnsafeMutableRawPointer(self), state, UnsafeRawPointer(view), 1)
            }
            return behaviour?(UnsafeMutableRawPointer(self), state, UnsafeRawPointer(view)) ?? 0
        }
        enter()
        if isCounted { pointee.counts.delivered &+= 1 } else { pointee.otherCalls &+= 1 }
        endOfCall(cell, started, messages: 1)
        after(status)
        pointee.hand = nil
        settle(cell, status)
    }

    private func startOfCall(_ cell: UnsafeMutablePointer<Cell>) -> UInt64 {
        cell.body.pointee.marks.contains(.isMeasured) ? pointee.clock.now : 0
    }

    private func endOfCall(_ cell: UnsafeMutablePointer<Cell>, _ started: UInt64, messages: Int) {
        guard cell.body.pointee.marks.contains(.isMeasured) else { return }
        let passed = pointee.clock.now &- started
        cell.cold?.pointee.statistics?._withUnsafeGuaranteedRef {
            $0.noteCall(passed, messages: UInt64(messages))
        }
    }

    /// The message in hand has been handled, unless it became somebody else's.
    func finishHand() {
        guard let node = pointee.hand else { return }
        pointee.hand = nil
        if node.pointee.header.kind == .bytes || node.pointee.header.kind == .askBytes {
            let bytes = node.payload.load(as: OwnedBytes.self)
            bytes.release?(bytes.owner)
        }
        free(node)
    }

    // MARK: - Batches

    /// As many messages as there are, and as a batch may have, in one call; how many were handled.
    func receiveBatch(_ cell: UnsafeMutablePointer<Cell>, _ messages: Int) -> Int {
        let limit = min(messages, ActorWorker.batchLimit)
        var count = 0
        while count < limit, let node = cell.takeLocal() ?? cell.takeShared() {
            let header = node.pointee.header
            if cell.body.pointee.marks.contains(.hasIdleTimeout) { noteMessage(node, cell) }
            let isForThis =
                header.generation
                == cell.pointee.generation.load(ordering: .relaxed) & ActorRef.generationMask
            guard isForThis, header.kind.rawValue <= Header.Kind.askBytes.rawValue,
                !(header.isCounted && isOverfull(node, cell))
            else {
                // It has its place in the order: what came before it goes first.
                if count == 0 {
                    receiveSpecial(node, cell)
                    return 1
                }
                cell.pushFront(node, to: node)
                break
            }
            if header.isCounted { leave(node, cell) }
            pointee.batchNodes[count] = node
            pointee.batchViews[count] = view(node)
            count &+= 1
        }
        return count == 0 ? 0 : runBatch(cell, count)
    }

    private func runBatch(_ cell: UnsafeMutablePointer<Cell>, _ count: Int) -> Int {
        guard let batch = cell.cold?.pointee.batch else { return count }
        pointee.hand = nil
        pointee.failedIndex = -1
        pointee.batchCount = count
        let started = startOfCall(cell)
        let (state, views) = (cell.body.pointee.state, UnsafeRawPointer(pointee.batchViews))
        leave()
        let status = batch(UnsafeMutableRawPointer(self), state, views, count)
        enter()
        pointee.batchCount = 0
        let failed = status != 0 && status != Status.end.rawValue
        let isKnown = failed && pointee.failedIndex >= 0 && pointee.failedIndex < count
        // Those that were handled, and the one that failed.
        let handled = isKnown ? pointee.failedIndex + 1 : count
        let lost = failed ? (isKnown ? pointee.failedIndex : 0) : count
        pointee.counts.delivered &+= UInt64(handled)
        endOfCall(cell, started, messages: handled)
        for i in (handled..<count).reversed() {
            cell.pushFront(pointee.batchNodes[i], to: pointee.batchNodes[i])
        }
        for i in 0..<handled {
            let token = pointee.batchViews[i].token
            if token != 0 {
                if i >= lost { abandon(token, status) } else { hold(token, cell) }
            }
            pointee.hand = pointee.batchNodes[i]
            finishHand()
        }
        settle(cell, status)
        return handled
    }

    // MARK: - Mailboxes with a bound

    /// More than may wait, and the actor passes over the oldest.
    private func isOverfull(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>
    ) -> Bool {
        let word = cell.pointee.generation.load(ordering: .relaxed)
        return word & Bound.counted != 0 && Bound.overflow(word) == .dropOldest
            && node.pointee.header.generation == word & ActorRef.generationMask
            && cell.pointee.waiting.load(ordering: .relaxed)
                > cell.pointee.capacity.load(ordering: .relaxed)
    }

    /// It no longer takes a place in the mailbox.
    func leave(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        node.pointee.header.uncount()
        giveUpPlace(cell)
    }

    /// In a mailbox with a bound.
    func giveUpPlace(_ cell: UnsafeMutablePointer<Cell>) {
        // Sequentially consistent: this side writes the number and reads whether somebody waits,
        // the other the other way round.
        cell.pointee.waiting.subtract(1, ordering: .sequentiallyConsistent)
        wakeForRoom()
    }

    /// After a place was given up, also one that was tried in vain: a host thread may have seen it
    /// taken.
    func wakeForRoom() {
        let core = pointee.core
        if core.pointee.waitingForRoom.load(ordering: .sequentiallyConsistent) != 0 {
            core.pointee.room.pointee.add(1, ordering: .releasing)
            pstp_futex_wake(core.pointee.room, .max)
        }
    }

    private func drop(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        leave(node, cell)
        pointee.counts.dropped &+= 1
        cell.cold?.pointee.statistics?._withUnsafeGuaranteedRef {
            _ = $0.dropped.add(1, ordering: .relaxed)
        }
        lose(node, cell, .dropped)
        free(node)
    }

    // MARK: - Nobody will handle it

    /// A message for an actor that is gone, or a node of the engine's.
    func discard(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        switch node.pointee.header.kind {
        case .plain, .bytes, .ask, .askBytes:
            pointee.counts.deadLetters &+= 1
            lose(node, cell, .deadLetter)
        default:
            break
        }
    }

    private func lose(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>,
        _ kind: ActorEvent.Kind
    ) {
        let header = node.pointee.header
        tell(
            kind, ActorRef(slot: cell.pointee.slot, generation: header.generation),
            message: view(node))
        if header.kind == .bytes || header.kind == .askBytes {
            let bytes = node.payload.load(as: OwnedBytes.self)
            bytes.release?(bytes.owner)
        }
        if header.kind == .ask || header.kind == .askBytes {
            let end: Status = kind == .dropped ? .again : .stale
            abandon(node.token, end.rawValue)
        }
    }
}
