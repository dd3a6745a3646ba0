import PenstockRuntime
import Synchronization

// What is said of all workers together, and what happens when none runs actors any more.

extension ActorCore {
    /// All workers were idle, with nothing at their doors, at one moment between two looks at how
    /// often they woke.
    var isQuiescent: Bool {
        // acquiring: pairs with the releasing stores of becomeBusy and becomeIdle
        let before = wakes
        for i in 0..<workerCount {
            let bit = UInt64(1) << UInt64(i & 63)
            if idle[i >> 6].load(ordering: .acquiring) & bit == 0 { return false }
        }
        if idleHosts.load(ordering: .acquiring) != .max { return false }
        for i in 0..<outsideIndex where doors[i].pointee.hasMail { return false }
        return wakes == before
    }

    private var wakes: UInt64 {
        var sum: UInt64 = 0
        for i in 0..<outsideIndex { sum &+= doors[i].pointee.wakes.load(ordering: .acquiring) }
        return sum
    }

    /// When no worker runs actors.
    var counts: ActorCounts {
        var all = ActorCounts()
        for i in 0..<poolCount {
            if let worker = workers[i] { all += worker.pointee.counts }
        }
        return all
    }

    /// While workers run; under the lock of the threads outside.
    var publishedCounts: ActorCounts {
        var all = workers[outsideIndex].map { $0.pointee.counts } ?? ActorCounts()
        for i in 0..<outsideIndex { all += doors[i].pointee.counts.value }
        return all
    }

    /// Makes dead letters of all messages and destroys the states of all actors, children before
    /// parents. By a thread that has all workers to itself; not the one of the threads outside,
    /// which may answer asks still, until these have ended. `beforeLast` waits for answers under
    /// way then.
    func discardAll(beforeLast: () -> Void) {
        guard let worker = workers[0] else { return }
        for slot in 0..<tables.cells.count {
            if let cell = cell(slot) { worker.bear(cell) }
        }
        for slot in 0..<tables.cells.count {
            guard let cell = cell(slot), cell.body.pointee.marks.contains(.isAlive),
                cell.cold?.pointee.kin == nil
            else { continue }
            worker.bury(cell)
        }
        beforeLast()
        for slot in 0..<tables.cells.count {
            if let cell = cell(slot) { worker.clearForGood(cell) }
        }
    }
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// An actor on its way to its slot arrives; messages before it are an earlier one's.
    fileprivate func bear(_ cell: UnsafeMutablePointer<Cell>) {
        // From here on the cell is this thread's, so that what it sends stays where it is.
        cell.pointee.owner.store(pointee.index, ordering: .relaxed)
        cell.body.pointee.isScheduled = true
        guard !cell.body.pointee.marks.contains(.isAlive) else { return }
        while let node = cell.takeLocal() ?? cell.takeShared() {
            let isBirth =
                node.pointee.header.kind == .birth
                && node.pointee.header.generation == cell.ref.generation
            if isBirth {
                cell.begin(node.payload.load(as: Birth.self))
                return free(node)
            }
            receiveSpecial(node, cell)
        }
    }

    /// An actor without a parent, after its children, the youngest of each first.
    fileprivate func bury(_ root: UnsafeMutablePointer<Cell>) {
        var cell = root
        while true {
            if let cold = cell.cold, let kin = cold.pointee.youngest {
                if let child = pointee.core.pointee.cell(kin.pointee.child.slot),
                    child.ref == kin.pointee.child,
                    child.body.pointee.marks.contains(.isAlive)
                {
                    cell = child
                } else {
                    // It has ended; its slot may be another's.
                    cold.pointee.youngest = kin.links.pointee.older
                }
                continue
            }
            let parent = cell.cold?.pointee.kin.flatMap {
                pointee.core.pointee.cell($0.pointee.parent.slot)
            }
            end(cell, reason: 0)
            guard cell != root, let parent else { return }
            cell = parent
        }
    }

    /// What the ends of others have sent.
    fileprivate func clearForGood(_ cell: UnsafeMutablePointer<Cell>) {
        while let node = cell.takeLocal() ?? cell.takeShared() { receiveSpecial(node, cell) }
        while let node = cell.takeControl() { drain(node) }
    }

    private func drain(_ first: UnsafeMutablePointer<Node>) {
        var next: UnsafeMutablePointer<Node>? = first
        while let node = next {
            next = node.nextNode
            free(node)
        }
    }
}
