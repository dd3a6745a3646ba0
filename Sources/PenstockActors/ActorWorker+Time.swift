import PenstockRuntime
import Synchronization

// Timers, and what becomes of blocks that wait for something.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// The worker whose heap has what is armed here: a host's thread may sleep for ever.
    private var home: UInt32 {
        Int(pointee.index) < pointee.core.pointee.workerCount ? pointee.index : 0
    }

    /// From here on it may fire. Its phase says that it waits.
    func arm(_ pending: UnsafeMutablePointer<Pending>, deadline: UInt64) {
        if deadline == .max { return }
        pending.place.pointee.deadline = deadline
        pending.pointee.home.store(home, ordering: .relaxed)
        if home == pointee.index {
            pointee.timers.insert(pending)
        } else {
            pointee.core.pointee.doors[Int(home)].pointee.post(pending)
        }
    }

    /// Its message has been handled, or it was cancelled before there was one.
    func release(_ pending: UnsafeMutablePointer<Pending>) {
        let home = pending.pointee.home.load(ordering: .relaxed)
        if home == Pending.nowhere { return free(pending) }
        // releasing: pairs with the load in takeTimers
        pending.pointee.state.store(
            pending.generation << 8 | Pending.Phase.released.rawValue, ordering: .releasing)
        if home == pointee.index && pending.pointee.isPosted.load(ordering: .relaxed) == 0 {
            if pending.isInHeap { pointee.timers.remove(pending) }
            free(pending)
        } else {
            pointee.core.pointee.doors[Int(home)].pointee.post(pending)
        }
    }

    private func free(_ pending: UnsafeMutablePointer<Pending>) {
        let generation = pending.generation == 0xffff_ffff ? 1 : pending.generation &+ 1
        pending.pointee.home.store(Pending.nowhere, ordering: .relaxed)
        pending.pointee.isPosted.store(0, ordering: .relaxed)
        // releasing: whoever has a stale token finds another generation
        pending.pointee.state.store(
            generation << 8 | Pending.Phase.free.rawValue, ordering: .releasing)
        pointee.pendings.put(pending)
    }

    /// What others left for this worker's heap. True if there was anything.
    func takeTimers() -> Bool {
        if pointee.door.pointee.timers.load(ordering: .relaxed) == 0 { return false }
        // acquiring: pairs with WorkerDoor.post
        var bits = pointee.door.pointee.timers.exchange(0, ordering: .acquiring)
        while let pending = UnsafeMutablePointer<Pending>(bitPattern: bits) {
            bits = pending.pointee.next.load(ordering: .relaxed)
            // Before the phase is read: who changes it afterwards posts it again.
            _ = pending.pointee.isPosted.exchange(0, ordering: .acquiringAndReleasing)
            switch pending.phase {
            case .open, .armed:
                if !pending.isInHeap { pointee.timers.insert(pending) }
            case .released:
                if pending.isInHeap { pointee.timers.remove(pending) }
                free(pending)
            default:
                break
            }
        }
        return true
    }

    /// Those whose time has come. True if there was any.
    func fireTimers() -> Bool {
        if pointee.timers.earliest == .max { return false }
        let now = pointee.clock.now
        var any = false
        while let pending = pointee.timers.take(now) {
            any = true
            if pending.phase == .open {
                _ = complete(pending, pending.generation, Status.timedOut.rawValue)
            } else if pending.details.pointee.answer == nil {
                tick(pending, now)
            }
        }
        return any
    }

    private func tick(_ pending: UnsafeMutablePointer<Pending>, _ now: UInt64) {
        let period = pending.details.pointee.period
        let asker = pending.details.pointee.asker
        let deadline = pending.place.pointee.deadline
        let phase = pending.phase
        // A period is left out while the message of the one before has not been handled.
        if period > 0 && (phase == .armed || phase == .sent) {
            let missed = (now &- deadline) / period
            let (step, isLong) = (missed &+ 1).multipliedReportingOverflow(by: period)
            let (next, isLate) = deadline.addingReportingOverflow(step)
            // Otherwise the next one never comes.
            if !isLong && !isLate {
                pending.place.pointee.deadline = next
                pointee.timers.insert(pending)
            }
        }
        guard pending.change(pending.generation, from: .armed, to: .sent),
            let cell = pointee.core.pointee.cell(asker.slot)
        else { return }
        deliver(pending.node, cell)
    }

    // MARK: - For the actor that runs

    /// nil: no memory.
    func startTimer(
        delay: UInt64, period: UInt64, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> UInt64? {
        guard let cell = pointee.current, let cold = coldBlock(of: cell),
            let pending = makeTimer(cell, type: type, size)
        else { return nil }
        copyInline(from: data, size, to: pending.node.payload)
        pending.details.pointee.period = period
        pending.links.pointee = Pending.Links(next: cold.pointee.timers, previous: nil)
        cold.pointee.timers?.links.pointee.previous = pending
        cold.pointee.timers = pending
        let token = pending.token
        start(pending)
        arm(pending, deadline: deadline(delay))
        return token
    }

    private func makeTimer(
        _ cell: UnsafeMutablePointer<Cell>, type: UInt16, _ size: Int
    ) -> UnsafeMutablePointer<Pending>? {
        guard let block = pointee.pendings.take(pointee.core.pointee.budget) else { return nil }
        let pending = block.assumingMemoryBound(to: Pending.self)
        pending.details.pointee = Pending.Details(asker: cell.ref)
        pending.node.pointee.header = Header(
            generation: cell.ref.generation, kind: .tick, size: size, type: type)
        return pending
    }

    private func start(_ pending: UnsafeMutablePointer<Pending>) {
        // releasing: as in ask
        pending.pointee.state.store(
            pending.generation << 8 | Pending.Phase.armed.rawValue, ordering: .releasing)
    }

    func deadline(_ delay: UInt64) -> UInt64 {
        let (sum, overflow) = pointee.clock.now.addingReportingOverflow(delay)
        return overflow ? .max : sum
    }

    /// False: it has fired for the last time, or it is not this actor's.
    func cancelTimer(_ token: UInt64) -> Bool {
        guard let cell = pointee.current, let cold = cell.cold,
            let pending = pointee.core.pointee.pending(token)
        else { return false }
        // acquiring: what stands in the block is of this generation
        let state = pending.pointee.state.load(ordering: .acquiring)
        guard state >> 8 == token >> 32, pending.phase == .armed || pending.phase == .sent,
            pending.details.pointee.answer == nil, pending.details.pointee.asker == cell.ref,
            pending != cold.pointee.idleTimer
        else { return false }
        unlink(pending, cold)
        cancel(pending)
        return true
    }

    private func unlink(
        _ pending: UnsafeMutablePointer<Pending>, _ cold: UnsafeMutablePointer<Cold>
    ) {
        let links = pending.links.pointee
        if let previous = links.previous {
            previous.links.pointee.next = links.next
        } else {
            cold.pointee.timers = links.next
        }
        links.next?.links.pointee.previous = links.previous
    }

    /// Of an actor of this worker's.
    private func cancel(_ pending: UnsafeMutablePointer<Pending>) {
        let generation = pending.generation
        if pending.change(generation, from: .armed, to: .released) {
            release(pending)
        } else {
            // Its message is on its way; whoever gets it frees the block.
            _ = pending.change(generation, from: .sent, to: .cancelled)
        }
    }

    func cancelTimers(_ cold: UnsafeMutablePointer<Cold>) {
        while let pending = cold.pointee.timers {
            cold.pointee.timers = pending.links.pointee.next
            cancel(pending)
        }
        if let pending = cold.pointee.idleTimer { cancel(pending) }
        cold.pointee.idleTimer = nil
    }

    /// A timer's message.
    func receiveTick(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>, isForThis: Bool
    ) {
        let pending = UnsafeMutablePointer<Pending>.of(node)
        guard isForThis, pending.phase == .sent, let cold = cell.cold else {
            return release(pending)
        }
        if pending == cold.pointee.idleTimer { return receiveIdle(pending, cell, cold) }
        let isLast = pending.details.pointee.period == 0
        if isLast {
            // It has fired for the last time, and there is nothing to cancel.
            unlink(pending, cold)
            _ = pending.change(pending.generation, from: .sent, to: .cancelled)
        }
        let header = node.pointee.header
        call(
            cell, node,
            MessageView(
                type: UInt32(header.type), size: header.size, data: UnsafeRawPointer(node.payload)),
            isCounted: false
        ) { _ in
            if isLast || !pending.change(pending.generation, from: .sent, to: .armed) {
                release(pending)
            }
        }
    }

    // MARK: - Idle timeout

    /// 0: none. False: no memory.
    func setIdleTimeout(_ nanoseconds: UInt64) -> Bool {
        guard let cell = pointee.current, let cold = coldBlock(of: cell) else { return false }
        if let old = cold.pointee.idleTimer {
            cold.pointee.idleTimer = nil
            cancel(old)
        }
        cold.pointee.idleNanoseconds = nanoseconds
        if nanoseconds == 0 {
            cell.body.pointee.marks.remove(.hasIdleTimeout)
            return true
        }
        guard let pending = makeTimer(cell, type: SystemType.idle, 0) else { return false }
        cold.pointee.idleTimer = pending
        cold.pointee.lastMessage = pointee.clock.now
        cell.body.pointee.marks.insert(.hasIdleTimeout)
        start(pending)
        arm(pending, deadline: deadline(nanoseconds))
        return true
    }

    private func receiveIdle(
        _ pending: UnsafeMutablePointer<Pending>, _ cell: UnsafeMutablePointer<Cell>,
        _ cold: UnsafeMutablePointer<Cold>
    ) {
        let nanoseconds = cold.pointee.idleNanoseconds
        let now = pointee.clock.now
        if now &- cold.pointee.lastMessage < nanoseconds {
            return rearm(pending, cold.pointee.lastMessage &+ nanoseconds)
        }
        cold.pointee.lastMessage = now
        call(
            cell, pending.node, MessageView(type: UInt32(SystemType.idle)), isCounted: false
        ) { _ in
            if pending.phase == .sent {
                rearm(pending, deadline(nanoseconds))
            } else {
                release(pending)
            }
        }
    }

    private func rearm(_ pending: UnsafeMutablePointer<Pending>, _ deadline: UInt64) {
        // It has left its heap, so it may go to another.
        if pending.change(pending.generation, from: .sent, to: .armed) {
            arm(pending, deadline: deadline)
        } else {
            release(pending)
        }
    }
}
