import PenstockRuntime
import Synchronization

// The end of an actor. See "WHAT HAPPENS WHEN" in penstock.h.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// It has no children any more.
    func end(_ cell: UnsafeMutablePointer<Cell>, reason: Int32) {
        let ref = cell.ref
        let (state, destroy, cold) = (cell.body.pointee.state, cell.body.pointee.destroy, cell.cold)
        let set = cell.body.pointee.dispatcher
        let next = ref.generation == ActorRef.generationMask ? 1 : ref.generation &+ 1
        // Its context is over: what runs now may have kept it, and would act for the next in the
        // slot.
        if pointee.current == cell { pointee.current = nil }
        // From here on references to it are stale. releasing: pairs with the load in watch
        cell.pointee.generation.store(next, ordering: .releasing)
        cell.body.pointee.marks = []
        cell.body.pointee.behaviour = nil
        cell.body.pointee.destroy = nil
        cell.body.pointee.dispatcher = 0
        cell.cold = nil
        // Before their messages in the mailbox are met.
        if let cold { cancelTimers(cold) }
        clear(cell)
        if let cold { putDown(cold, cell) }
        pointee.counts.stopped &+= 1
        leave()
        destroy?(state)
        enter()
        if let cold { sayGoodbye(cold, ref, reason) }
        if isHost { retire(cell) } else { pointee.cells.put(cell) }
        if set >= ActorCore.firstHostSet {
            // releasing: pairs with the load in hasActors
            pointee.core.pointee.hostDoor(of: set).pointee.actors.subtract(1, ordering: .releasing)
        }
    }

    /// What is in the mailbox.
    private func clear(_ cell: UnsafeMutablePointer<Cell>) {
        while let node = cell.takeLocal() ?? cell.takeShared() { receiveSpecial(node, cell) }
        if cell.hasControl { obey(cell) }
    }

    /// What the actor has with others, before its state goes.
    private func putDown(_ cold: UnsafeMutablePointer<Cold>, _ cell: UnsafeMutablePointer<Cell>) {
        while let node = cold.pointee.stashHead {
            cold.pointee.stashHead = node.nextNode
            discard(node, cell)
            free(node)
        }
        // Copied: an answer may run into the set again.
        var tokens = cold.pointee.tokens
        cold.pointee.tokens = WordSet()
        tokens.forEach { abandonHeld($0, cell) }
        tokens.free(pointee.core.pointee.budget)
    }

    /// Unless it was forwarded, and is another's now.
    private func abandonHeld(_ token: UInt64, _ cell: UnsafeMutablePointer<Cell>) {
        guard let pending = pointee.core.pointee.pending(token) else { return }
        let holder = ActorRef(bits: pending.pointee.holder.load(ordering: .relaxed))
        // The slot has its next generation already.
        if holder.slot == cell.pointee.slot && holder != cell.ref {
            abandon(token, Status.stale.rawValue)
        }
    }

    private func sayGoodbye(
        _ cold: UnsafeMutablePointer<Cold>, _ ref: ActorRef, _ reason: Int32
    ) {
        let core = pointee.core
        if cold.pointee.hasName || cold.pointee.statistics != nil {
            core.pointee.registry._withUnsafeGuaranteedRef { $0.remove(ref) }
        }
        cold.pointee.restarts.free(core.pointee.budget)
        withdrawAll(cold, ref)
        sendDowns(cold, reason: reason)
        let kin = cold.pointee.kin
        pointee.colds.put(cold)
        if let kin { informEnded(kin) }
    }

    // MARK: - Nodes

    /// Any node.
    func free(_ node: UnsafeMutablePointer<Node>) {
        if !node.pointee.header.kind.isEmbedded { freePooled(node) }
    }

    /// A node of a pool, this worker's or another's.
    @inline(__always)
    func freePooled(_ node: UnsafeMutablePointer<Node>) {
        let pool = NodeSlab.of(node).pool
        if pool == pointee.index { return pointee.pool.put(node) }
        collect(node, Int(pool))
    }

    @inline(never)
    private func collect(_ node: UnsafeMutablePointer<Node>, _ pool: Int) {
        let chain = pointee.chains + pool
        node.nextNode = chain.pointee.first
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

    func flushChains() {
        for pool in 0..<pointee.core.pointee.poolCount where pointee.chains[pool].count > 0 {
            flush(pointee.chains + pool, pool)
        }
    }
}
