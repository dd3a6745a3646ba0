import CPenstockPlatform
import PenstockRuntime
import Synchronization

// What a worker does with its actors: the turns that they get, and who gets the next one.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// One activation of the worker's task. True if there was anything to do.
    func runActors(activations: Int, messages: Int, until: UInt64) -> Bool {
        let passes = pointee.passes.load(ordering: .relaxed)
        pointee.passes.store(passes &+ 1, ordering: .relaxed)
        pointee.isRunning = true
        defer { pointee.isRunning = false }
        var any = takeMail()
        if fireTimers() {
            if pointee.isIdle { becomeBusy() }
            any = true
        }
        let isWatched = pointee.core.pointee.isWatched
        var left = activations
        var pace = ActorWorker.pace
        var lastLook: UInt64 = 0
        while left > 0, let cell = next() {
            any = true
            left &-= 1
            // Now: while a behaviour runs others take something from this worker only after a
            // while.
            if pointee.queueHead != nil {
                if othersAreIdle { share() }
            }
            pointee.current = cell
            let isLong =
                isWatched
                ? watchedTurn(cell, messages) : !hasOneMessage(cell) && turn(cell, messages)
            if isLong { goOn(cell, isWatched ? 0 : messages) }
            if left & 7 == 0 {
                if pointee.door.pointee.inbox.load(ordering: .relaxed) != 0 { _ = takeInbox() }
                if isLong || left & (pace &- 1) == 0 {
                    let now = pointee.clock.now
                    if now >= until { break }
                    let areShort = now &- lastLook < ActorWorker.shortTurns
                    pace = areShort ? ActorWorker.shortPace : ActorWorker.pace
                    lastLook = now
                }
            }
        }
        pointee.current = nil
        if any {
            if isWatched { noteTurn(nil) }
            pointee.door.pointee.counts.publish(pointee.counts)
        }
        if !pointee.hasActorsToRun {
            flushChains()
            if !any && !pointee.isIdle { becomeIdle() }
        }
        return any
    }

    /// What others left at the door. True if there was anything.
    private func takeMail() -> Bool {
        guard pointee.door.pointee.hasMail else {
            pointee.emptyLooks &+= 1
            return false
        }
        // Before the mail is gone from where others can see it.
        if pointee.isIdle { becomeBusy() }
        if !pointee.hasActorsToRun { moderate() }
        var any = takeInbox()
        if takeGifts() { any = true }
        if takeTimers() { any = true }
        return any
    }

    @inline(__always)
    private func next() -> UnsafeMutablePointer<Cell>? {
        if let cell = pointee.queueHead {
            if let other = pointee.lifo, pointee.lifoRuns < ActorWorker.lifoLimit {
                pointee.lifo = nil
                pointee.lifoRuns &+= 1
                return other
            }
            pointee.lifoRuns = 0
            pointee.queueHead = cell.body.pointee.runNext
            if pointee.queueHead == nil { pointee.queueTail = nil }
            pointee.queued &-= 1
            return cell
        }
        guard let cell = pointee.lifo else { return nil }
        pointee.lifo = nil
        return cell
    }

    func enqueue(_ cell: UnsafeMutablePointer<Cell>) {
        cell.body.pointee.runNext = nil
        if let last = pointee.queueTail {
            last.body.pointee.runNext = cell
        } else {
            pointee.queueHead = cell
        }
        pointee.queueTail = cell
        pointee.queued &+= 1
    }

    /// For an actor that the running one has sent to.
    @inline(__always)
    func scheduleNext(_ cell: UnsafeMutablePointer<Cell>) {
        cell.body.pointee.isScheduled = true
        if hasToShare { putIntoSlotAndShare(cell) } else { putIntoSlot(cell) }
    }

    /// One more actor is one too many, and another worker has none.
    @inline(__always)
    var hasToShare: Bool { pointee.hasActorsToRun && othersAreIdle }

    @inline(__always)
    func putIntoSlot(_ cell: UnsafeMutablePointer<Cell>) {
        if let other = pointee.lifo { enqueue(other) }
        pointee.lifo = cell
    }

    @inline(never)
    private func putIntoSlotAndShare(_ cell: UnsafeMutablePointer<Cell>) {
        putIntoSlot(cell)
        share()
    }

    // MARK: - One actor's turn

    /// False: there is nothing to do for now. True: it has had its share.
    @inline(__always)
    private func turn(
        _ cell: UnsafeMutablePointer<Cell>, _ messages: Int, isLong: Bool = false
    ) -> Bool {
        var left = messages
        while left > 0 {
            left &-= 1
            if cell.hasControl || !cell.body.pointee.marks.isDisjoint(with: .special) {
                let used = attend(cell, left &+ 1)
                if used == 0 {
                    endTurn(cell)
                    return false
                }
                left &-= used &- 1
            } else if let node = cell.takeLocal(isLong: isLong) {
                receive(node, cell)
            } else {
                guard !cell.sharedIsEmpty, let node = cell.takeShared() else {
                    endTurn(cell)
                    return false
                }
                receive(node, cell)
            }
            if isOver(cell) { return false }
        }
        return true
    }

    /// The shortest turn, which is most turns. False: there is more to do.
    @inline(__always)
    private func hasOneMessage(_ cell: UnsafeMutablePointer<Cell>) -> Bool {
        guard !cell.hasControl, cell.body.pointee.marks.isDisjoint(with: .special),
            let node = cell.takeLocal()
        else { return false }
        receive(node, cell)
        return isOver(cell)
    }

    /// All there is to see for most actors: who puts something in from now on tells this worker.
    @inline(__always)
    private func isOver(_ cell: UnsafeMutablePointer<Cell>) -> Bool {
        guard cell.body.pointee.localHead == nil, cell.sharedIsEmpty, !cell.hasControl,
            cell.body.pointee.marks.isDisjoint(with: .special)
        else { return false }
        cell.body.pointee.isScheduled = false
        return true
    }

    /// The watchdog looks at each call by itself, but for batches.
    @inline(never)
    private func watchedTurn(_ cell: UnsafeMutablePointer<Cell>, _ messages: Int) -> Bool {
        if cell.body.pointee.marks.contains(.isBatch) {
            noteTurn(cell)
            return turn(cell, messages)
        }
        for _ in 0..<messages {
            noteTurn(cell)
            if !turn(cell, 1) { return false }
        }
        return true
    }

    /// A mailbox that many write to is emptied by time, not by number: else it would grow whenever
    /// a turn of its senders makes more messages than one of its own takes.
    @inline(never)
    private func goOn(_ cell: UnsafeMutablePointer<Cell>, _ messages: Int) {
        if pointee.turnNanoseconds > 0 && messages > 0 {
            let until = pointee.clock.now &+ pointee.turnNanoseconds
            while pointee.clock.now < until {
                if !turn(cell, messages, isLong: true) { return }
            }
        }
        endTurn(cell)
    }

    /// Senders elsewhere that find an actor's mailbox empty must tell this worker, which costs both
    /// a few times what the message does. While they come one by one, and there is nothing else to
    /// do, it waits a moment for more of them.
    private func moderate() {
        let isFlow = pointee.emptyLooks < ActorWorker.flowLooks
        let handled = pointee.handled &- pointee.handledBefore
        pointee.emptyLooks = 0
        pointee.handledBefore = pointee.handled
        if !isFlow {
            pointee.pauses = 0
        } else if handled < ActorWorker.fewMessages {
            pointee.pauses = min(pointee.pauses &* 2 &+ 1, ActorWorker.mostPauses)
        }
        for _ in 0..<pointee.pauses { pstp_pause() }
    }

    @inline(never)
    private func endTurn(_ cell: UnsafeMutablePointer<Cell>) {
        if cell.body.pointee.marks.contains(.movesAway) {
            moveAway(cell)
        } else if cell.hasWork {
            enqueue(cell)
        } else {
            cell.body.pointee.isScheduled = false
        }
    }

    /// For the watchdog.
    @inline(never)
    private func noteTurn(_ cell: UnsafeMutablePointer<Cell>?) {
        let turns = pointee.door.pointee.turns.load(ordering: .relaxed)
        pointee.door.pointee.turns.store(turns &+ 1, ordering: .relaxed)
        // releasing: the watchdog that sees the cell sees the number of its turn
        pointee.door.pointee.running.store(UInt(bitPattern: cell), ordering: .releasing)
    }

    /// Everything but the next message of an ordinary actor. For how many messages of the turn that
    /// counts; 0: there is nothing to do now.
    @inline(never)
    private func attend(_ cell: UnsafeMutablePointer<Cell>, _ messages: Int) -> Int {
        if cell.body.pointee.marks.contains(.movesAway) { return 0 }
        if cell.hasControl {
            obey(cell)
            return 1
        }
        let marks = cell.body.pointee.marks
        if marks.contains(.isSuspended) { return 0 }
        if marks.contains(.needsStart) {
            start(cell)
            return 1
        }
        if marks.contains(.isMeasured) { noteQueue(cell) }
        if marks.contains(.isBatch) { return receiveBatch(cell, messages) }
        guard let node = cell.takeLocal() ?? cell.takeShared() else { return 0 }
        if marks.contains(.hasIdleTimeout) { noteMessage(node, cell) }
        receiveSpecial(node, cell)
        return 1
    }

    /// To a worker that may run it, which looks whether there is anything to do.
    private func moveAway(_ cell: UnsafeMutablePointer<Cell>) {
        // Of a free slot it tells the worker that the slot is free.
        if cell.body.pointee.marks.contains(.isAlive) {
            cell.body.pointee.marks.remove(.movesAway)
        }
        let core = pointee.core
        let worker = core.pointee.worker(of: cell.body.pointee.dispatcher, turn: cell.pointee.slot)
        give(cell, to: core.pointee.doors[Int(worker)])
    }

    private func noteQueue(_ cell: UnsafeMutablePointer<Cell>) {
        cell.cold?.pointee.statistics?._withUnsafeGuaranteedRef {
            $0.noteQueue(cell.pointee.waiting.load(ordering: .relaxed))
        }
    }

    /// The idle timeout begins anew; its own message is none.
    func noteMessage(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        guard let cold = cell.cold, node != cold.pointee.idleTimer?.node else { return }
        cold.pointee.lastMessage = pointee.clock.now
    }

    private func start(_ cell: UnsafeMutablePointer<Cell>) {
        cell.body.pointee.marks.remove(.needsStart)
        guard let start = cell.cold?.pointee.start else { return }
        pointee.hand = nil
        let state = cell.body.pointee.state
        leave()
        let status = start(UnsafeMutableRawPointer(self), state)
        enter()
        settle(cell, status)
    }

    // MARK: - For a host dispatcher

    /// Something to do now, or at the door.
    var hasSomething: Bool { pointee.hasActorsToRun || pointee.door.pointee.hasMail }

    /// Ends all actors that this worker owns, of `limit` slots.
    func stopAll(limit: UInt32) {
        for slot in 0..<limit {
            // acquiring: as in deliver
            if let cell = pointee.core.pointee.cell(slot),
                cell.pointee.owner.load(ordering: .acquiring) == pointee.index,
                cell.body.pointee.marks.contains(.isAlive)
            {
                stopActor(cell, reason: 0)
            }
        }
    }

    /// Some that may run here only have not ended, wherever they are.
    var hasActors: Bool {
        // acquiring: pairs with the subtraction in end
        pointee.door.pointee.actors.load(ordering: .acquiring) > 0
    }

    var isHost: Bool {
        let core = pointee.core
        return pointee.index >= core.pointee.workerCount
            && pointee.index < core.pointee.outsideIndex
    }

    /// A free slot of a host's goes to a worker: the host may never look again, and whoever takes
    /// the slot sends the birth to its owner.
    func retire(_ cell: UnsafeMutablePointer<Cell>) {
        cell.body.pointee.marks = .movesAway
        if cell.body.pointee.isScheduled { return }
        cell.body.pointee.isScheduled = true
        enqueue(cell)
    }

    // MARK: - Idleness

    func becomeIdle() {
        pointee.isIdle = true
        markIdle()
        let core = pointee.core
        // The mark and the bit are written by two threads that each read the other's word next.
        pstp_full_fence()
        if core.pointee.isAwaited.load(ordering: .relaxed) { core.pointee.ended.signal() }
    }

    func markIdle() {
        let core = pointee.core
        if pointee.index < core.pointee.workerCount {
            let bit = UInt64(1) << UInt64(pointee.index & 63)
            core.pointee.idle[Int(pointee.index >> 6)].bitwiseOr(bit, ordering: .releasing)
        } else {
            core.pointee.idleHosts.bitwiseOr(hostBit, ordering: .releasing)
        }
    }

    func becomeBusy() {
        pointee.isIdle = false
        let core = pointee.core
        if pointee.index < core.pointee.workerCount {
            let bit = UInt64(1) << UInt64(pointee.index & 63)
            core.pointee.idle[Int(pointee.index >> 6)].bitwiseAnd(~bit, ordering: .releasing)
        } else {
            core.pointee.idleHosts.bitwiseAnd(~hostBit, ordering: .releasing)
        }
        // Between the bit and the mail: who saw the bit before it went has not counted this, and
        // who finds the mail gone has.
        let wakes = pointee.door.pointee.wakes.load(ordering: .relaxed)
        pointee.door.pointee.wakes.store(wakes &+ 1, ordering: .releasing)
    }

    private var hostBit: UInt64 {
        UInt64(1) << UInt64(Int(pointee.index) - pointee.core.pointee.workerCount)
    }
}
