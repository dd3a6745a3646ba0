import PenstockRuntime
import PenstockTopology

extension Run {
    /// Plans where each task runs, and ties tasks, channels and wakers to the workers.
    func place() throws(Failure) {
        let placement = Placement.plan(
            placementRequest(), machine: engine.machine, capacity: engine.capacity)
        self.placement = placement
        let crowd = engine.isOversubscribed
        let workers =
            crowd
            ? try engine.unboundWorkers(min(engine.workerLimit, max(instances.count, 1)))
            : try engine.workers(for: placement)
        var byWorker: [ObjectIdentifier: (worker: Worker, tasks: [UnsafeMutablePointer<Task>])] = [:]
        var order: [ObjectIdentifier] = []
        for i in instances.indices {
            let worker: Worker
            switch plan.segments[instances[i].segment].thread {
            case .worker:
                guard let planned = crowd ? i % workers.count : placement.taskWorker[i] else {
                    throw Failure(.internal, "\(description.name): no worker was planned for a task")
                }
                worker = workers[planned]
            case .blocking: worker = try ownWorker(for: i, placement)
            case .host: worker = try theHostWorker()
            }
            instances[i].worker = worker
            let id = ObjectIdentifier(worker)
            if byWorker[id] == nil { order.append(id) }
            byWorker[id, default: (worker, [])].tasks.append(instances[i].task)
        }
        tasksByWorker = order.map { byWorker[$0]! }
        tieWakers()
        bindMemory()
        engine.addLoad(1, placement)
    }

    private func ownWorker(for i: Int, _ placement: Placement) throws(Failure) -> Worker {
        let planned = placement.blockingThreads.first { $0.task == i }
        let binding = engine.machine.isLive ? planned?.binding ?? ProcessorSet() : ProcessorSet()
        let worker = try Worker(
            name: "pst-b\(ownWorkers.count)", index: -1, core: nil, binding: binding,
            spinNanoseconds: 0, environment: engine.environment)
        try engine.launch(worker)
        ownWorkers.append(worker)
        return worker
    }

    private func theHostWorker() throws(Failure) -> Worker {
        if let hostWorker { return hostWorker }
        let worker = try Worker(
            name: "host", index: -1, core: nil, binding: ProcessorSet(),
            spinNanoseconds: engine.options.spinNanoseconds, environment: engine.environment)
        if engine.isSimulated { try engine.launch(worker) }
        hostWorker = worker
        return worker
    }

    // MARK: - The request

    private func placementRequest() -> PlacementRequest {
        var firstInstance: [Int] = []
        var next = 0
        for segment in plan.segments {
            firstInstance.append(next)
            next += segment.replicas
        }
        var tasks: [TaskRequest] = []
        let weights = plan.segments.map(weight(of:))
        // The graph runs as fast as it can: its heaviest task keeps one core busy.
        let heaviest = weights.max() ?? 1
        let perSecond = 1e9 / heaviest
        for (index, segment) in plan.segments.enumerated() {
            let specs = segment.stages.map { description.stages[$0] }
            let near = specs.lazy.compactMap(\.options.near).first
            for replica in 0..<segment.replicas {
                let kind: TaskRequest.Kind =
                    switch segment.thread {
                    case .worker: .worker
                    case .blocking: .blocking
                    case .host: .host
                    }
                tasks.append(
                    TaskRequest(
                        name: segment.replicas > 1 ? "\(segment.name)#\(replica)" : segment.name,
                        load: weights[index] / heaviest, kind: kind,
                        on: specs.lazy.compactMap(\.options.on).first,
                        near: near.map { firstInstance[plan.segmentOfStage[$0]] },
                        exclusive: specs.contains { $0.options.exclusive },
                        replicaGroup: segment.replicas > 1 ? tasks.count - replica : nil))
            }
        }
        var edges: [EdgeRequest] = []
        for link in plan.links {
            let producers = plan.segments[link.from].replicas
            let consumers = plan.segments[link.to].replicas
            let traffic = Double(link.type.size) * perSecond / Double(producers * consumers)
            for a in 0..<producers {
                for b in 0..<consumers {
                    edges.append(
                        EdgeRequest(
                            from: firstInstance[link.from] + a, to: firstInstance[link.to] + b,
                            traffic: traffic))
                }
            }
        }
        return PlacementRequest(
            tasks: tasks, edges: edges, policy: engine.options.policy,
            workerLimit: engine.workerLimit, existingLoad: engine.existingLoad)
    }

    /// Time per element of the stream, in ns, in one of the segment's replicas. Where nothing is known a
    /// stage counts 100 ns, and one that was given replicas is taken to be heavy.
    private func weight(of segment: Plan.SegmentPlan) -> Double {
        if segment.cost > 0 { return segment.cost / Double(segment.replicas) }
        if segment.stages.allSatisfy({ description.stages[$0].kind.isStepless }) { return 5 }
        return segment.replicas > 1 ? 1000 : 100
    }

    // MARK: - Wakers and memory

    private func instance(_ segment: Int, _ replica: Int) -> Instance {
        instances.first { $0.segment == segment && $0.replica == replica }!
    }

    private func waker(_ segment: Int, _ replica: Int) -> Waker {
        instance(segment, replica).worker!.state.pointee.waker
    }

    private func tieWakers() {
        for (i, link) in plan.links.enumerated() {
            let producers = plan.segments[link.from].replicas
            let consumers = plan.segments[link.to].replicas
            let rings = links[i]
            for n in rings.rings.indices {
                let from = waker(link.from, producers > 1 ? n : 0)
                let to = waker(link.to, consumers > 1 ? n : 0)
                rings.rings[n].producerWaker = from
                rings.rings[n].consumerWaker = to
                if !rings.frames.isEmpty {
                    rings.frames[n].producerWaker = from
                    rings.frames[n].consumerWaker = to
                }
            }
            if let log = rings.log {
                // Written by whoever feeds the replicas.
                let feeder = plan.links[plan.segments[link.from].links[0]].from
                log.producerWaker = waker(feeder, 0)
                log.consumerWaker = waker(link.to, 0)
            }
        }
        for edge in hostEdges.values {
            let inner = waker(plan.segmentOfStage[edge.stage], 0)
            edge.ring.producerWaker = edge.isFeed ? edge.waker : inner
            edge.ring.consumerWaker = edge.isFeed ? inner : edge.waker
        }
        for loop in loops {
            var seen = Set<ObjectIdentifier>()
            for instance in instances where instance.state.pointee.loop == loop {
                let worker = instance.worker!
                guard seen.insert(ObjectIdentifier(worker)).inserted else { continue }
                (loop.pointee.wakers + loop.pointee.wakerCount).initialize(
                    to: worker.state.pointee.waker)
                loop.pointee.wakerCount += 1
            }
        }
    }

    /// Elements stand on the consumer's NUMA node.
    private func bindMemory() {
        guard engine.machine.isLive, engine.machine.nodes.count > 1 else { return }
        for (i, link) in plan.links.enumerated() {
            let consumers = plan.segments[link.to].replicas
            for (n, ring) in links[i].rings.enumerated() {
                let worker = instance(link.to, consumers > 1 ? n : 0).worker!
                guard let core = worker.core else { continue }
                _ = engine.machine.bindMemory(
                    ring.base, bytes: ring.capacity * ring.stride,
                    node: engine.machine.cores[core].node)
            }
        }
    }
}
