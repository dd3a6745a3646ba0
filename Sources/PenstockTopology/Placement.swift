/// Which worker sits on which core, and which task on which worker: a pure function of machine,
/// capacity and request, and a value that explains itself.
package struct Placement: Sendable {
    /// Workers that have tasks, in core order.
    package let workers: [PlannedWorker]
    /// The worker of each task; nil for host and blocking tasks.
    package let taskWorker: [Int?]
    /// One thread for each blocking task.
    package let blockingThreads: [PlannedThread]
    /// Why each task is where it is.
    package let taskReasons: [String]
    /// Most loaded core + traffic × distance, in cores (see `PlacementCost`). Lower is better.
    package let objective: Double
    /// Whether idle workers may spin briefly before they park.
    package let spin: Bool
    /// What was asked for and could not be had, each naming its task.
    package let warnings: [String]
    /// Steps the search took; bounded, whatever the request.
    package let steps: Int
    package let request: PlacementRequest
    package let machine: Machine
    package let capacity: Capacity
}

/// What a binding holds.
package enum PinWidth: String, Sendable {
    case core
    case group
    case numa
    case none
}

/// One worker thread and the tasks that it runs.
package struct PlannedWorker: Sendable {
    package let index: Int
    package let core: Int
    /// Processors to bind to; empty leaves the thread unbound.
    package let binding: ProcessorSet
    package let pinWidth: PinWidth
    package let domain: Int
    package let node: Int
    package let package: Int
    package let kind: Int
    /// Busy time per second of all its tasks, corrected for the speed of the core.
    package let load: Double
    package let tasks: [Int]
    package let reason: String
}

/// The thread of one blocking task.
package struct PlannedThread: Sendable {
    package let task: Int
    /// Processors to bind to; empty leaves the thread unbound.
    package let binding: ProcessorSet
    package let pinWidth: PinWidth
    /// The domain that it was given; nil when it may run anywhere.
    package let domain: Int?
    package let reason: String
}
