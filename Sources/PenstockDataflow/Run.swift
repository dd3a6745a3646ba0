import CPenstockPlatform
package import PenstockRuntime
package import PenstockTopology
import Synchronization

/// One run of a graph: its tasks, channels and memory, from start to end. Its statistics outlive it
/// until the next run.
package final class Run: @unchecked Sendable {
    package let description: Description
    package let plan: Plan
    package let engine: Engine
    package let placement: Placement?

    // Set up by the builder before the first task runs, then constant.
    var arena: Arena
    let control: RunControl
    var instances: [Instance] = []
    var links: [LinkRings] = []
    var loops: [UnsafeMutablePointer<Loop>] = []
    var hostEdges: [Int: HostEdge] = [:]
    var hostWorker: Worker?
    var ownWorkers: [Worker] = []
    var tasksByWorker: [(worker: Worker, tasks: [UnsafeMutablePointer<Task>])] = []
    private let reapLock = Lock()
    private var isReaped = false  // guard: reapLock

    package private(set) var startedAt: UInt64 = 0
    private let lock = Lock()
    private var failure: Failure?  // guard: lock
    private var laterFailures = 0  // guard: lock
    private var endedAt: UInt64 = 0  // guard: lock

    /// A replica of a segment.
    struct Instance {
        let segment: Int
        let replica: Int
        let state: UnsafeMutablePointer<Segment>
        let task: UnsafeMutablePointer<Task>
        var worker: Worker?
        /// The planned place, for pictures.
        var place = ""
    }

    struct LinkRings {
        var rings: [Ring] = []
        var frames: [Ring] = []
        var log: Ring?
    }

    init(
        description: Description, plan: Plan, placement: Placement, engine: Engine,
        control: RunControl
    ) {
        self.description = description
        self.plan = plan
        self.placement = placement
        self.engine = engine
        self.control = control
        arena = Arena(environment: engine.environment)
    }

    deinit {
        for edge in hostEdges.values { edge.destroyLeftovers(description) }
        for loop in loops { loop.pointee.free() }
        for edge in hostEdges.values { edge.free() }
        for link in links {
            for ring in link.rings + link.frames { ring.free() }
            link.log?.free()
        }
        arena.freeAll()
        control.free()
    }

    // MARK: - Course

    func begin() {
        startedAt = engine.environment.now
        control.remaining.pointee.store(instances.count, ordering: .relaxed)
        for (worker, tasks) in tasksByWorker { worker.add(tasks) }
    }

    /// Ends the run with this failure, unless one came before.
    package func fail(_ status: Status, _ text: String, site: Failure.Site? = nil) {
        lock.withLock {
            if failure == nil {
                failure = Failure(status, "\(description.name): \(text)", site: site)
            } else {
                laterFailures += 1
            }
        }
        stop()
    }

    func stageFailed(stage: Int, replica: Int, position: UInt64, result: Int32, text: String?) {
        let spec = description.stages[stage]
        var sentence = "stage '\(spec.name)'"
        if spec.options.replicas > 1 { sentence += ", replica \(replica)" }
        sentence += ", element \(position): "
        sentence += text ?? "its callback returned \(result)"
        fail(
            .stageFailed, sentence,
            site: Failure.Site(stage: stage, replica: replica, position: position))
    }

    package func cancel() {
        lock.withLock {
            if failure == nil {
                failure = Failure(.cancelled, "\(description.name): the run was cancelled")
            }
        }
        stop()
    }

    private func stop() {
        control.stop.pointee.store(true, ordering: .relaxed)
        wakeAll()
    }

    package func pause(_ on: Bool) {
        control.paused.pointee.store(on, ordering: .relaxed)
        wakeAll()
    }

    package var isPaused: Bool { control.paused.pointee.load(ordering: .relaxed) }
    package var isStopping: Bool { control.stop.pointee.load(ordering: .relaxed) }

    func wakeAll() {
        for (worker, _) in tasksByWorker { worker.state.pointee.waker.signal() }
        for edge in hostEdges.values { edge.waker.signal() }
    }

    /// Called by each task as the last thing it does.
    func taskEnded() {
        // Whoever waits may let go of the run as soon as it sees the end; tasks hold it unretained.
        let hold = Unmanaged.passRetained(self)
        defer { hold.release() }
        // acquiring and releasing: the last task sees all that the others did
        let (_, left) = control.remaining.pointee.subtract(1, ordering: .acquiringAndReleasing)
        if left == 0 { finish() }
    }

    /// On the thread of the task that ended last.
    private func finish() {
        for edge in hostEdges.values { edge.runEnded() }
        for (index, link) in links.enumerated() {
            let type = plan.links[index].type
            for ring in link.rings {
                ring.drain { type.destroy?($0, $1, type.user) }
            }
        }
        lock.withLock { endedAt = engine.environment.now }
        // What a drain holds after a good end is still the host's to pull.
        for edge in hostEdges.values where edge.isFeed || isStopping {
            edge.destroyLeftovers(description)
        }
        control.signalDone()
        for edge in hostEdges.values { edge.waker.signal() }
        hostWorker?.state.pointee.waker.signal()
    }

    package var hasEnded: Bool { control.isDone }

    /// How it went; asked when it has ended.
    package var outcome: Failure? {
        lock.withLock {
            guard let failure else { return nil }
            if laterFailures == 0 { return failure }
            return Failure(
                failure.status, failure.text + " (and \(laterFailures) more failures)",
                site: failure.site)
        }
    }

    func reapOnce(_ body: () -> Void) {
        reapLock.withLock {
            if isReaped { return }
            isReaped = true
            body()
        }
    }

    /// Nanoseconds from start to end, or to now.
    package var elapsed: UInt64 {
        let end = lock.withLock { endedAt }
        let until = end != 0 ? end : engine.environment.now
        return until > startedAt ? until - startedAt : 0
    }
}
