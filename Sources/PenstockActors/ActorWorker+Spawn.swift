import PenstockRuntime
import Synchronization

// New actors.

/// What a spawn was asked for, checked.
struct ActorPlan {
    var behaviour: Behaviour?
    var state: UnsafeMutableRawPointer?
    var options: ActorOptions
    /// The set of workers that may run it.
    var set: UInt8 = 0
    /// Whose turn it is to own one that is spawned from outside.
    var turn: UInt32 = 0

    /// Anything that an ordinary actor has no room for.
    var needsCold: Bool {
        options.start != nil || options.batch != nil || options.onFailure != .stops
            || options.name != nil || options.isMeasured || options.strategy != .oneForOne
            || options.maxRestarts != 3 || options.restartPeriod != 5_000_000_000
    }
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// An actor that has nothing but a behaviour, a state and a destroy.
    @inline(__always)
    func spawn(
        _ behaviour: Behaviour, _ state: UnsafeMutableRawPointer?, _ destroy: Destroy?
    ) -> ActorRef? {
        // acquiring: pairs with whoever gave it back
        if let block = pointee.cells.takeOwn() ?? takeMoreSlots() {
            let cell = block.assumingMemoryBound(to: Cell.self)
            if cell.pointee.owner.load(ordering: .acquiring) == pointee.index {
                cell.begin(Birth(behaviour: behaviour, state: state, destroy: destroy))
                pointee.counts.spawned &+= 1
                return cell.ref
            }
            // It has gone to another worker, with messages for the one who had it before.
            pointee.cells.put(block)
        }
        let options = ActorOptions(destroy: destroy)
        return spawn(
            ActorPlan(behaviour: behaviour, state: state, options: options), isChild: false)
    }

    /// nil: no memory, or they would not be this worker's.
    @inline(never)
    private func takeMoreSlots() -> UnsafeMutableRawPointer? {
        guard pointee.core.pointee.allows(0, pointee.index) else { return nil }
        let index = pointee.index
        return pointee.cells.take(pointee.core.pointee.budget) { fresh in
            // Nobody else knows of them yet, but a reference that was made up.
            fresh.assumingMemoryBound(to: Cell.self).pointee.owner.store(
                index, ordering: .relaxed)
        }
    }

    /// nil: no memory, and nothing has happened.
    @inline(never)
    func spawn(_ plan: ActorPlan, isChild: Bool) -> ActorRef? {
        var birth = Birth(
            behaviour: plan.behaviour, state: plan.state, destroy: plan.options.destroy)
        birth.dispatcher = plan.set
        if plan.needsCold || isChild {
            guard let cold = makeCold(plan) else { return nil }
            birth.cold = cold
        }
        if plan.options.start != nil { birth.marks.insert(.needsStart) }
        if plan.options.batch != nil { birth.marks.insert(.isBatch) }
        if plan.options.isMeasured { birth.marks.insert(.isMeasured) }
        guard let ref = place(plan, birth, isChild: isChild) else {
            if let cold = birth.cold {
                cold.pointee.restarts.free(pointee.core.pointee.budget)
                pointee.colds.put(cold)
            }
            return nil
        }
        pointee.counts.spawned &+= 1
        return ref
    }

    private func makeCold(_ plan: ActorPlan) -> UnsafeMutablePointer<Cold>? {
        guard let cold = makeCold() else { return nil }
        cold.pointee.behaviour = plan.behaviour
        cold.pointee.start = plan.options.start
        cold.pointee.batch = plan.options.batch
        cold.pointee.onFailure = plan.options.onFailure
        cold.pointee.strategy = plan.options.strategy
        cold.pointee.hasName = plan.options.name != nil
        cold.pointee.restarts = RestartWindow(
            limit: plan.options.maxRestarts, period: plan.options.restartPeriod)
        guard cold.pointee.restarts.reserve(pointee.core.pointee.budget) else {
            pointee.colds.put(cold)
            return nil
        }
        return cold
    }

    /// A slot, with the actor in it or on its way there.
    private func place(
        _ plan: ActorPlan, _ birth: Birth, isChild: Bool
    ) -> ActorRef? {
        let core = pointee.core
        let isOutside = Int(pointee.index) == core.pointee.outsideIndex
        let worker =
            core.pointee.allows(plan.set, pointee.index)
            ? pointee.index : core.pointee.worker(of: plan.set, turn: plan.turn)
        var block =
            isOutside || worker != pointee.index
            ? nil : pointee.cells.takeOwn() ?? takeMoreSlots()
        var isFresh = false
        if block == nil {
            guard let taken = core.pointee.tables.cells.take(core.pointee.budget) else {
                return nil
            }
            (block, isFresh) = taken
        }
        guard let block else { return nil }
        let cell = block.assumingMemoryBound(to: Cell.self)
        var kin: UnsafeMutablePointer<Kin>?
        if isChild {
            guard let made = makeKin(cell) else {
                core.pointee.tables.cells.put(cell, cell)
                return nil
            }
            kin = made
        }
        // Later it may be the next one's: the actor may have ended when this returns.
        let ref = cell.ref
        // A slot that somebody had is its owner's, who may be about to clear its mailbox, and has
        // it in its queue then: it moves only by being handed over.
        // acquiring: as in the other spawn
        let owner = cell.pointee.owner.load(ordering: .acquiring)
        if isFresh || (owner == pointee.index && worker == owner) {
            bound(cell, plan)
            finish(plan, birth, cell, kin)
            cell.begin(birth)
            // releasing: pairs with the loads of senders and of the worker
            cell.pointee.owner.store(worker, ordering: .releasing)
            publishName(plan, ref)
            if birth.marks.contains(.needsStart) { wakeNewborn(cell, worker) }
            return ref
        }
        guard let node = pointee.pool.take(core.pointee.budget) else {
            if let kin { pointee.kins.put(kin) }
            core.pointee.tables.cells.put(cell, cell)
            return nil
        }
        bound(cell, plan)
        finish(plan, birth, cell, kin)
        node.pointee.header = Header(
            generation: cell.ref.generation, kind: .birth, size: 0, type: 0)
        node.payload.storeBytes(of: birth, as: Birth.self)
        deliver(node, cell)
        publishName(plan, ref)
        return ref
    }

    /// From here on others find it, so its birth is on its way.
    private func publishName(_ plan: ActorPlan, _ ref: ActorRef) {
        guard plan.options.name != nil else { return }
        pointee.core.pointee.registry._withUnsafeGuaranteedRef { $0.publish(ref) }
    }

    /// For senders, before there is a reference to it.
    private func bound(_ cell: UnsafeMutablePointer<Cell>, _ plan: ActorPlan) {
        let generation = cell.ref.generation
        if plan.options.capacity > 0 || plan.options.isMeasured {
            let capacity = plan.options.capacity > 0 ? Int32(plan.options.capacity) : .max / 4
            cell.pointee.capacity.store(capacity, ordering: .relaxed)
            cell.pointee.generation.store(
                generation | Bound.bits(plan.options), ordering: .relaxed)
        }
    }

    private func makeKin(_ cell: UnsafeMutablePointer<Cell>) -> UnsafeMutablePointer<Kin>? {
        guard let parent = pointee.current, coldBlock(of: parent) != nil,
            let block = pointee.kins.take(pointee.core.pointee.budget)
        else { return nil }
        let kin = block.assumingMemoryBound(to: Kin.self)
        kin.initialize(parent: parent.ref, child: cell.ref)
        return kin
    }

    /// What cannot fail any more.
    private func finish(
        _ plan: ActorPlan, _ birth: Birth, _ cell: UnsafeMutablePointer<Cell>,
        _ kin: UnsafeMutablePointer<Kin>?
    ) {
        if plan.set >= ActorCore.firstHostSet {
            pointee.core.pointee.hostDoor(of: plan.set).pointee.actors.add(1, ordering: .relaxed)
        }
        guard let cold = birth.cold else { return }
        if let kin, let parent = pointee.current?.cold {
            cold.pointee.kin = kin
            add(kin, parent)
        }
        pointee.core.pointee.registry._withUnsafeGuaranteedRef { registry in
            if let name = plan.options.name { registry.set(name, cell.ref, tag: plan.options.tag) }
            if plan.options.isMeasured {
                let statistics = ActorStatistics()
                registry.measure(cell.ref, statistics)
                // The registry has it until the actor ends.
                cold.pointee.statistics = .passUnretained(statistics)
            }
        }
    }

    /// It has something to do before its first message.
    private func wakeNewborn(_ cell: UnsafeMutablePointer<Cell>, _ worker: UInt32) {
        if worker == pointee.index {
            // Messages for who had the slot before may have come late.
            if !cell.body.pointee.isScheduled { scheduleNext(cell) }
        } else {
            pointee.core.pointee.post(cell, by: poster)
        }
    }

    /// The first message of an actor that was spawned elsewhere.
    func born(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        let birth = node.payload.load(as: Birth.self)
        cell.begin(birth)
        // Another may have ended in this turn.
        pointee.current = cell
        if !pointee.core.pointee.allows(birth.dispatcher, pointee.index) {
            cell.body.pointee.marks.insert(.movesAway)
        } else if pointee.isGivenUp {
            stopActor(cell, reason: 0)
        }
    }
}
