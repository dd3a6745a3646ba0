import CPenstockPlatform
import PenstockRuntime
import PenstockTopology
import Synchronization

/// Makes the memory of a run from a plan: channels first, then each segment replica.
struct RunBuilder {
    private let run: Run
    private let stages: [StageSpec]
    private let plan: Plan
    private let environment: Environment
    private let traceRecords: Int

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

    private func outOfMemory(_ purpose: String) -> Failure {
        Failure(.noMemory, "\(run.description.name): no memory for \(purpose)")
    }

    // MARK: - Cycles and channels

    private var loopOfMerge: [Int: UnsafeMutablePointer<Loop>] = [:]

    private mutating func makeLoops() throws(Failure) {
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
    private func keepsOrder(_ segment: Int) -> Bool {
        let it = plan.segments[segment]
        return it.replicas > 1 && it.ordered && it.key == nil && !it.outLinks.isEmpty
    }

    private static let framesPerRing = 256

    private func ring(_ capacity: Int, _ size: Int, _ alignment: Int, _ purpose: String)
        throws(Failure) -> Ring
    {
        guard
            let ring = Ring(
                environment: environment, capacity: capacity, stride: size, alignment: alignment)
        else { throw outOfMemory(purpose) }
        return ring
    }

    private mutating func makeLinks() throws(Failure) {
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
    private func capacity(of link: Plan.LinkPlan) -> Int {
        let producer = plan.segments[link.from]
        let whole = max(producer.batch, finishElements(producer), 1) * expansion(producer)
        let batch = plan.segments[link.to].batch
        // The consumer may leave all but one element of a batch where they are until more come.
        let needed = max(link.capacity, whole + max(batch, 1) - 1)
        return batch > 0 ? (needed + batch - 1) / batch * batch : needed
    }

    /// How many input elements give as much as one call of a step's finish may emit, which is at
    /// least 64 elements; 0 if no step has one.
    private func finishElements(_ segment: Plan.SegmentPlan) -> Int {
        var most = 0
        var growth = 1
        for stage in steps(segment) {
            growth *= Plan.expansion(of: stages[stage])
            if stages[stage].options.finish == nil { continue }
            most = max(most, (max(64, stages[stage].options.maxOutputs) + growth - 1) / growth)
        }
        return most
    }

    private mutating func makeHostEdges() throws(Failure) {
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

    // MARK: - Segments

    private func steps(_ segment: Plan.SegmentPlan) -> [Int] {
        segment.stages.filter { !stages[$0].kind.isStepless }
    }

    private func expansion(_ segment: Plan.SegmentPlan) -> Int {
        steps(segment).reduce(1) { $0 * Plan.expansion(of: stages[$1]) }
    }

    /// Input elements per block: spans between steps fit in cache, and a channel takes several.
    private func blockElements(_ segment: Plan.SegmentPlan) -> Int {
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

    private mutating func makeInstances() throws(Failure) {
        for (index, segment) in plan.segments.enumerated() {
            for replica in 0..<segment.replicas {
                try makeInstance(index, segment, replica)
            }
        }
    }

    private mutating func makeInstance(
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

    /// Two buffers that the steps of a segment write in turn: half the cache that one each would take.
    private mutating func makeSpansBetween(
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
    private func gathersInScratch(_ stage: StageSpec) -> Bool {
        if case .process = stage.kind { return true }
        return stage.options.onFailure == .deadLetter
    }

    private func passingType(_ segment: Plan.SegmentPlan) -> ElementType? {
        guard let first = segment.stages.first else { return nil }
        return stages[first].outputs.first ?? stages[first].input
    }

    private func outletType(_ segment: Plan.SegmentPlan, _ i: Int) -> ElementType {
        guard let last = segment.stages.last else { return segment.relayType! }
        if case .drain = stages[last].kind { return stages[last].input! }
        return stages[last].type(ofPort: i)
    }

    private mutating func makeStep(
        _ at: UnsafeMutablePointer<Step>, _ index: Int, _ replica: Int,
        _ segment: UnsafeMutablePointer<Segment>, scratch: UnsafeMutableRawPointer?,
        _ ports: UnsafeMutablePointer<PortSpan>, _ portCount: Int, most: Int
    ) throws(Failure) {
        let stage = stages[index]
        let purpose = "stage '\(stage.name)'"
        let out = stage.outputs.first
        var own = ports
        if let scratch, let out {
            let count = most * Plan.expansion(of: stage)
            own = try run.arena.array(PortSpan.self, 1, for: purpose)
            own.initialize(
                to: PortSpan(
                    base: scratch, capacity: count, stride: out.size, destroy: out.destroy,
                    destroyUser: out.user, scratch: scratch, scratchCapacity: count))
        }
        let text = try run.arena.array(CChar.self, Step.textBytes, for: purpose)
        let options = stage.options
        var every: UInt64 = 0
        if case .fold(_, _, let n) = stage.kind { every = n }
        at.initialize(
            to: Step(
                kind: stepKind(stage.kind), stage: Int32(index), replica: Int32(replica),
                policy: options.onFailure, setup: options.setup, teardown: options.teardown,
                finish: options.finish, user: stage.user, segment: segment,
                inStride: stage.input?.size ?? 0, outStride: out?.size ?? 0,
                destroyInput: stage.input?.destroy, destroyInputUser: stage.input?.user,
                maxOutputs: options.maxOutputs, ports: own,
                portCount: scratch == nil ? portCount : out == nil ? 0 : 1,
                deadLetterPort: options.onFailure == .deadLetter ? stage.deadLetterPort : -1,
                every: every, failText: text, retries: options.retries,
                backoff: options.backoffNanoseconds))
        switch stage.kind {
        case .source(let function): at.pointee.source = function
        case .map(let function): at.pointee.map = function
        case .filter(let function):
            at.pointee.filter = function
            at.pointee.keep = try run.arena.array(Bool.self, most, for: purpose)
        case .process(let function): at.pointee.process = function
        case .fold(let function, let initial, _):
            at.pointee.fold = function
            try makeFoldState(at, out!, initial, purpose)
        case .sink(let function): at.pointee.sink = function
        case .merge, .feed, .drain: break
        }
    }

    private mutating func makeFoldState(
        _ step: UnsafeMutablePointer<Step>, _ type: ElementType, _ initial: [UInt8],
        _ purpose: String
    ) throws(Failure) {
        let state = try run.arena.bytes(1, size: type.size, alignment: 128, for: purpose)
        let first = try run.arena.bytes(1, size: type.size, alignment: 128, for: purpose)
        initial.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress, bytes.count == type.size {
                state.copyMemory(from: base, byteCount: type.size)
                first.copyMemory(from: base, byteCount: type.size)
            }
        }
        step.pointee.foldState = state
        step.pointee.foldInitial = first
        step.pointee.foldStateIsLive = type.destroy != nil
    }

    private func stepKind(_ kind: StageKind) -> Step.Kind {
        switch kind {
        case .source: .source
        case .map: .map
        case .filter: .filter
        case .process: .process
        case .fold: .fold
        case .sink, .merge, .feed, .drain: .sink
        }
    }

    // MARK: - Inlets and outlets

    private mutating func ringArray(_ rings: [Ring], _ purpose: String) throws(Failure)
        -> UnsafeMutablePointer<Ring>
    {
        let array = try run.arena.array(Ring.self, rings.count, for: purpose)
        for (i, ring) in rings.enumerated() { (array + i).initialize(to: ring) }
        return array
    }

    private mutating func flags(_ values: [Bool], _ purpose: String) throws(Failure)
        -> UnsafeMutablePointer<Bool>
    {
        let array = try run.arena.array(Bool.self, values.count, for: purpose)
        for (i, value) in values.enumerated() { (array + i).initialize(to: value) }
        return array
    }

    private mutating func makeInlet(
        _ index: Int, _ segment: Plan.SegmentPlan, _ replica: Int, _ block: Int,
        _ loop: UnsafeMutablePointer<Loop>?
    ) throws(Failure) -> Inlet {
        let purpose = "the input of '\(segment.name)'"
        var kind = Inlet.Kind.plain
        var rings: [Ring] = []
        var frames: [Ring] = []
        var log: Ring?
        var compare: CompareFunction?
        var isEntry = false
        var isFeed = false
        let first = segment.stages.first.map { stages[$0] }
        switch first?.kind {
        case .source: kind = .none
        case .feed:
            rings = [run.hostEdges[segment.stages[0]]!.ring]
            isFeed = true
        case .merge(let order):
            rings = segment.links.map { run.links[$0].rings[0] }
            isEntry = segment.loop == segment.stages[0]
            switch order {
            case .any: kind = .any
            case .turns: kind = .turns
            case .sorted(let function):
                kind = .sorted
                compare = function
            }
        default:
            let link = segment.links[0]
            let from = plan.links[link].from
            if segment.replicas > 1 {
                rings = [run.links[link].rings[replica]]
                if !run.links[link].frames.isEmpty {
                    kind = .framed
                    frames = [run.links[link].frames[replica]]
                }
            } else if plan.segments[from].replicas > 1 {
                rings = run.links[link].rings
                frames = run.links[link].frames
                log = run.links[link].log
                kind = frames.isEmpty ? .any : .ordered
            } else {
                rings = run.links[link].rings
            }
        }
        let type = rings.isEmpty ? nil : inputType(segment)
        let stride = type?.size ?? 0
        let moves = kind == .turns || kind == .sorted
        let scratchCapacity = moves ? min(block, 256) : segment.batch
        let scratch =
            scratchCapacity > 0 && stride > 0
            ? try run.arena.bytes(scratchCapacity, size: stride, alignment: 128, for: purpose) : nil
        let inside =
            isEntry
            ? try flags(segment.links.map { isInside($0, segment.loop) }, purpose) : nil
        let ringMemory = try ringArray(rings, purpose)
        let frameMemory = frames.isEmpty ? nil : try ringArray(frames, purpose)
        return Inlet(
            kind: kind, rings: ringMemory, count: rings.count, frames: frameMemory, log: log,
            isInside: inside, loop: loop, isLoopEntry: isEntry, isFeed: isFeed, compare: compare,
            compareUser: first?.user, batch: segment.batch,
            lingerNanoseconds: segment.lingerNanoseconds, scratch: scratch,
            scratchCapacity: scratchCapacity, stride: stride,
            current: kind == .ordered ? -1 : kind == .any ? rings.count - 1 : 0,
            pointer: UnsafeMutableRawPointer(ringMemory))
    }

    private func inputType(_ segment: Plan.SegmentPlan) -> ElementType? {
        if let link = segment.links.first { return plan.links[link].type }
        return segment.stages.first.flatMap { stages[$0].outputs.first }
    }

    /// Does the link stay within the cycle?
    private func isInside(_ link: Int, _ loop: Int?) -> Bool {
        loop != nil && plan.segments[plan.links[link].from].loop == loop
            && plan.segments[plan.links[link].to].loop == loop
    }

    private mutating func makeOutlets(
        _ index: Int, _ segment: Plan.SegmentPlan, _ replica: Int, _ largestSpan: Int
    ) throws(Failure) -> [Outlet] {
        if let last = segment.stages.last, case .drain = stages[last].kind {
            return [
                try makeOutlet(
                    .plain, [run.hostEdges[last]!.ring], type: stages[last].input!,
                    segment: segment, inside: [], span: largestSpan)
            ]
        }
        var outlets: [Outlet] = []
        let ports = Set(segment.outLinks.map { plan.links[$0].port }).sorted()
        for port in ports {
            let links = segment.outLinks.filter { plan.links[$0].port == port }
            let link = links[0]
            let type = plan.links[link].type
            let inside = links.map { isInside($0, segment.loop) }
            if links.count > 1 {
                var kind = Outlet.Kind.broadcast
                var key: Key?
                switch plan.links[link].distribution {
                case .broadcast: break
                case .roundRobin: kind = .roundRobin
                case .key(let function):
                    kind = .key
                    key = function
                }
                outlets.append(
                    try makeOutlet(
                        kind, links.map { run.links[$0].rings[0] }, type: type, segment: segment,
                        inside: inside, key: key, span: largestSpan))
                continue
            }
            let to = plan.segments[plan.links[link].to]
            let rings = run.links[link]
            if segment.replicas > 1 {
                outlets.append(
                    try makeOutlet(
                        rings.frames.isEmpty ? .plain : .framed, [rings.rings[replica]], type: type,
                        segment: segment, inside: inside,
                        frames: rings.frames.isEmpty ? [] : [rings.frames[replica]],
                        span: largestSpan))
            } else if to.replicas == 1 {
                outlets.append(
                    try makeOutlet(
                        .plain, rings.rings, type: type, segment: segment, inside: inside,
                        span: largestSpan))
            } else if let key = to.key {
                outlets.append(
                    try makeOutlet(
                        .key, rings.rings, type: type, segment: segment,
                        inside: rings.rings.map { _ in inside[0] }, key: key, span: largestSpan))
            } else {
                let logs = to.outLinks.compactMap { run.links[$0].log }
                outlets.append(
                    try makeOutlet(
                        rings.frames.isEmpty ? .split : .splitOrdered, rings.rings, type: type,
                        segment: segment, inside: rings.rings.map { _ in inside[0] },
                        frames: rings.frames, logs: logs, span: largestSpan))
            }
        }
        return outlets
    }

    private mutating func makeOutlet(
        _ kind: Outlet.Kind, _ rings: [Ring], type: ElementType, segment: Plan.SegmentPlan,
        inside: [Bool], key: Key? = nil, frames: [Ring] = [], logs: [Ring] = [], span: Int
    ) throws(Failure) -> Outlet {
        let purpose = "the output of '\(segment.name)'"
        let ringMemory = try ringArray(rings, purpose)
        let frameMemory = frames.isEmpty ? nil : try ringArray(frames, purpose)
        let logMemory = logs.isEmpty ? nil : try ringArray(logs, purpose)
        let insideMemory = inside.contains(true) ? try flags(inside, purpose) : nil
        let keys = key == nil ? nil : try run.arena.array(UInt64.self, span, for: purpose)
        return Outlet(
            kind: kind, rings: ringMemory, count: rings.count, frames: frameMemory,
            logs: logMemory, logCount: logs.count, isInside: insideMemory, key: key?.function,
            keyUser: key?.user, keys: keys, copy: type.copy, destroy: type.destroy,
            typeUser: type.user, stride: type.size,
            chunkLimit: segment.batch > 0
                ? span : min(max(256, expansion(segment) * max(finishElements(segment), 1)), span),
            smallestWindow: kind == .plain && rings[0].limit < rings[0].capacity
                ? rings[0].limit : 0)
    }
}
