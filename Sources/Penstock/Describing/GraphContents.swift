import PenstockRuntime

/// What a graph keeps beside the engine's description. The description is one thread's at a time;
/// what running needs is under the lock.
final class GraphContents: @unchecked Sendable {
    // Of the describing thread; read by others only once the run has started.
    var boxes: [Int: StageBox] = [:]
    /// The Swift type that a stage takes.
    var inputTypes: [Int: any Any.Type] = [:]
    /// Key functions, kept alive for the engine.
    var keys: [KeyBox] = []
    /// Stages with one state for all of their input.
    var folds: Set<Int> = []
    /// Stages that run as tasks of their own.
    var unfused: Set<Int> = []
    var sequenceFeeds: [any SequenceFeeding] = []
    var drains: [any DrainReading] = []

    private let lock = Lock()
    private var engine: Engine?  // guard: lock
    private var feeders: [_Concurrency.Task<Void, Never>] = []  // guard: lock
    private var feedErrors: [Int: any Error] = [:]  // by stage; guard: lock

    /// Keeps the engine while the graph runs.
    func hold(_ engine: Engine?) {
        let old = lock.withLock {
            let old = self.engine
            self.engine = engine
            return old
        }
        withExtendedLifetime(old) {}
    }

    func forgetErrors() {
        for box in boxes.values { box.forgetErrors() }
        lock.withLock { feedErrors = [:] }
    }

    func note(_ error: any Error, feed stage: Int) { lock.withLock { feedErrors[stage] = error } }

    func feedError(_ stage: Int) -> (any Error)? { lock.withLock { feedErrors[stage] } }

    // MARK: - Tasks that feed the graph

    func keep(_ tasks: [_Concurrency.Task<Void, Never>]) { lock.withLock { feeders = tasks } }

    func stopFeeders() {
        let tasks = lock.withLock {
            let tasks = feeders
            feeders = []
            return tasks
        }
        for task in tasks { task.cancel() }
    }
}
