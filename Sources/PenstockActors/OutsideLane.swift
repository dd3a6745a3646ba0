import PenstockRuntime
import Synchronization

/// The nodes and the counts of threads that are no workers. One at a time.
struct OutsideLane: ~Copyable {
    let lock = Lock()
    var pool: NodePool  // guard: lock
    var counts = ActorCounts()  // guard: lock
    /// Whose turn it is to own a new actor.
    var turn = 0  // guard: lock

    init(index: Int, door: UnsafeMutablePointer<WorkerDoor>) {
        pool = NodePool(index: index, door: door)
    }
}
