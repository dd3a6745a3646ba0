import PenstockActors
import PenstockRuntime

/// How an actor is made.
public struct ActorOptions: Sendable {
    /// What becomes of an actor whose behaviour throws.
    public enum OnFailure: Sendable, Hashable {
        case stop
        /// It goes on with the next message.
        case resume
        /// Its children are stopped, and its behaviour is made anew, within its supervisor's limit.
        /// The mailbox, the stash, the name, watchers and timers stay.
        case restart
        /// Its parent fails; without a parent: it stops.
        case escalate
    }

    /// Which children restart when one of them has failed and restarts.
    public enum Strategy: Sendable, Hashable {
        case oneForOne
        case oneForAll
        /// It and those that were spawned after it.
        case restForOne
    }

    /// What a send to a full mailbox does. Answers, `down` and timers always go in.
    public enum Overflow: Sendable, Hashable {
        /// It fails with `.mailboxFull`.
        case refuse
        /// The message is dropped and counted.
        case dropNewest
        /// The actor passes over the oldest when it runs; until then up to twice the capacity can
        /// wait, and what comes then is dropped instead.
        case dropOldest
        /// A thread of the program's waits for room; a behaviour gets `.mailboxFull`.
        case wait
    }

    /// Unique among the engine's live actors, for `find`, errors and events.
    public var name: String?
    public var onFailure: OnFailure
    /// For its children.
    public var strategy: Strategy
    /// Of its children together, or of itself if it has no parent: at most so many restarts within
    /// the period, at most 1000; nil: no limit. With one more the child stops and the supervisor
    /// fails.
    public var maxRestarts: Int?
    public var restartPeriod: Duration
    /// Messages that may wait, at most 2^30; nil: no bound but `EngineOptions.actorMemory`.
    public var capacity: Int?
    public var overflow: Overflow
    /// Workers that may run it: "L3:0", "core:5", "numa:1". nil: all.
    public var on: String?
    /// Runs it instead of the workers.
    public var dispatcher: Dispatcher?
    /// Measure it; see `Engine.statistics(of:)`. Costs about 50 ns a message.
    public var statistics: Bool

    public init(
        name: String? = nil, onFailure: OnFailure = .stop, strategy: Strategy = .oneForOne,
        maxRestarts: Int? = 3, restartPeriod: Duration = .seconds(5), capacity: Int? = nil,
        overflow: Overflow = .refuse, on: String? = nil, dispatcher: Dispatcher? = nil,
        statistics: Bool = false
    ) {
        self.name = name
        self.onFailure = onFailure
        self.strategy = strategy
        self.maxRestarts = maxRestarts
        self.restartPeriod = restartPeriod
        self.capacity = capacity
        self.overflow = overflow
        self.on = on
        self.dispatcher = dispatcher
        self.statistics = statistics
    }

    /// The engine's form.
    func resolved(
        _ tag: UInt, _ kind: ActorBox.Kind, isChild: Bool
    ) throws(PenstockError) -> PenstockActors.ActorOptions {
        var result = PenstockActors.ActorOptions(destroy: destroyTrampoline)
        if name == "" { throw PenstockError(.invalid, "the actor's name is empty") }
        result.name = name
        result.tag = tag
        // A closure has nothing to do when it starts, unless it starts anew.
        if kind != .closure || isChild || onFailure == .restart { result.start = startTrampoline }
        if kind == .batches { result.batch = batchTrampoline }
        result.onFailure =
            switch onFailure {
            case .stop: .stops
            case .resume: .resumes
            case .restart: .restarts
            case .escalate: .escalates
            }
        result.strategy =
            switch strategy {
            case .oneForOne: .oneForOne
            case .oneForAll: .oneForAll
            case .restForOne: .restForOne
            }
        result.overflow =
            switch overflow {
            case .refuse: .refuse
            case .dropNewest: .dropNewest
            case .dropOldest: .dropOldest
            case .wait: .wait
            }
        if let maxRestarts {
            let limit = Int(PenstockActors.ActorOptions.restartLimit)
            guard (0...limit).contains(maxRestarts) else {
                throw PenstockError(
                    .invalid, "maxRestarts \(maxRestarts) is not in 0...\(limit); nil: no limit")
            }
            result.maxRestarts = UInt32(maxRestarts)
        } else {
            result.maxRestarts = .max
        }
        result.restartPeriod = restartPeriod.wholeNanoseconds
        if let capacity {
            guard (1...1 << 30).contains(capacity) else {
                throw PenstockError(.invalid, "capacity \(capacity) is not in 1...2^30")
            }
            result.capacity = capacity
        }
        if on != nil && dispatcher != nil {
            throw PenstockError(.invalid, "an actor has `on` or `dispatcher`, not both")
        }
        result.on = on
        result.dispatcher = dispatcher?.core
        result.isMeasured = statistics
        return result
    }
}
