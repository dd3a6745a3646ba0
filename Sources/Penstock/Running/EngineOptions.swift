import Glibc
import PenstockRuntime
import PenstockTopology

/// What an engine is asked for.
public struct EngineOptions: Sendable {
    /// The machine to plan for.
    public enum Topology: Sendable, Hashable {
        /// This one.
        case live
        /// An hwloc XML file. Graphs run, but nothing is bound.
        case xml(path: String)
        /// An hwloc synthetic topology such as "package:2 l3:4 core:8 pu:2". Graphs run, but
        /// nothing is bound.
        case synthetic(String)
    }

    /// What decides about time and order.
    public enum Executor: Sendable, Hashable {
        /// Real threads and the real clock.
        case threads
        /// Every graph runs on the thread that waits for it, in an order, with delays and wake-ups
        /// chosen by the seed, in virtual time. The same seed replays the same run, as long as only
        /// the graph's own stages act on it. Allocations fail with the given probability.
        case simulated(seed: UInt64, allocationFailure: Double = 0)
    }

    /// How workers are spread over the machine.
    public enum Policy: Sendable, Hashable {
        /// Neighbours share a cache, load is balanced.
        case auto
        /// Fill one cache domain before the next.
        case close
        /// As many cache domains as possible.
        case spread
        /// Threads are not bound.
        case none
    }

    /// nil: what the environment variable `PST_TOPOLOGY` says ("live", "xml:PATH",
    /// "synthetic:DESCRIPTION"), else the live machine.
    public var topology: Topology?
    /// nil: what `PST_EXECUTOR` says ("threads", "simulated:SEED[,alloc=P]"), else threads.
    public var executor: Executor?
    /// At most so many workers. 0: the capacity, that is the cores this process may use, cut by its
    /// affinity and its control group's quota. With more than that none is bound and none spins.
    public var workers: Int
    /// Cores of the capacity to leave to the host.
    public var reserve: Int
    public var policy: Policy
    /// How long an idle worker looks for work before it sleeps. nil: what `PST_SPIN_NS` says, else
    /// 50 microseconds.
    public var spin: Duration?
    /// Activations remembered for the timeline, in total. 0: none are.
    public var trace: Int
    /// Bytes that actors and messages may take, without the values that they refer to. nil: no
    /// limit.
    public var actorMemory: Int?
    /// How long an actor's behaviour may run before `Engine.observeActors(_:)` tells. nil: it never
    /// does.
    public var watchdog: Duration?

    public init(
        topology: Topology? = nil, executor: Executor? = nil, workers: Int = 0, reserve: Int = 0,
        policy: Policy = .auto, spin: Duration? = nil, trace: Int = 0, actorMemory: Int? = nil,
        watchdog: Duration? = nil
    ) {
        self.topology = topology
        self.executor = executor
        self.workers = workers
        self.reserve = reserve
        self.policy = policy
        self.spin = spin
        self.trace = trace
        self.actorMemory = actorMemory
        self.watchdog = watchdog
    }

    /// The engine's form, with what the environment says where nothing else does.
    func resolved() throws(PenstockError) -> PenstockRuntime.EngineOptions {
        var result = PenstockRuntime.EngineOptions()
        guard (0...4096).contains(workers) else {
            throw PenstockError(.invalid, "workers \(workers) is not in 0...4096")
        }
        guard reserve >= 0 else { throw PenstockError(.invalid, "reserve \(reserve) is negative") }
        guard trace >= 0 else { throw PenstockError(.invalid, "trace \(trace) is negative") }
        result.workers = workers
        result.reserve = min(reserve, 1 << 20)
        result.traceCapacity = min(trace, 1 << 24)
        if let actorMemory {
            guard actorMemory > 0 else {
                throw PenstockError(.invalid, "actorMemory \(actorMemory) is not positive")
            }
            result.actorBytes = actorMemory
        }
        result.watchdogNanoseconds = watchdog?.wholeNanoseconds ?? 0
        result.topology = try machineSource()
        result.executor = try coreExecutor()
        result.policy =
            switch policy {
            case .auto: .auto
            case .close: .close
            case .spread: .spread
            case .none: .none
            }
        if let spin {
            result.spinNanoseconds = spin.wholeNanoseconds
        } else if let text = setting("PST_SPIN_NS") {
            guard let value = UInt64(text) else {
                throw PenstockError(
                    .invalid, "PST_SPIN_NS '\(text)' is not a number of nanoseconds")
            }
            result.spinNanoseconds = value
        }
        return result
    }

    private func machineSource() throws(PenstockError) -> Machine.Source {
        switch topology {
        case .live: return .live
        case .xml(let path): return .xml(path: path)
        case .synthetic(let text): return .synthetic(text)
        case nil: break
        }
        guard let text = setting("PST_TOPOLOGY"), text != "live" else { return .live }
        if text.hasPrefix("xml:") { return .xml(path: String(text.dropFirst(4))) }
        if text.hasPrefix("synthetic:") { return .synthetic(String(text.dropFirst(10))) }
        throw PenstockError(
            .invalid,
            "PST_TOPOLOGY '\(text)' is none of \"live\", \"xml:PATH\", \"synthetic:DESCRIPTION\"")
    }

    private func coreExecutor() throws(PenstockError) -> PenstockRuntime.Executor {
        switch executor {
        case .threads: return .threads
        case .simulated(let seed, let failure):
            guard failure >= 0, failure <= 1 else {
                throw PenstockError(.invalid, "allocationFailure \(failure) is not in 0...1")
            }
            return .simulated(seed: seed, allocationFailure: failure)
        case nil: break
        }
        guard let text = setting("PST_EXECUTOR") else { return .threads }
        guard let parsed = PenstockRuntime.Executor(text) else {
            throw PenstockError(
                .invalid,
                "PST_EXECUTOR '\(text)' is neither \"threads\" nor \"simulated:SEED[,alloc=P]\"")
        }
        return parsed
    }
}

private func setting(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
