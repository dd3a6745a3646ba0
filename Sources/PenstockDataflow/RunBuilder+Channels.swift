import PenstockRuntime

// The channels of a run, and the cycles they are in.

extension RunBuilder {
    mutating func makeLoops() throws(Failure) {
        for merge in Set(plan.segments.compactMap(\.loop)).sorted() {
            // its place first: what comes after can fail no more
            let place = try run.arena.array(Loop.self, 1, for: "a cycle")
            let members = plan.segments.reduce(0) { $0 + ($1.loop == merge ? $1.replicas : 0) }
            guard
                let loop = Loop(
                    environment: environment, credit: run.description.loopCredit(merge: merge),
                    members: members)
            else { throw outOfMemory("the cycle of '\(stages[merge].name)'") }
            place.initialize(to: loop)
            run.loops.append(place)
            loopOfMerge[merge] = place
        }
    }

    /// Replicas that give their results back in order.
    func keepsOrder(_ segment: Int) -> Bool {
        let it = plan.segments[segment]
        return it.replicas > 1 && it.ordered && it.key == nil && !it.outLinks.isEmpty
    }

    static let framesPerRing = 256

    func ring(_ capacity: Int, _ size: Int, _ alignment: Int, _ purpose: String)
        throws(Failure) -> Ring
    {
        guard
            let ring = Ring(
                environment: environment, capacity: capacity, stride: size, alignment: alignment)
        else { throw outOfMemory(purpose) }
        return ring
    }

    mutating func makeLinks() throws(Failure) {
        let deep = DeepChannels.choose(run)
        let share = deep.count { $0 }
        for link in plan.links {
            let producers = plan.segments[link.from].replicas
            let consumers = plan.segments[link.to].replicas
            let count = max(producers, consumers)
            let purpose =
                "the channel from '\(plan.segments[link.from].name)' to "
                + "'\(plan.segments[link.to].name)': \(link.capacity) x \(link.type.size) bytes"
            run.links.append(Run.LinkRings())
            let at = run.links.count - 1
            let window = capacity(of: link)
            let whole =
                deep[at]
                ? DeepChannels.capacity(link.type, atLeast: window, of: share, run.engine.machine)
                : window
            for _ in 0..<count {
                let ring = try ring(whole, link.type.size, link.type.alignment, purpose)
                ring.limit = window
                run.links[at].rings.append(ring)
            }
            let ordered =
                (consumers > 1 && keepsOrder(link.to)) || (producers > 1 && keepsOrder(link.from))
            if ordered {
                for _ in 0..<count {
                    run.links[at].frames.append(
                        try ring(RunBuilder.framesPerRing, MemoryLayout<Frame>.stride, 4, purpose))
                }
            }
            if ordered && producers > 1 {
                // The log has room for every chunk the channels before can hold.
                run.links[at].log = try ring(
                    RunBuilder.framesPerRing * count, MemoryLayout<UInt32>.stride, 4, purpose)
            }
        }
    }

    /// A channel holds at least what one block of its producer can make.
    func capacity(of link: Plan.LinkPlan) -> Int {
        let producer = plan.segments[link.from]
        let whole = max(producer.batch, finishElements(producer), 1) * expansion(producer)
        let batch = plan.segments[link.to].batch
        // The consumer may leave all but one element of a batch where they are until more come.
        let needed = max(link.capacity, whole + max(batch, 1) - 1)
        return batch > 0 ? (needed + batch - 1) / batch * batch : needed
    }

    /// How many input elements give as much as one call of a step's finish may emit, which is at
    /// least 64 elements; 0 if no step has one.
    func finishElements(_ segment: Plan.SegmentPlan) -> Int {
        var most = 0
        var growth = 1
        for stage in steps(segment) {
            growth *= Plan.expansion(of: stages[stage])
            if stages[stage].finish == nil { continue }
            most = max(most, (max(64, stages[stage].maxOutputs) + growth - 1) / growth)
        }
        return most
    }

    mutating func makeHostEdges() throws(Failure) {
        for (i, stage) in stages.enumerated() {
            let isFeed: Bool
            switch stage.kind {
            case .feed: isFeed = true
            case .drain: isFeed = false
            default: continue
            }
            let type = isFeed ? stage.outputs[0] : stage.input!
            let edge = EdgeSpec(from: i, port: 0, to: i, input: 0, credit: nil)
            let capacity =
                stage.options.capacity > 0
                ? stage.options.capacity
                : isFeed
                    ? run.description.effectiveCapacity(edge)
                    : min(max(65536 / type.size, 16), 8192)
            let segment = plan.segments[plan.segmentOfStage[i]]
            let least = max(
                segment.batch,
                expansion(segment) * max(segment.batch, finishElements(segment), 1))
            let ring = try ring(
                max(capacity, least), type.size, type.alignment, "the host's end of '\(stage.name)'"
            )
            guard let waker = Waker(environment: environment) else {
                ring.free()
                throw outOfMemory("the host's end of '\(stage.name)'")
            }
            if let notice = stage.notice { waker.setNotify(notice.function, notice.context) }
            run.hostEdges[i] = HostEdge(stage: i, isFeed: isFeed, ring: ring, waker: waker)
        }
    }
}
