import PenstockRuntime
import PenstockTopology

extension Plan {
    /// What the planner is asked: a task per segment replica, in the order of the instances.
    func placementRequest(_ description: Description, _ engine: Engine) -> PlacementRequest {
        var firstInstance: [Int] = []
        var next = 0
        for segment in segments {
            firstInstance.append(next)
            next += segment.replicas
        }
        var tasks: [TaskRequest] = []
        let weights = segments.map { weight(of: $0, description) }
        // The graph runs as fast as it can: its heaviest task keeps one core busy.
        let heaviest = weights.max() ?? 1
        let perSecond = 1e9 / heaviest
        for (index, segment) in segments.enumerated() {
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
                        near: near.map { firstInstance[segmentOfStage[$0]] },
                        exclusive: specs.contains { $0.options.exclusive },
                        replicaGroup: segment.replicas > 1 ? tasks.count - replica : nil))
            }
        }
        var edges: [EdgeRequest] = []
        for link in links {
            let producers = segments[link.from].replicas
            let consumers = segments[link.to].replicas
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

    /// Time per element of the stream, in ns, in one of the segment's replicas. Where nothing is
    /// known a stage counts 100 ns, and one that was given replicas is taken to be heavy.
    private func weight(of segment: SegmentPlan, _ description: Description) -> Double {
        if segment.cost > 0 { return segment.cost / Double(segment.replicas) }
        if segment.stages.allSatisfy({ description.stages[$0].kind.isStepless }) { return 5 }
        return segment.replicas > 1 ? 1000 : 100
    }
}
