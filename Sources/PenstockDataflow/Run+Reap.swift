import PenstockRuntime
import PenstockTopology
import Synchronization

extension Run {
    /// After the end, or when it could not begin: gives its own threads and its share of the cores
    /// back. Idempotent; not from a callback.
    func reap() {
        reapOnce {
            for worker in ownWorkers { engine.retire(worker) }
            if let hostWorker, engine.isSimulated { engine.retire(hostWorker) }
            if let placement { engine.addLoad(-1, placement) }
        }
    }

    /// What its drains still hold is destroyed now, not when the last thread lets go of the run.
    func discardLeftovers() {
        for edge in hostEdges.values { edge.destroyLeftovers(description) }
    }

    func wake(stage: Int) {
        for instance in instances where instance.segment == plan.segmentOfStage[stage] {
            // releasing: pairs with the exchange in sourceBlock; what the program made ready is
            // seen
            instance.state.pointee.wakeFlag.pointee.store(true, ordering: .releasing)
            instance.worker?.state.pointee.waker.signal()
        }
    }
}
