import PenstockRuntime
package import PenstockTelemetry
package import PenstockTopology

// A run as Telemetry's plain values, which draw and print themselves.

extension Run {
    // MARK: - Threads

    /// One entry per thread that runs something of this graph, in a fixed order: workers, threads
    /// of blocking stages, the host.
    private var threads: [(name: String, place: String, reason: String)] {
        guard let placement else { return [] }
        var result: [(String, String, String)] = []
        if engine.isOversubscribed {
            for (i, _) in workersOfRun.enumerated() {
                result.append(("worker \(i)", "not bound", "more workers than cores"))
            }
        } else {
            for worker in placement.workers {
                let core = engine.machine.cores[worker.core]
                let processors = worker.binding.isEmpty ? "not bound" : "P#\(worker.binding)"
                result.append(
                    (
                        "worker \(worker.index)",
                        "core \(core.index) (\(processors)), domain \(worker.domain), "
                            + "node \(worker.node)", worker.reason
                    ))
            }
        }
        for thread in placement.blockingThreads {
            let place = thread.binding.isEmpty ? "not bound" : "P#\(thread.binding)"
            result.append(
                ("blocking: \(placement.request.tasks[thread.task].name)", place, thread.reason))
        }
        if hostWorker != nil { result.append(("host", "not bound", "the host's own thread")) }
        return result
    }

    /// The engine's workers in the order of their first task.
    private var workersOfRun: [ObjectIdentifier] {
        tasksByWorker.filter { entry in
            !ownWorkers.contains { $0 === entry.worker } && entry.worker !== hostWorker
        }.map { ObjectIdentifier($0.worker) }
    }

    /// Index into `threads` of a task.
    private func thread(of instance: Int) -> Int? {
        guard let placement else { return nil }
        let workers = engine.isOversubscribed ? workersOfRun.count : placement.workers.count
        switch plan.segments[instances[instance].segment].thread {
        case .worker:
            if engine.isOversubscribed {
                guard let worker = instances[instance].worker else { return nil }
                return workersOfRun.firstIndex(of: ObjectIdentifier(worker))
            }
            return placement.taskWorker[instance]
        case .blocking:
            return placement.blockingThreads.firstIndex { $0.task == instance }.map { $0 + workers }
        case .host: return workers + placement.blockingThreads.count
        }
    }

    private func firstInstance(_ segment: Int) -> Int? {
        instances.firstIndex { $0.segment == segment }
    }

    /// What the threads found when they read their bindings back: the placement's workers, then its
    /// blocking threads. A thread that has not started yet has found nothing.
    package var appliedBindings: [AppliedBinding] {
        guard let placement, !engine.isSimulated, !engine.isOversubscribed else { return [] }
        let tasks = placement.workers.map(\.tasks.first) + placement.blockingThreads.map(\.task)
        return tasks.map { task in
            let worker = task.flatMap {
                instances.indices.contains($0) ? instances[$0].worker : nil
            }
            return worker?.appliedBinding
                ?? AppliedBinding(planned: ProcessorSet(), actual: ProcessorSet())
        }
    }

    // MARK: - Pictures

    package var picture: GraphPicture {
        var picture = GraphPicture(title: description.name)
        picture.threads = threads.map {
            GraphPicture.Thread(name: $0.name, place: $0.place, reason: $0.reason)
        }
        for (i, stage) in description.stages.enumerated() {
            let segment = plan.segmentOfStage[i]
            picture.stages.append(
                GraphPicture.Stage(
                    name: stage.name, kind: stage.word, segment: segment,
                    replicas: stage.options.replicas,
                    thread: firstInstance(segment).flatMap { thread(of: $0) }, detail: detail(i)))
        }
        picture.edges = description.pictureEdges { edge in
            let link = plan.links.firstIndex { $0.edge == edge }
            let from = description.edges[edge].from
            let to = description.edges[edge].to
            let fused = link == nil && plan.segmentOfStage[from] == plan.segmentOfStage[to]
            guard let link else { return (fused, nil) }
            let rings = links[link].rings
            let capacity = rings.reduce(0) { $0 + $1.capacity }
            return (
                fused,
                Double(rings.reduce(0) { $0 + $1.length }) / Double(max(capacity, 1))
            )
        }
        return picture
    }

    private func detail(_ stage: Int) -> [String] {
        let stats = stats(of: stage)
        var lines: [String] = []
        if stats.rate > 0 { lines.append(NumberText.rate(stats.rate)) }
        if elapsed > 0 && stats.busy > 0 {
            let replicas = Double(description.stages[stage].options.replicas)
            lines.append(
                "busy " + NumberText.percent(Double(stats.busy) / Double(elapsed) / replicas))
        }
        return lines
    }

    package var statsTable: StatsTable {
        let wall = elapsed
        return StatsTable(
            rows: description.stages.enumerated().map { i, stage in
                let s = stats(of: i)
                return StatsTable.Row(
                    stage: stage.name, kind: stage.word, replicas: stage.options.replicas,
                    elementsIn: s.elementsIn, elementsOut: s.elementsOut,
                    activations: s.activations, busyNs: s.busy, starvedNs: s.starved,
                    blockedNs: s.blocked, queueHighWater: UInt64(s.queueHighWater),
                    queueCapacity: UInt64(s.queueCapacity), errors: s.failed, skipped: s.skipped,
                    retried: s.retried, deadLettered: s.deadLettered, wallNs: wall)
            })
    }

    /// Of a run that has ended: the trace belongs to the workers before.
    package var timeline: Timeline? {
        guard hasEnded, engine.options.traceCapacity > 0 else { return nil }
        var timeline = Timeline(title: description.name, threads: threads.map(\.name))
        // Each task keeps its last activations; before the moment from which all of them are there
        // the picture would show some threads idle that were not.
        var complete: UInt64 = startedAt
        for trace in instances.map(\.state.pointee.trace) where trace.written > trace.capacity {
            complete = max(complete, trace.oldest.start)
        }
        for i in instances.indices {
            guard let thread = thread(of: i) else { continue }
            let trace = instances[i].state.pointee.trace
            guard let records = trace.records else { continue }
            for k in 0..<min(trace.written, trace.capacity) {
                let record = records[k]
                if record.end < complete { continue }
                timeline.spans.append(
                    Timeline.Span(
                        thread: thread, stage: instanceName(i),
                        startNs: max(record.start, complete) - startedAt,
                        endNs: record.end - startedAt, elements: record.elements))
            }
        }
        timeline.spans.sort { $0.startNs < $1.startNs }
        return timeline
    }
}

extension Description {
    /// Before a run: the stages and edges alone.
    package var picture: GraphPicture {
        var picture = GraphPicture(title: name)
        for (i, stage) in stages.enumerated() {
            picture.stages.append(
                GraphPicture.Stage(
                    name: stage.name, kind: stage.word, segment: i,
                    replicas: stage.options.replicas))
        }
        picture.edges = pictureEdges { _ in (false, nil) }
        return picture
    }

    fileprivate func pictureEdges(
        _ look: (Int) -> (isFused: Bool, fill: Double?)
    ) -> [GraphPicture.Edge] {
        edges.indices.map { i in
            let edge = edges[i]
            let from = stages[edge.from]
            let (isFused, fill) = look(i)
            var kind = GraphPicture.Edge.Kind.channel
            if edge.credit != nil {
                kind = .feedback
            } else if edge.port == from.deadLetterPort {
                kind = .deadLetter
            } else if isFused {
                kind = .fused
            } else if consumers(of: edge.from, port: edge.port).count > 1 {
                switch from.distributions[edge.port] {
                case .broadcast: kind = .broadcast
                case .roundRobin: kind = .roundRobin
                case .key: kind = .key
                }
            }
            let type = from.type(ofPort: edge.port)
            let label = isFused ? type.name : "\(type.name) × \(effectiveCapacity(edge))"
            return GraphPicture.Edge(
                from: edge.from, to: edge.to, fromPort: edge.port, label: label, kind: kind,
                fill: fill)
        }
    }
}
