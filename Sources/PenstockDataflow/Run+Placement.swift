import PenstockRuntime
import PenstockTopology

extension Run {
    /// Ties tasks, channels and wakers to the planned workers, which start if they have not yet.
    func takeWorkers() throws(Failure) {
        guard let placement else { return }
        let crowd = engine.isOversubscribed
        let workers =
            crowd
            ? try engine.unboundWorkers(min(engine.workerLimit, max(instances.count, 1)))
            : try engine.workers(for: placement)
        var byWorker: [ObjectIdentifier: (worker: Worker, tasks: [UnsafeMutablePointer<Task>])] =
            [:]
        var order: [ObjectIdentifier] = []
        for i in instances.indices {
            let worker: Worker
            switch plan.segments[instances[i].segment].thread {
            case .worker:
                guard let planned = crowd ? i % workers.count : placement.taskWorker[i] else {
                    throw Failure(
                        .internal, "\(description.name): no worker was planned for a task")
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
