import CPenstockPlatform
import PenstockRuntime
import Synchronization

// Failures, and what parents and children tell each other. See Kin.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// The cold block, made if there is none yet. nil: no memory.
    func coldBlock(of cell: UnsafeMutablePointer<Cell>) -> UnsafeMutablePointer<Cold>? {
        if let cold = cell.cold { return cold }
        guard let cold = makeCold() else { return nil }
        adopt(cold, cell)
        return cold
    }

    /// The cold block of an actor that had none.
    func adopt(_ cold: UnsafeMutablePointer<Cold>, _ cell: UnsafeMutablePointer<Cell>) {
        cold.pointee.behaviour = cell.body.pointee.behaviour
        cold.pointee.restarts = RestartWindow(
            limit: ActorOptions().maxRestarts, period: ActorOptions().restartPeriod)
        cell.cold = cold
    }

    func makeCold() -> UnsafeMutablePointer<Cold>? {
        guard let block = pointee.colds.take(pointee.core.pointee.budget) else { return nil }
        let cold = block.assumingMemoryBound(to: Cold.self)
        cold.initialize(to: Cold())
        return cold
    }

    // MARK: - After a call

    /// What the behaviour's status means, and a stop that it asked for.
    func settle(_ cell: UnsafeMutablePointer<Cell>, _ status: Int32) {
        if status != 0 && status != Status.end.rawValue {
            pointee.counts.failed &+= 1
            cell.cold?.pointee.statistics?._withUnsafeGuaranteedRef {
                _ = $0.failed.add(1, ordering: .relaxed)
            }
            tell(.failed, cell.ref, status: status, text: UnsafePointer(pointee.failureText))
            pointee.failureText[0] = 0
            fail(cell, status)
        }
        if status == Status.end.rawValue || cell.body.pointee.marks.contains(.isStopping) {
            stopActor(cell, reason: 0)
        }
    }

    /// Decides about an actor that has failed, or whose child has and says so.
    private func fail(_ cell: UnsafeMutablePointer<Cell>, _ status: Int32) {
        guard let cold = cell.cold else { return stopActor(cell, reason: status) }
        switch cold.pointee.onFailure {
        case .stops:
            stopActor(cell, reason: status)
        case .resumes:
            resumeChildren(cold)
        case .restarts:
            cold.pointee.reason = status
            if let kin = cold.pointee.kin {
                cell.body.pointee.marks.insert(.isSuspended)
                inform(kin, Kin.News.failed, status)
            } else if admitRestart(cold) {
                restart(cell, cold)
            } else {
                stopActor(cell, reason: status)
            }
        case .escalates:
            guard let kin = cold.pointee.kin else { return stopActor(cell, reason: status) }
            cold.pointee.reason = status
            cell.body.pointee.marks.insert(.isSuspended)
            inform(kin, Kin.News.escalated, status)
        }
    }

    private func admitRestart(_ cold: UnsafeMutablePointer<Cold>) -> Bool {
        cold.pointee.restarts.admit(pointee.clock.now)
    }

    /// Its children end first.
    private func restart(_ cell: UnsafeMutablePointer<Cell>, _ cold: UnsafeMutablePointer<Cold>) {
        if cold.pointee.afterChildren == .end { return }
        cell.body.pointee.marks.insert(.isSuspended)
        if let youngest = cold.pointee.youngest {
            if cold.pointee.afterChildren == .nothing { order(youngest, Kin.Command.stop) }
            cold.pointee.afterChildren = .restart
            return
        }
        cold.pointee.afterChildren = .nothing
        cold.pointee.reason = 0
        pointee.counts.restarts &+= 1
        cold.pointee.statistics?._withUnsafeGuaranteedRef {
            _ = $0.restarts.add(1, ordering: .relaxed)
        }
        cell.body.pointee.behaviour = cold.pointee.behaviour
        cell.body.pointee.marks.remove(.isSuspended)
        if cold.pointee.start != nil { cell.body.pointee.marks.insert(.needsStart) }
        tell(.restarted, cell.ref)
    }

    private func resume(_ cell: UnsafeMutablePointer<Cell>, _ cold: UnsafeMutablePointer<Cold>) {
        if cold.pointee.afterChildren != .nothing { return }
        cold.pointee.reason = 0
        cell.body.pointee.marks.remove(.isSuspended)
        resumeChildren(cold)
    }

    /// Those that wait for this actor's word.
    private func resumeChildren(_ cold: UnsafeMutablePointer<Cold>) {
        var child = cold.pointee.youngest
        while let kin = child {
            child = kin.links.pointee.older
            if kin.links.pointee.isWaiting {
                kin.links.pointee.isWaiting = false
                order(kin, Kin.Command.resume)
            }
        }
    }

    /// Its children end first, the youngest first.
    func stopActor(_ cell: UnsafeMutablePointer<Cell>, reason: Int32) {
        cell.body.pointee.marks.remove(.isStopping)
        guard cell.body.pointee.marks.contains(.isAlive) else { return }
        guard let cold = cell.cold else { return end(cell, reason: reason) }
        if cold.pointee.afterChildren == .end { return }
        guard let youngest = cold.pointee.youngest else { return end(cell, reason: reason) }
        if cold.pointee.afterChildren == .nothing { order(youngest, Kin.Command.stop) }
        cold.pointee.afterChildren = .end
        cold.pointee.reason = reason
        cell.body.pointee.marks.insert(.isSuspended)
    }

    // MARK: - Between parent and child

    /// From a child to its parent.
    private func inform(_ kin: UnsafeMutablePointer<Kin>, _ news: UInt32, _ status: Int32) {
        kin.pointee.status.store(status, ordering: .relaxed)
        // releasing: the status; the parent's exchange pairs with it
        let before = kin.pointee.news.bitwiseOr(news, ordering: .acquiringAndReleasing).oldValue
        if before == 0, let cell = pointee.core.pointee.cell(kin.pointee.parent.slot) {
            command(kin.newsNode, cell)
        }
    }

    func informEnded(_ kin: UnsafeMutablePointer<Kin>) { inform(kin, Kin.News.ended, 0) }

    /// From a parent to its child.
    private func order(_ kin: UnsafeMutablePointer<Kin>, _ order: UInt32) {
        // releasing: pairs with the exchange in obeyParent
        let before = kin.pointee.command.bitwiseOr(order, ordering: .acquiringAndReleasing).oldValue
        if before == 0, let cell = pointee.core.pointee.cell(kin.pointee.child.slot) {
            command(kin.commandNode, cell)
        }
    }

    /// All of the control lane.
    func obey(_ cell: UnsafeMutablePointer<Cell>) {
        var next = cell.takeControl()
        while let node = next {
            next = node.nextNode
            if !cell.body.pointee.marks.contains(.isAlive) && isForThis(node, cell) {
                bringForth(cell)
            }
            if cell.body.pointee.marks.contains(.movesAway) {
                // The worker that may run it obeys.
                cell.pushControl(node)
                continue
            }
            switch node.pointee.header.kind {
            case .command: obeyParent(UnsafeMutablePointer<Kin>.of(command: node), cell)
            case .news: hear(UnsafeMutablePointer<Kin>.of(news: node), cell)
            case .watch: addWatcher(node, cell)
            case .unwatch: removeWatcher(node, cell)
            default:
                let isForThis = isForThis(node, cell)
                free(node)
                if isForThis { stopActor(cell, reason: 0) }
            }
        }
    }

    private func isForThis(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>
    ) -> Bool {
        node.pointee.header.generation
            == cell.pointee.generation.load(ordering: .relaxed) & ActorRef.generationMask
    }

    /// What goes by the control lane has overtaken the birth of the actor that it is for.
    @inline(never)
    private func bringForth(_ cell: UnsafeMutablePointer<Cell>) {
        while !cell.body.pointee.marks.contains(.isAlive) {
            guard let node = cell.takeLocal() ?? cell.takeShared() else {
                // A sender before it has not linked its node yet.
                pstp_pause()
                continue
            }
            receiveSpecial(node, cell)
        }
    }

    private func obeyParent(
        _ kin: UnsafeMutablePointer<Kin>, _ cell: UnsafeMutablePointer<Cell>
    ) {
        let orders = kin.pointee.command.exchange(0, ordering: .acquiringAndReleasing)
        if orders & Kin.Command.free != 0 { return pointee.kins.put(kin) }
        guard cell.ref == kin.pointee.child, let cold = cell.cold else { return }
        if orders & Kin.Command.stop != 0 {
            // Of one that failed: how.
            stopActor(cell, reason: cold.pointee.reason)
        } else if orders & Kin.Command.restart != 0 {
            restart(cell, cold)
        } else {
            resume(cell, cold)
        }
    }

    private func hear(_ kin: UnsafeMutablePointer<Kin>, _ cell: UnsafeMutablePointer<Cell>) {
        let news = kin.pointee.news.exchange(0, ordering: .acquiringAndReleasing)
        let status = kin.pointee.status.load(ordering: .relaxed)
        guard cell.ref == kin.pointee.parent, let cold = cell.cold else { return }
        if news & Kin.News.ended != 0 {
            remove(kin, cold)
            childEnded(cell, cold)
        } else if cold.pointee.afterChildren == .nothing {
            if news & Kin.News.escalated != 0 {
                kin.links.pointee.isWaiting = true
                fail(cell, status)
            } else {
                childFailed(kin, cell, cold, status)
            }
        }
    }

    private func childFailed(
        _ kin: UnsafeMutablePointer<Kin>, _ cell: UnsafeMutablePointer<Cell>,
        _ cold: UnsafeMutablePointer<Cold>, _ status: Int32
    ) {
        guard admitRestart(cold) else {
            order(kin, Kin.Command.stop)
            return fail(cell, status)
        }
        switch cold.pointee.strategy {
        case .oneForOne: order(kin, Kin.Command.restart)
        case .oneForAll: orderAll(cold.pointee.youngest, until: nil)
        case .restForOne: orderAll(cold.pointee.youngest, until: kin)
        }
    }

    /// Restarts the youngest and those before it, up to and with `last`.
    private func orderAll(
        _ youngest: UnsafeMutablePointer<Kin>?, until last: UnsafeMutablePointer<Kin>?
    ) {
        var next = youngest
        while let kin = next {
            next = kin == last ? nil : kin.links.pointee.older
            order(kin, Kin.Command.restart)
        }
    }

    private func childEnded(
        _ cell: UnsafeMutablePointer<Cell>, _ cold: UnsafeMutablePointer<Cold>
    ) {
        let after = cold.pointee.afterChildren
        if after == .nothing { return }
        if let youngest = cold.pointee.youngest { return order(youngest, Kin.Command.stop) }
        cold.pointee.afterChildren = .nothing
        if after == .restart {
            restart(cell, cold)
        } else {
            end(cell, reason: cold.pointee.reason)
        }
    }

    // MARK: - The list of children

    func add(_ kin: UnsafeMutablePointer<Kin>, _ cold: UnsafeMutablePointer<Cold>) {
        kin.links.pointee.older = cold.pointee.youngest
        cold.pointee.youngest?.links.pointee.younger = kin
        cold.pointee.youngest = kin
    }

    /// The child is gone.
    private func remove(_ kin: UnsafeMutablePointer<Kin>, _ cold: UnsafeMutablePointer<Cold>) {
        let links = kin.links.pointee
        links.older?.links.pointee.younger = links.younger
        if let younger = links.younger {
            younger.links.pointee.older = links.older
        } else {
            cold.pointee.youngest = links.older
        }
        // A command may still be on its way to the slot.
        let before = kin.pointee.command.bitwiseOr(
            Kin.Command.free, ordering: .acquiringAndReleasing
        ).oldValue
        if before == 0 { pointee.kins.put(kin) }
    }
}
