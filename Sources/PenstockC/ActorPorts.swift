public import CPenstock
import PenstockActors
import PenstockDataflow
import PenstockRuntime

/// An actor's end of a feed or drain: what tells the actor that the edge is worth a try.
final class ActorPort: Sendable {
    let stage: Int
    let isFeed: Bool
    private let system: ActorSystem
    private let actor: ActorRef
    private let type: UInt16

    init(stage: Int, isFeed: Bool, system: ActorSystem, actor: ActorRef, type: UInt16) {
        self.stage = stage
        self.isFeed = isFeed
        self.system = system
        self.actor = actor
        self.type = type
    }

    var notice: HostNotice {
        HostNotice(
            function: { Unmanaged<ActorPort>.fromOpaque($0).takeUnretainedValue().tell() },
            context: Unmanaged.passUnretained(self).toOpaque())
    }

    func tell() { _ = system.send(to: actor, type: type) }

    /// The next time that it is worth a try the actor is told; now, if it is.
    func arm(_ graph: Graph) {
        if (try? graph.awaitHostEdge(stage: stage, isFeed: isFeed)) == true { tell() }
    }
}

/// The ports of a graph, which stay until it is gone.
final class ActorPorts: @unchecked Sendable {
    private let lock = Lock()
    private var ports: [ActorPort] = []  // guard: lock

    func add(_ port: ActorPort) { lock.withLock { ports.append(port) } }

    var isEmpty: Bool { lock.withLock { ports.isEmpty } }

    func armAll(_ graph: Graph) {
        for port in lock.withLock({ ports }) { port.arm(graph) }
    }

    func arm(_ stage: Int, _ graph: Graph) {
        lock.withLock { ports.last { $0.stage == stage } }?.arm(graph)
    }
}

@c @implementation
public func pst_actor_port(
    _ graphHandle: OpaquePointer!, _ edge: pst_stage, _ engineHandle: OpaquePointer!,
    _ actor: pst_actor, _ type: UInt32
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(graphHandle)
        let stage = try stageIndex(it, edge)
        let spec = it.graph.description.stages[stage]
        guard spec.kind.isFeed || spec.kind.isDrain else {
            throw Failure(
                .invalid, "\(it.graph.name): stage '\(spec.name)' is neither a feed nor a drain")
        }
        let port = ActorPort(
            stage: stage, isFeed: spec.kind.isFeed, system: try actors(engineHandle),
            actor: ActorRef(bits: actor.id), type: try messageType(type, "pst_actor_port"))
        it.ports.add(port)
        it.graph.description.setNotice(stage, port.notice)
    }
}
