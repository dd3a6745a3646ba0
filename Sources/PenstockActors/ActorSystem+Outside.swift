import CPenstockPlatform
package import PenstockRuntime
import Synchronization

// From any thread. What an actor does goes through its context, without the lock.

extension ActorSystem {
    /// Nothing comes from outside any more; what actors do to finish, also from outside of their
    /// context, is not from outside.
    private var isClosed: Bool {
        core.pointee.isClosed.load(ordering: .acquiring)
            && (!isCalledFromInside || core.pointee.isEnding.load(ordering: .acquiring))
    }

    // MARK: - Actors

    /// Round the workers, unless a slot of an earlier actor is free.
    package func spawn(
        _ behaviour: Behaviour?, _ state: UnsafeMutableRawPointer?,
        _ options: ActorOptions = ActorOptions()
    ) throws(Failure) -> ActorRef {
        let plan = try options.plan(behaviour, state, core)
        return try options.withName(core) { () throws(Failure) in try spawn(plan) }
    }

    /// One that only asks.
    func spawnAsker(set: UInt8) throws(Failure) -> ActorRef {
        let ignore: Behaviour = { _, _, _ in 0 }
        core.pointee.hasSets.store(true, ordering: .relaxed)
        return try spawn(
            ActorPlan(behaviour: ignore, state: nil, options: ActorOptions(), set: set))
    }

    private func spawn(_ plan: ActorPlan) throws(Failure) -> ActorRef {
        var plan = plan
        return try outsideLock.withLock { () throws(Failure) in
            if isClosed { throw Failure(.badState, "the actors of the engine were stopped") }
            plan.turn = turn
            turn &+= 1
            guard let ref = outside.spawn(plan, isChild: false) else {
                throw Failure(.noMemory, "no memory for an actor")
            }
            return ref
        }
    }

    /// The actor ends after the messages that were sent to it before, or after the one in hand.
    package func stop(_ ref: ActorRef, now: Bool) -> SendResult {
        outsideLock.withLock { isClosed ? .closed : outside.stop(ref, now: now) }
    }

    package func find(_ name: String) -> ActorRef? { registry.find(name)?.actor }
    /// With its tag.
    package func findTagged(_ name: String) -> (actor: ActorRef, tag: UInt)? {
        registry.find(name)
    }

    /// nil: the actor is gone, or is not measured. With how many messages wait.
    package func statistics(of ref: ActorRef) -> (ActorStatistics, waiting: Int)? {
        guard let statistics = registry.statistics(of: ref), let cell = core.pointee.cell(ref.slot)
        else { return nil }
        return (statistics, max(0, Int(cell.pointee.waiting.load(ordering: .relaxed))))
    }

    package func isAlive(_ ref: ActorRef) -> Bool {
        core.pointee.cell(ref.slot).map {
            $0.pointee.generation.load(ordering: .relaxed) & ActorRef.generationMask
                == ref.generation
        } ?? false
    }

    // MARK: - Sending

    /// A short message to a mailbox without a bound. False: nothing has happened; `send` says why.
    package func sendFast(
        _ ref: UInt64, _ type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> Bool {
        let to = ActorRef(bits: ref)
        guard let cell = core.pointee.cell(to.slot),
            cell.pointee.generation.load(ordering: .relaxed) == to.generation
        else { return false }
        return outsideLock.withLock {
            if core.pointee.isClosed.load(ordering: .relaxed) { return false }
            guard let node = outside.pointee.pool.take(size, core.pointee.budget) else {
                return false
            }
            node.pointee.header = Header(
                generation: to.generation, kind: .plain, size: size, type: type)
            copyInline(from: data, size, to: node.payload)
            outside.pointee.counts.sent &+= 1
            outside.deliver(node, cell)
            return true
        }
    }

    /// A copy of `size` bytes, at most `ActorContext.inlineBytes`.
    package func send(
        to ref: ActorRef, type: UInt16 = 0, _ data: UnsafeRawPointer? = nil, _ size: Int = 0
    ) -> SendResult {
        let result = waitingForRoom(ref) { outside.send(to: ref, type: type, data, size) }
        return lost(result, ref, MessageView(type: UInt32(type), size: size, data: data))
    }

    /// Released when it was handled, or at once for a dead letter; otherwise the caller's still.
    package func send(to ref: ActorRef, type: UInt16, _ bytes: OwnedBytes) -> SendResult {
        let result = waitingForRoom(ref) { outside.send(to: ref, type: type, bytes) }
        if result == .stale || result == .dropped {
            _ = lost(
                result, ref, MessageView(type: UInt32(type), size: bytes.size, data: bytes.data))
            bytes.release?(bytes.owner)
        }
        return result == .dropped ? .sent : result
    }

    package func sendMany(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, _ count: Int
    ) -> (SendResult, Int) {
        var sent = 0
        while true {
            let result = waitingForRoom(ref) { () -> SendResult in
                let (result, more) = outside.sendMany(
                    to: ref, type: type, data.map { $0 + sent &* size }, size, count &- sent)
                sent &+= more
                return result
            }
            if result == .sent { return (result, sent) }
            let last = MessageView(
                type: UInt32(type), size: size, data: data.map { $0 + (sent &- 1) &* size })
            let end = lost(result, ref, last)
            // Those that were dropped or dead count as sent: the next may find room.
            if sent == count || (result != .dropped && result != .stale) { return (end, sent) }
        }
    }

    /// Tells who wants to know of a message that nobody gets.
    private func lost(
        _ result: SendResult, _ ref: ActorRef, _ message: MessageView
    ) -> SendResult {
        if result == .dropped { outside.noteDropped(ref) }
        if result == .stale || result == .dropped, events.isActive {
            events.tell(
                result == .stale ? .deadLetter : .dropped, ref, name: registry.name(of: ref),
                message: message)
        }
        return result == .dropped ? .sent : result
    }

    /// Again and again while the mailbox is full and its policy lets the thread wait.
    private func waitingForRoom(_ ref: ActorRef, _ send: () -> SendResult) -> SendResult {
        while true {
            let result = outsideLock.withLock { () -> SendResult in
                isClosed ? .closed : send()
            }
            if result != .wait { return result }
            if isCalledFromInside || !waitForRoom(ref) { return .full }
        }
    }

    /// False: there never will be any.
    private func waitForRoom(_ ref: ActorRef) -> Bool {
        guard let cell = core.pointee.cell(ref.slot) else { return true }
        if let simulation = engine.environment.simulation {
            return simulation.exclusively { simulation.step() }
        }
        core.pointee.waitingForRoom.add(1, ordering: .sequentiallyConsistent)
        defer { core.pointee.waitingForRoom.subtract(1, ordering: .relaxed) }
        let seen = core.pointee.room.pointee.load(ordering: .acquiring)
        // Sequentially consistent: see ActorWorker.leave
        let waiting = cell.pointee.waiting.load(ordering: .sequentiallyConsistent)
        if waiting >= cell.pointee.capacity.load(ordering: .relaxed), isAlive(ref), !isClosed {
            // An actor that ends is no room, but its messages leave.
            pstp_futex_wait(core.pointee.room, seen, -1)
        }
        return true
    }

    // MARK: - Asking

    /// Sends and waits. `take` is given the answer's status and payload.
    package func ask(
        _ ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, bytes: OwnedBytes?,
        opened: OpenAsk? = nil, timeout: UInt64, take: (Int32, MessageView) -> Void
    ) throws(Failure) -> AskResult {
        if isCalledFromInside {
            throw Failure(.deadlock, "pst_actor_ask would wait inside a callback; use pst_ask")
        }
        guard let waker = wakers.take(engine.environment) else {
            throw Failure(.noMemory, "no memory to wait for an answer")
        }
        defer { wakers.put(waker) }
        var asked: UnsafeMutablePointer<Pending>?
        let asker = Asker(actor: .none, answer: nil, user: waker.memory, deadline: .max)
        let result = waitingForRoom(ref) {
            outside.ask(asker, ref, type: type, data, size, bytes: bytes, opened: opened) {
                asked = $0
            }
        }
        if result == .stale || result == .dropped {
            _ = lost(result, ref, MessageView(type: UInt32(type), size: size, data: data))
            bytes?.release?(bytes?.owner)
        }
        guard let asked else { return .notSent(result) }
        let status = awaitEnd(asked, waker, timeout: timeout)
        let node = asked.node
        if status.isAnswered {
            if node.pointee.header.type == 1 {
                let bytes = node.payload.load(as: OwnedBytes.self)
                take(status.value, MessageView(size: bytes.size, data: bytes.data))
                bytes.release?(bytes.owner)
            } else {
                take(
                    status.value,
                    MessageView(
                        size: node.pointee.header.size, data: UnsafeRawPointer(node.payload)))
            }
        }
        outsideLock.withLock { outside.release(asked) }
        return .ended(status.value)
    }

    package enum AskResult {
        /// With the status of the answer, or why there is none.
        case ended(Int32)
        case notSent(SendResult)
    }

    /// The end of an ask of this thread's.
    private func awaitEnd(
        _ pending: UnsafeMutablePointer<Pending>, _ waker: Waker, timeout: UInt64
    ) -> (value: Int32, isAnswered: Bool) {
        let environment = engine.environment
        let start = environment.now
        let (deadline, isForEver) = start.addingReportingOverflow(timeout)
        // acquiring: pairs with the store in complete
        while pending.pointee.isPosted.load(ordering: .acquiring) == 0 {
            let passed = environment.now &- start
            var isOver = passed >= timeout
            var end = Status.timedOut
            if let simulation = environment.simulation, !isOver {
                // When nothing can happen any more there will be no answer.
                isOver = !simulation.exclusively {
                    simulation.step(until: isForEver ? .max : deadline)
                }
                if isOver { end = .deadlock }
            }
            if isOver, pending.change(pending.generation, from: .open, to: .sent) {
                return (end.rawValue, false)
            }
            if environment.simulation != nil { continue }
            waker.announce()
            if pending.pointee.isPosted.load(ordering: .acquiring) != 0 {
                waker.retract()
            } else if isOver {
                // Somebody is just answering.
                waker.sleep(nanoseconds: 1_000_000)
            } else {
                let left = min(timeout - passed, UInt64(Int64.max))
                waker.sleep(nanoseconds: timeout == .max ? -1 : Int64(left))
            }
        }
        return (pending.status, true)
    }

    package func reply(
        _ token: UInt64, _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
    ) -> ReplyResult {
        outsideLock.withLock { outside.reply(token, status, data, size) }
    }

    /// For a host's dispatcher; see ActorContext.ask.
    package func ask(
        from dispatcher: HostDispatcher, _ ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?,
        _ size: Int, bytes: OwnedBytes?, opened: OpenAsk? = nil, timeout: UInt64, answer: Answer,
        user: UnsafeMutableRawPointer?
    ) throws(Failure) -> SendResult {
        ask(
            as: try dispatcher.askingActor(), ref, type: type, data, size, bytes: bytes,
            opened: opened, timeout: timeout, answer: answer, user: user)
    }

    /// For an actor that only asks.
    package func ask(
        as me: ActorRef, _ ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int,
        bytes: OwnedBytes?, opened: OpenAsk? = nil, timeout: UInt64, answer: Answer,
        user: UnsafeMutableRawPointer?
    ) -> SendResult {
        let result = outsideLock.withLock { () -> SendResult in
            if isClosed { return .closed }
            let asker = Asker(
                actor: me, answer: answer, user: user,
                deadline: timeout == .max ? .max : outside.deadline(timeout))
            return outside.ask(
                asker, ref, type: type, data, size, bytes: bytes, opened: opened)
        }
        if result == .stale || result == .dropped {
            _ = lost(result, ref, MessageView(type: UInt32(type), size: size, data: data))
            bytes?.release?(bytes?.owner)
            return .sent
        }
        return result == .wait ? .full : result
    }
}
