import CPenstockPlatform
import PenstockDataflow
import PenstockRuntime
import PenstockTopology
import Synchronization

/// A topology, and workers pinned to its cores. Graphs and actors run on it, several at a time if
/// need be.
///
/// Threads start when a graph needs them and sleep when idle. A running graph keeps its engine.
/// When the last reference goes, the threads end. Any thread may use an engine.
public final class Engine: Sendable {
    let core: PenstockRuntime.Engine
    let actorHost = AtomicLazyReference<ActorHost>()

    /// Reads the topology. Throws `.invalid` and `.topology`.
    public init(_ options: EngineOptions = EngineOptions()) throws(PenstockError) {
        let resolved = try options.resolved()
        core = try translating { () throws(Failure) in try PenstockRuntime.Engine(resolved) }
    }

    deinit {
        // A worker cannot wait for its own end.
        // What the actors still call lives as long.
        let (core, host) = (core, actorHost.load())
        if pstp_tls_get() == nil {
            withExtendedLifetime(host) { core.stop() }
        } else {
            OwnThread.detach { withExtendedLifetime(host) { core.stop() } }
        }
    }

    /// Cancels the graphs that run on it, ends its actors, waits for them and ends the threads.
    /// Nothing starts on it afterwards. Not from a stage's closure or a behaviour.
    public func stop() throws(PenstockError) {
        if CallbackMark.isInside(core) {
            throw PenstockError(.deadlock, "an engine is stopped from inside a stage's closure")
        }
        core.stop()
    }

    /// What an engine has to work with.
    public struct Info: Sendable, Hashable {
        /// Of the topology.
        public let processors: Int
        /// Processors this process may use.
        public let allowed: Int
        /// Cores those belong to.
        public let cores: Int
        /// CPUs of the control group's quota; nil without a limit.
        public let quota: Double?
        /// Most workers the engine uses.
        public let workers: Int
        /// Threads it has started.
        public let threads: Int
        /// The topology is this machine's, so binding means something.
        public let isLive: Bool
        public let isSimulated: Bool
    }

    public var info: Info {
        Info(
            processors: core.machine.processors.count, allowed: core.capacity.allowed.count,
            cores: core.capacity.cores.count, quota: core.capacity.quota,
            workers: core.workerLimit, threads: core.threadCount, isLive: core.machine.isLive,
            isSimulated: core.isSimulated)
    }
}
