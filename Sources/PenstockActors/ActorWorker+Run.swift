import CPenstockPlatform
import PenstockRuntime
import Synchronization

// What a worker does with its actors: the turns that they get, who gets the next one, and what is
// handed over to workers that have nothing to do.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// One activation of the worker's task. True if there was anything to do.
    func runActors(activations: Int, messages: Int, until: UInt64) -> Bool {
        var any = false
        if hasMail {
            // Before the mail is gone from where others can see it.
            if pointee.isIdle { becomeBusy() }
            any = takeInbox()
            if takeGifts() { any = true }
        }
        var left = activations
        while left > 0, let cell = next() {
            any = true
            left &-= 1
            turn(cell, messages)
            if pointee.door.pointee.inbox.load(ordering: .relaxed) != 0 { _ = takeInbox() }
            if pointee.depth > 1 { share() }
            if left & 15 == 0 && pointee.clock.now >= until { break }
        }
        if pointee.depth == 0 {
            flushChains()
            if !any && !pointee.isIdle { becomeIdle() }
        }
        return any
    }

    private var hasMail: Bool {
        pointee.door.pointee.inbox.load(ordering: .relaxed) != 0
            || pointee.door.pointee.gifts.load(ordering: .relaxed) != 0
    }

    private func next() -> UnsafeMutablePointer<Cell>? {
        if let cell = pointee.lifo,
            pointee.lifoRuns < ActorWorker.lifoLimit || pointee.queueHead == nil
        {
            pointee.lifo = nil
            pointee.lifoRuns &+= 1
            pointee.depth &-= 1
            return cell
        }
        guard let cell = pointee.queueHead else { return nil }
        pointee.lifoRuns = 0
        pointee.queueHead = cell.body.pointee.runNext
        if pointee.queueHead == nil { pointee.queueTail = nil }
        pointee.depth &-= 1
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
        pointee.depth &+= 1
    }

    /// For an actor that the running one has sent to.
    func scheduleNext(_ cell: UnsafeMutablePointer<Cell>) {
        cell.body.pointee.isScheduled = true
        if let other = pointee.lifo {
            pointee.depth &-= 1
            enqueue(other)
        }
        pointee.lifo = cell
        pointee.depth &+= 1
        if pointee.depth > 1 { share() }
    }

    // MARK: - One actor's turn

    private func turn(_ cell: UnsafeMutablePointer<Cell>, _ messages: Int) {
        pointee.current = cell
        var left = messages
        while left > 0 {
            guard let node = cell.takeLocal() ?? cell.takeShared() else { break }
            left &-= 1
            receive(node, cell)
        }
        pointee.current = nil
        if cell.hasWork {
            enqueue(cell)
        } else {
            cell.body.pointee.isScheduled = false
        }
    }

    private func receive(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        let header = node.pointee.header
        let isForThis =
            header.generation == cell.pointee.generation.load(ordering: .relaxed) & 0xff_ffff
        guard isForThis, let behaviour = cell.body.pointee.behaviour else {
            return receiveOtherwise(node, cell, isForThis: isForThis)
        }
        switch header.kind {
        case .plain:
            var message = MessageView(
                type: header.type, size: header.size, data: UnsafeRawPointer(node.payload))
            call(behaviour, cell, &message)
        case .owned:
            let payload = node.payload.load(as: OwnedPayload.self)
            var message = MessageView(
                type: header.type, size: payload.size, data: UnsafeRawPointer(payload.data))
            call(behaviour, cell, &message)
            payload.destroy?(payload.data, payload.user)
        case .stop:
            cell.body.pointee.isStopping = true
        case .birth:
            break
        }
        free(node)
        if cell.body.pointee.isStopping { end(cell) }
    }

    private func call(
        _ behaviour: Behaviour, _ cell: UnsafeMutablePointer<Cell>, _ message: inout MessageView
    ) {
        let failed = _withUnprotectedUnsafeMutablePointer(to: &message) {
            behaviour(UnsafeMutableRawPointer(self), cell.body.pointee.state, UnsafeRawPointer($0))
        }
        pointee.counts.delivered &+= 1
        if failed != 0 {
            pointee.counts.failed &+= 1
            cell.body.pointee.isStopping = true
        }
    }

    /// A birth, or a message for an actor that is gone.
    private func receiveOtherwise(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>, isForThis: Bool
    ) {
        if isForThis && node.pointee.header.kind == .birth {
            cell.begin(node.payload.load(as: Birth.self))
            pointee.counts.spawned &+= 1
        } else {
            discard(node)
        }
        free(node)
    }

    /// Makes a dead letter of it.
    func discard(_ node: UnsafeMutablePointer<Node>) {
        switch node.pointee.header.kind {
        case .plain:
            pointee.counts.deadLetters &+= 1
        case .owned:
            pointee.counts.deadLetters &+= 1
            let payload = node.payload.load(as: OwnedPayload.self)
            payload.destroy?(payload.data, payload.user)
        case .birth, .stop:
            break
        }
    }

    private func end(_ cell: UnsafeMutablePointer<Cell>) {
        let (state, destroy) = (cell.body.pointee.state, cell.body.pointee.destroy)
        // From here on references to it are stale.
        cell.pointee.generation.add(1, ordering: .relaxed)
        cell.body.pointee.behaviour = nil
        cell.body.pointee.destroy = nil
        cell.body.pointee.isStopping = false
        while let node = cell.takeLocal() ?? cell.takeShared() {
            discard(node)
            free(node)
        }
        pointee.counts.stopped &+= 1
        destroy?(state)
        cell.body.pointee.state = UnsafeMutableRawPointer(pointee.freeCells)
        pointee.freeCells = cell
        pointee.freeCount &+= 1
        if pointee.freeCount > ActorWorker.keptCells { releaseCells() }
    }

    /// Half of the free slots to the table, for spawns elsewhere.
    private func releaseCells() {
        guard let first = pointee.freeCells else { return }
        var last = first
        var count = 1
        while count < ActorWorker.keptCells / 2, let next = last.body.pointee.state {
            last = next.assumingMemoryBound(to: Cell.self)
            count &+= 1
        }
        pointee.freeCells = last.body.pointee.state?.assumingMemoryBound(to: Cell.self)
        pointee.freeCount &-= count
        pointee.core.pointee.table.put(first, last)
    }

    // MARK: - Nodes

    func free(_ node: UnsafeMutablePointer<Node>) {
        let pool = node.pointee.header.pool
        if pool == Int(pointee.index) { return pointee.pool.put(node) }
        let chain = pointee.chains + pool
        node.pointee.next.store(UInt(bitPattern: chain.pointee.first), ordering: .relaxed)
        if chain.pointee.first == nil { chain.pointee.last = node }
        chain.pointee.first = node
        chain.pointee.count &+= 1
        if chain.pointee.count >= NodePool.returnBatch { flush(chain, pool) }
    }

    private func flush(_ chain: UnsafeMutablePointer<NodeChain>, _ pool: Int) {
        guard let first = chain.pointee.first, let last = chain.pointee.last else { return }
        pointee.core.pointee.doors[pool].pointee.giveBack(first, last)
        chain.pointee = NodeChain()
    }

    private func flushChains() {
        for pool in 0..<pointee.core.pointee.poolCount where pointee.chains[pool].count > 0 {
            flush(pointee.chains + pool, pool)
        }
    }

    // MARK: - From and to other workers

    /// True if there was anything.
    func takeInbox() -> Bool {
        if pointee.door.pointee.inbox.load(ordering: .relaxed) == 0 { return false }
        // acquiring: pairs with WorkerDoor.post
        var bits = pointee.door.pointee.inbox.exchange(0, ordering: .acquiring)
        while let cell = UnsafeMutablePointer<Cell>(bitPattern: bits) {
            bits = cell.pointee.inboxNext.load(ordering: .relaxed)
            // acquiring: pairs with the releasing stores of whoever hands it over
            let owner = cell.pointee.owner.load(ordering: .acquiring)
            if owner != pointee.index {
                pointee.core.pointee.doors[Int(owner)].pointee.post(cell)
                continue
            }
            // A sender that finds a poster here has its node in the lane already: hasWork sees it.
            let poster = cell.pointee.isPosted.exchange(0, ordering: .acquiringAndReleasing)
            if !cell.body.pointee.isScheduled && cell.hasWork {
                cell.body.pointee.isScheduled = true
                if bits == 0 && pointee.depth == 0, let other = partner(of: cell, poster) {
                    cell.pointee.owner.store(other.pointee.index, ordering: .releasing)
                    other.pointee.give(cell, cell)
                } else {
                    enqueue(cell)
                }
            }
        }
        return true
    }

    /// Hands half of the queue to a worker that has nothing to do, if there is one.
    private func share() {
        guard pointee.core.pointee.someoneIsIdle, let first = pointee.queueHead,
            let other = pointee.core.pointee.claimIdle()
        else { return }
        var last = first
        var given = 1
        first.pointee.owner.store(other.pointee.index, ordering: .releasing)
        while given < pointee.depth / 2, let next = last.body.pointee.runNext {
            next.pointee.owner.store(other.pointee.index, ordering: .releasing)
            last = next
            given &+= 1
        }
        pointee.queueHead = last.body.pointee.runNext
        if pointee.queueHead == nil { pointee.queueTail = nil }
        pointee.depth &-= given
        other.pointee.give(first, last)
    }

    /// The worker whose actor wakes this one again and again and then has nothing to do itself: two
    /// that wait for each other are better off on one core. Not for an actor that the caller has
    /// anything beside.
    private func partner(
        of cell: UnsafeMutablePointer<Cell>, _ poster: UInt32
    ) -> UnsafeMutablePointer<WorkerDoor>? {
        guard poster != Cell.postedFromOutside, poster != 0, poster != pointee.index &+ 1,
            pointee.core.pointee.isIdle(poster &- 1)
        else {
            cell.body.pointee.idlePosts = 0
            return nil
        }
        let short = UInt16(truncatingIfNeeded: poster)
        if cell.body.pointee.lastPoster != short { cell.body.pointee.idlePosts = 0 }
        cell.body.pointee.lastPoster = short
        cell.body.pointee.idlePosts &+= 1
        guard cell.body.pointee.idlePosts >= ActorWorker.partnerPosts else { return nil }
        cell.body.pointee.idlePosts = 0
        return pointee.core.pointee.doors[Int(poster &- 1)]
    }

    private func takeGifts() -> Bool {
        if pointee.door.pointee.gifts.load(ordering: .relaxed) == 0 { return false }
        // acquiring: pairs with WorkerDoor.give
        var cell = UnsafeMutablePointer<Cell>(
            bitPattern: pointee.door.pointee.gifts.exchange(0, ordering: .acquiring))
        while let gift = cell {
            cell = gift.body.pointee.runNext
            enqueue(gift)
        }
        return true
    }

    private func becomeIdle() {
        pointee.isIdle = true
        let bit = UInt64(1) << UInt64(pointee.index & 63)
        pointee.core.pointee.idle[Int(pointee.index >> 6)].bitwiseOr(
            bit, ordering: .releasing)
        // The mark and the bit are written by two threads that each read the other's word next.
        pstp_full_fence()
        if pointee.core.pointee.isAwaited.load(ordering: .relaxed) {
            pointee.core.pointee.ended.signal()
        }
    }

    private func becomeBusy() {
        pointee.isIdle = false
        // Before the bit goes: whoever sees it set before and after sees this change, too.
        let wakes = pointee.door.pointee.wakes.load(ordering: .relaxed)
        pointee.door.pointee.wakes.store(wakes &+ 1, ordering: .releasing)
        let bit = UInt64(1) << UInt64(pointee.index & 63)
        pointee.core.pointee.idle[Int(pointee.index >> 6)].bitwiseAnd(
            ~bit, ordering: .releasing)
    }
}
