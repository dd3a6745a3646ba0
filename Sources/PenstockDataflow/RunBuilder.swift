import PenstockRuntime
import PenstockTopology
import Synchronization

/// Makes the memory of a run from a plan: channels first, then each segment replica.
struct RunBuilder {
    let run: Run
    let stages: [StageSpec]
    let plan: Plan
    let environment: Environment
    let traceRecords: Int
    var loopOfMerge: [Int: UnsafeMutablePointer<Loop>] = [:]

    /// Nothing runs yet. Throws when memory is out; what was made is freed with the run.
    static func build(
        _ description: Description, _ plan: Plan, _ placement: Placement, _ engine: Engine
    ) throws(Failure) -> Run {
        guard let control = RunControl(environment: engine.environment) else {
            throw Failure(.noMemory, "\(description.name): no memory for a run")
        }
        let run = Run(
            description: description, plan: plan, placement: placement, engine: engine,
            control: control)
        var builder = RunBuilder(run)
        try builder.makeLoops()
        try builder.makeLinks()
        try builder.makeHostEdges()
        try builder.makeInstances()
        return run
    }

    private init(_ run: Run) {
        self.run = run
        stages = run.description.stages
        plan = run.plan
        environment = run.engine.environment
        let tasks = plan.segments.reduce(0) { $0 + $1.replicas }
        traceRecords = run.engine.options.traceCapacity / max(tasks, 1)
    }

    func outOfMemory(_ purpose: String) -> Failure {
        Failure(.noMemory, "\(run.description.name): no memory for \(purpose)")
    }

    // MARK: - Segments

    func steps(_ segment: Plan.SegmentPlan) -> [Int] {
        segment.stages.filter { !stages[$0].kind.isStepless }
    }

    func expansion(_ segment: Plan.SegmentPlan) -> Int {
        steps(segment).reduce(1) { $0 * Plan.expansion(of: stages[$1]) }
    }

    /// Input elements per block: spans between steps fit in cache, and a channel takes several.
    func blockElements(_ segment: Plan.SegmentPlan) -> Int {
        if segment.batch > 0 { return segment.batch }
        var block = 1024
        if let first = segment.stages.first, case .source = stages[first].kind,
            stages[first].options.batch > 0
        {
            block = min(block, stages[first].options.batch)
        }
        var growth = 1
        for stage in steps(segment) {
            growth *= Plan.expansion(of: stages[stage])
            if let type = stages[stage].outputs.first {
                block = min(block, max(1, Description.spanElements(type) / growth))
            }
        }
        for link in segment.outLinks {
            block = min(block, max(1, capacity(of: plan.links[link]) / 4 / growth))
        }
        return block
    }

    mutating func makeInstances() throws(Failure) {
        for (index, segment) in plan.segments.enumerated() {
            for replica in 0..<segment.replicas {
                try makeInstance(index, segment, replica)
            }
        }
    }

    mutating func makeInstance(
        _ index: Int, _ segment: Plan.SegmentPlan, _ replica: Int
    ) throws(Failure) {
        let purpose = "'\(segment.name)'"
        let block = blockElements(segment)
        // What finish emits goes through the steps after it like a block.
        let largest = max(block, finishElements(segment))
        let growth = expansion(segment)
        let own = steps(segment)
        let passing = segment.relayType ?? passingType(segment)
        let state = try run.arena.array(Segment.self, 1, for: purpose)
        let task = try run.arena.array(Task.self, 1, for: purpose)
        task.initialize(to: Task(run: Segment.run, context: UnsafeMutableRawPointer(state)))
        let wake = try run.arena.array(Atomic<Bool>.self, 1, for: purpose)
        let records =
            traceRecords > 0
            ? try run.arena.array(TraceBuffer.Record.self, traceRecords, for: purpose) : nil
        let status = try SegmentStatus(arena: &run.arena, steps: own.count, for: purpose)

        let outlets = try makeOutlets(index, segment, replica, largest * growth)
        let ports = try run.arena.array(PortSpan.self, outlets.count, for: purpose)
        let outletArray = try run.arena.array(Outlet.self, outlets.count, for: purpose)
        let needsScratch =
            own.last.map { gathersInScratch(stages[$0]) || growth > 1 } ?? false
            || finishElements(segment) > 0
        for (i, outlet) in outlets.enumerated() {
            (outletArray + i).initialize(to: outlet)
            let type = outletType(segment, i)
            let count = largest * growth
            let scratch =
                !own.isEmpty && (needsScratch || !outlet.isDirect || segment.batch > 0)
                ? try run.arena.bytes(count, size: type.size, alignment: 128, for: purpose)
                : outlet.rings[0].base
            (ports + i).initialize(
                to: PortSpan(
                    base: scratch, capacity: 0, stride: type.size, destroy: type.destroy,
                    destroyUser: type.user, scratch: scratch, scratchCapacity: count))
        }

        let between = try makeSpansBetween(own, largest, purpose)
        let stepArray = try run.arena.array(Step.self, own.count, for: purpose)
        var most = largest
        for (i, stage) in own.enumerated() {
            let isLast = i == own.count - 1
            try makeStep(
                stepArray + i, stage, replica, state, scratch: isLast ? nil : between[i % 2],
                ports, outlets.count, most: most)
            most *= Plan.expansion(of: stages[stage])
        }

        let loop = segment.loop.flatMap { loopOfMerge[$0] }
        let inlet = try makeInlet(index, segment, replica, block, loop)
        state.initialize(
            to: Segment(
                index: index, steps: stepArray, stepCount: own.count, inlet: inlet,
                outlets: outletArray, outletCount: outlets.count, ports: ports,
                control: run.control, run: .passUnretained(run), clock: environment.clock,
                status: status, loop: loop, stride: passing?.size ?? 0, destroy: passing?.destroy,
                destroyUser: passing?.user, blockElements: block,
                finishElements: finishElements(segment), isWhole: segment.batch > 0,
                expansion: growth, task: task, wakeFlag: wake,
                trace: TraceBuffer(records: records, capacity: max(traceRecords, 1))))
        run.instances.append(
            Run.Instance(segment: index, replica: replica, state: state, task: task))
    }

    /// Two buffers that the steps of a segment write in turn: half the cache that one each would
    /// take.
    mutating func makeSpansBetween(
        _ own: [Int], _ block: Int, _ purpose: String
    ) throws(Failure) -> [UnsafeMutableRawPointer] {
        var bytes = [0, 0]
        var most = block
        for (i, stage) in own.enumerated().dropLast() {
            most *= Plan.expansion(of: stages[stage])
            let size = stages[stage].outputs.first?.size ?? 0
            let (needed, overflow) = most.multipliedReportingOverflow(by: size)
            if overflow { throw outOfMemory(purpose) }
            bytes[i % 2] = max(bytes[i % 2], needed)
        }
        return [
            try run.arena.bytes(bytes[0], alignment: 128, for: purpose),
            try run.arena.bytes(bytes[1], alignment: 128, for: purpose),
        ]
    }

    /// The last step writes into scratch first where its results are not one span for one channel.
    func gathersInScratch(_ stage: StageSpec) -> Bool {
        if case .process = stage.kind { return true }
        return stage.options.onFailure == .deadLetter
    }

    func passingType(_ segment: Plan.SegmentPlan) -> ElementType? {
        guard let first = segment.stages.first else { return nil }
        return stages[first].outputs.first ?? stages[first].input
    }

    func outletType(_ segment: Plan.SegmentPlan, _ i: Int) -> ElementType {
        guard let last = segment.stages.last else { return segment.relayType! }
        if case .drain = stages[last].kind { return stages[last].input! }
        return stages[last].type(ofPort: i)
    }
}
