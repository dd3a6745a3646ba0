import PenstockRuntime
import Synchronization

// Watches. The node of a watch waits with the one that is watched, and becomes the DOWN.

/// The payload of a watch; a `Down` stands at its beginning.
struct WatchRequest: BitwiseCopyable {
    var down: Down
    var watcher: ActorRef
    /// For the one that is watched, if it has none: it may not find memory when the watch arrives.
    var cold: UnsafeMutablePointer<Cold>?
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// For the actor that runs. False: no memory.
    func watch(_ ref: ActorRef) -> Bool {
        guard let cell = pointee.current, let cold = coldBlock(of: cell),
            let node = pointee.pool.take(pointee.core.pointee.budget)
        else { return false }
        if cold.pointee.watching.contains(ref.bits | 1 << 63) {
            free(node)
            return true
        }
        guard let spare = makeCold() else {
            free(node)
            return false
        }
        switch cold.pointee.watching.insert(ref.bits | 1 << 63, pointee.core.pointee.budget) {
        case .inserted, .present: break
        case .noMemory:
            pointee.colds.put(spare)
            free(node)
            return false
        }
        node.pointee.header = Header(generation: ref.generation, kind: .watch, size: 0, type: 0)
        node.payload.storeBytes(
            of: WatchRequest(
                down: Down(actor: ref.bits, reason: Status.stale.rawValue), watcher: cell.ref,
                cold: spare),
            as: WatchRequest.self)
        if let (target, _) = find(ref) {
            command(node, target)
        } else {
            // acquiring: pairs with the store in end. What it sent before is in the mailbox then,
            // and the DOWN goes behind it.
            _ = pointee.core.pointee.cell(ref.slot)?.pointee.generation.load(ordering: .acquiring)
            pointee.colds.put(spare)
            sendDown(node, reason: Status.stale.rawValue)
        }
        return true
    }

    /// No DOWN arrives from here on, even if one is on its way.
    func unwatch(_ ref: ActorRef) {
        guard let cell = pointee.current, let cold = cell.cold,
            cold.pointee.watching.remove(ref.bits | 1 << 63)
        else { return }
        withdraw(ref, cell.ref)
    }

    /// Gives the node of a watch back, if there is memory to ask for it; else it stays until the
    /// other one ends.
    private func withdraw(_ ref: ActorRef, _ watcher: ActorRef) {
        guard let (target, _) = find(ref),
            let node = pointee.pool.take(pointee.core.pointee.budget)
        else { return }
        node.pointee.header = Header(generation: ref.generation, kind: .unwatch, size: 0, type: 0)
        node.payload.storeBytes(
            of: WatchRequest(down: Down(actor: ref.bits, reason: 0), watcher: watcher),
            as: WatchRequest.self)
        command(node, target)
    }

    /// Of an actor that ends.
    func withdrawAll(_ cold: UnsafeMutablePointer<Cold>, _ watcher: ActorRef) {
        cold.pointee.watching.forEach { withdraw(ActorRef(bits: $0 & ~(1 << 63)), watcher) }
        cold.pointee.watching.free(pointee.core.pointee.budget)
    }

    func addWatcher(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        let request = node.payload.load(as: WatchRequest.self)
        let isThere =
            cell.ref.bits == request.down.actor && cell.body.pointee.marks.contains(.isAlive)
        if let spare = request.cold {
            if isThere && cell.cold == nil {
                adopt(spare, cell)
            } else {
                pointee.colds.put(spare)
            }
        }
        guard isThere, let cold = cell.cold else {
            return sendDown(node, reason: Status.stale.rawValue)
        }
        node.nextNode = cold.pointee.watchers
        cold.pointee.watchers = node
    }

    func removeWatcher(_ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>) {
        let request = node.payload.load(as: WatchRequest.self)
        free(node)
        guard cell.ref.bits == request.down.actor, let cold = cell.cold else { return }
        var before: UnsafeMutablePointer<Node>?
        var next = cold.pointee.watchers
        while let watch = next {
            next = watch.nextNode
            if watch.payload.load(as: WatchRequest.self).watcher == request.watcher {
                if let before { before.nextNode = next } else { cold.pointee.watchers = next }
                return free(watch)
            }
            before = watch
        }
    }

    /// To all watchers of an actor that has ended.
    func sendDowns(_ cold: UnsafeMutablePointer<Cold>, reason: Int32) {
        while let node = cold.pointee.watchers {
            cold.pointee.watchers = node.nextNode
            sendDown(node, reason: reason)
        }
    }

    private func sendDown(_ node: UnsafeMutablePointer<Node>, reason: Int32) {
        var request = node.payload.load(as: WatchRequest.self)
        request.down.reason = reason
        node.payload.storeBytes(of: request, as: WatchRequest.self)
        node.pointee.header = Header(
            generation: request.watcher.generation, kind: .down,
            size: MemoryLayout<Down>.stride, type: SystemType.down)
        guard let cell = pointee.core.pointee.cell(request.watcher.slot) else { return free(node) }
        deliver(node, cell)
    }
}
