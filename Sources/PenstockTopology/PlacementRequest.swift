/// What a graph asks of the planner. Times and traffic are per second: a load of 0.5 keeps a core
/// half busy, traffic is bytes a second.
package struct PlacementRequest: Sendable {
    package enum Policy: String, Sendable, CaseIterable {
        /// Whatever the objective finds best.
        case auto
        /// As few domains as possible.
        case close
        /// Over as many domains as possible.
        case spread
        /// Leave it to the system: tasks still share out over workers, but nothing is bound.
        case none
    }

    package enum Pin: String, Sendable, CaseIterable {
        /// The rule of `Placement.plan`.
        case auto
        case core
        /// The domain: the cores that share the last cache.
        case group
        case numa
        case none
    }

    package enum SMT: String, Sendable {
        /// A binding holds the first allowed processor of each of its cores.
        case avoid
        /// A binding holds every allowed processor of its cores. Never more than one worker a core.
        case allow
    }

    package var tasks: [TaskRequest]
    package var edges: [EdgeRequest]
    package var policy: Policy
    package var pin: Pin
    package var smt: SMT
    /// The user's own limit on workers, below that of the capacity.
    package var workerLimit: Int?
    /// What other graphs of the engine put on each core of the machine; may be empty.
    package var existingLoad: [Double]

    package init(
        tasks: [TaskRequest], edges: [EdgeRequest] = [], policy: Policy = .auto, pin: Pin = .auto,
        smt: SMT = .avoid, workerLimit: Int? = nil, existingLoad: [Double] = []
    ) {
        self.tasks = tasks
        self.edges = edges
        self.policy = policy
        self.pin = pin
        self.smt = smt
        self.workerLimit = workerLimit
        self.existingLoad = existingLoad
    }
}

package struct TaskRequest: Sendable {
    package enum Kind: String, Sendable {
        case worker
        /// Sleeps in system calls or foreign code: gets a thread of its own.
        case blocking
        /// Runs on the host's own thread, which is never bound.
        case host
    }

    package var name: String
    /// Busy time per second. 0 is unknown: equal to the other unknown ones, and light.
    package var load: Double
    package var kind: Kind
    /// An object of the machine, such as "L3:0".
    package var on: String?
    /// A task whose domain this one wants to share.
    package var near: Int?
    /// No other task on its core.
    package var exclusive: Bool
    /// Tasks with the same value are replicas: two on one worker gain nothing.
    package var replicaGroup: Int?

    package init(
        name: String, load: Double = 0, kind: Kind = .worker, on: String? = nil, near: Int? = nil,
        exclusive: Bool = false, replicaGroup: Int? = nil
    ) {
        self.name = name
        self.load = load
        self.kind = kind
        self.on = on
        self.near = near
        self.exclusive = exclusive
        self.replicaGroup = replicaGroup
    }
}

package struct EdgeRequest: Sendable {
    package var from: Int
    package var to: Int
    /// Bytes a second. 0 is unknown: light.
    package var traffic: Double

    package init(from: Int, to: Int, traffic: Double = 0) {
        self.from = from
        self.to = to
        self.traffic = traffic
    }
}
