import PenstockRuntime
import Synchronization

// Called when no worker runs actors any more.

extension ActorCore {
    /// Makes dead letters of all messages and destroys the states of all actors.
    func discardAll() {
        let worker = workers[0]
        for slot in 0..<table.slots {
            guard let cell = table.cell(slot) else { continue }
            while let node = cell.takeLocal() ?? cell.takeShared() {
                worker.bury(node, cell)
                worker.free(node)
            }
            if cell.body.pointee.behaviour != nil {
                worker.pointee.counts.stopped &+= 1
                cell.body.pointee.behaviour = nil
                cell.body.pointee.destroy?(cell.body.pointee.state)
            }
            cell.pointee.generation.add(1, ordering: .relaxed)
        }
    }

    /// All workers were idle, with nothing in their inboxes, at one moment between two looks at how
    /// often they woke.
    var isQuiescent: Bool {
        // acquiring: pairs with the releasing stores of becomeBusy and becomeIdle
        let before = wakes
        for i in 0..<workerCount {
            let bit = UInt64(1) << UInt64(i & 63)
            if idle[i >> 6].load(ordering: .acquiring) & bit == 0 { return false }
        }
        for i in 0..<workerCount
        where doors[i].pointee.inbox.load(ordering: .acquiring) != 0
            || doors[i].pointee.gifts.load(ordering: .acquiring) != 0
        {
            return false
        }
        return wakes == before
    }

    private var wakes: UInt64 {
        var sum: UInt64 = 0
        for i in 0..<workerCount { sum &+= doors[i].pointee.wakes.load(ordering: .acquiring) }
        return sum
    }

    var counts: ActorCounts {
        var all = outside.pointee.counts
        for i in 0..<workerCount { all += workers[i].pointee.counts }
        return all
    }

    func release() {
        for i in 0..<workerCount {
            workers[i].pointee.pool.destroy(budget)
            workers[i].pointee.chains.deallocate()
            workers[i].deinitialize(count: 1)
            workers[i].deallocate()
        }
        workers.deallocate()
        for i in 0..<poolCount {
            doors[i].deinitialize(count: 1)
            doors[i].deallocate()
        }
        doors.deallocate()
        outside.pointee.pool.destroy(budget)
        outside.deinitialize(count: 1)
        outside.deallocate()
        idle.deinitialize(count: idleWords)
        idle.deallocate()
        table.destroy(budget)
        ended.free()
    }
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// A node that nobody will see: a dead letter, or an actor that was never born.
    fileprivate func bury(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>
    ) {
        if node.pointee.header.kind == .birth {
            let birth = node.payload.load(as: Birth.self)
            birth.destroy?(birth.state)
        } else {
            discard(node)
        }
    }
}
