import Synchronization

// Actors on their way from one worker to another.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// True if there was anything.
    func takeInbox() -> Bool {
        if pointee.door.pointee.inbox.load(ordering: .relaxed) == 0 { return false }
        // acquiring: pairs with WorkerDoor.post; releasing: who finds nothing here finds this
        // worker busy
        var bits = pointee.door.pointee.inbox.exchange(0, ordering: .acquiringAndReleasing)
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
                if bits == 0 && !pointee.hasActorsToRun, let other = partner(of: cell, poster) {
                    give(cell, to: other)
                } else {
                    enqueue(cell)
                }
            }
        }
        return true
    }

    func takeGifts() -> Bool {
        if pointee.door.pointee.gifts.load(ordering: .relaxed) == 0 { return false }
        // acquiring: pairs with WorkerDoor.give; releasing: as in takeInbox
        var cell = UnsafeMutablePointer<Cell>(
            bitPattern: pointee.door.pointee.gifts.exchange(0, ordering: .acquiringAndReleasing))
        while let gift = cell {
            cell = gift.body.pointee.runNext
            if gift.body.pointee.marks == .movesAway {
                gift.body.pointee.marks = []
                pointee.cells.put(gift)
            } else if pointee.isGivenUp && gift.body.pointee.marks.contains(.isAlive) {
                stopActor(gift, reason: 0)
            }
            enqueue(gift)
        }
        return true
    }

    /// An actor that is scheduled, and in no queue.
    func give(_ cell: UnsafeMutablePointer<Cell>, to other: UnsafeMutablePointer<WorkerDoor>) {
        cell.pointee.owner.store(other.pointee.index, ordering: .releasing)
        other.pointee.give(cell, cell)
    }

    /// Perhaps: `share` looks at all of them.
    @inline(__always)
    var othersAreIdle: Bool { pointee.idleOthers.pointee.load(ordering: .relaxed) != 0 }

    /// Hands half of the queue to a worker that has nothing to do, if there is one. Not the only
    /// actor that this one has.
    @inline(never)
    func share() {
        let core = pointee.core
        guard pointee.lifo != nil || pointee.queued > 1, core.pointee.someoneIsIdle,
            let first = pointee.queueHead,
            pointee.index < core.pointee.workerCount
        else { return }
        if core.pointee.hasSets.load(ordering: .relaxed) { return shareAllowed() }
        guard let other = core.pointee.claimIdle() else { return }
        var last = first
        var given = 1
        first.pointee.owner.store(other.pointee.index, ordering: .releasing)
        while given < pointee.queued / 2, let next = last.body.pointee.runNext {
            next.pointee.owner.store(other.pointee.index, ordering: .releasing)
            last = next
            given &+= 1
        }
        pointee.queueHead = last.body.pointee.runNext
        if pointee.queueHead == nil { pointee.queueTail = nil }
        pointee.queued &-= given
        other.pointee.give(first, last)
    }

    /// The same where not every worker may run every actor.
    @inline(never)
    private func shareAllowed() {
        forIdleWorkers { other in
            guard claim(other) else { return true }
            give(to: other, atMost: max(1, pointee.queued / 2))
            return false
        }
    }

    /// The queue, as far as workers that have nothing to do may run it; they share it further.
    func giveAll() -> Bool {
        let core = pointee.core
        var any = false
        forIdleWorkers { other in
            if pointee.queueHead == nil { return false }
            // It may have no actor to run and be in a stage for long.
            let isStuck =
                core.pointee.workers[Int(other)]?.pointee.isStuck.load(ordering: .relaxed)
            if isStuck == false, claim(other) {
                give(to: other, atMost: ActorWorker.mostRelieved)
                any = true
            }
            return true
        }
        return any
    }

    /// Calls `body` with each, as long as it returns true.
    private func forIdleWorkers(_ body: (UInt32) -> Bool) {
        let core = pointee.core
        for word in 0..<core.pointee.idleWords {
            var bits = core.pointee.idle[word].load(ordering: .relaxed)
            while bits != 0 {
                if !body(UInt32(word * 64 + bits.trailingZeroBitCount)) { return }
                bits &= bits &- 1
            }
        }
    }

    /// Only one that something can be given to: one that was claimed in vain may be busy when that
    /// is taken back.
    private func claim(_ other: UInt32) -> Bool {
        hasAny(for: other) && pointee.core.pointee.claimIdle(other)
    }

    private func hasAny(for other: UInt32) -> Bool {
        var next = pointee.queueHead
        while let cell = next {
            if pointee.core.pointee.allows(cell.body.pointee.dispatcher, other) { return true }
            next = cell.body.pointee.runNext
        }
        return false
    }

    /// Of the queue, as far as the other may run them.
    private func give(to other: UInt32, atMost most: Int) {
        let door = pointee.core.pointee.doors[Int(other)]
        var left = most
        var previous: UnsafeMutablePointer<Cell>?
        var next = pointee.queueHead
        while left > 0, let cell = next {
            next = cell.body.pointee.runNext
            guard pointee.core.pointee.allows(cell.body.pointee.dispatcher, other) else {
                previous = cell
                continue
            }
            if let previous {
                previous.body.pointee.runNext = next
            } else {
                pointee.queueHead = next
            }
            if next == nil { pointee.queueTail = previous }
            pointee.queued &-= 1
            left &-= 1
            give(cell, to: door)
        }
    }

    /// The worker whose actor wakes this one again and again and then has nothing to do itself: two
    /// that wait for each other are better off on one core. Not for an actor that the caller has
    /// anything beside.
    private func partner(
        of cell: UnsafeMutablePointer<Cell>, _ poster: UInt32
    ) -> UnsafeMutablePointer<WorkerDoor>? {
        guard poster != Cell.postedFromOutside, poster != 0, poster != pointee.index &+ 1,
            pointee.core.pointee.isIdle(poster &- 1),
            pointee.core.pointee.allows(cell.body.pointee.dispatcher, poster &- 1)
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
}
