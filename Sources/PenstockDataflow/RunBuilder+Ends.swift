import PenstockRuntime

// Where segments take from and give to.

extension RunBuilder {
    mutating func ringArray(_ rings: [Ring], _ purpose: String) throws(Failure)
        -> UnsafeMutablePointer<Ring>
    {
        let array = try run.arena.array(Ring.self, rings.count, for: purpose)
        for (i, ring) in rings.enumerated() { (array + i).initialize(to: ring) }
        return array
    }

    mutating func flags(_ values: [Bool], _ purpose: String) throws(Failure)
        -> UnsafeMutablePointer<Bool>
    {
        let array = try run.arena.array(Bool.self, values.count, for: purpose)
        for (i, value) in values.enumerated() { (array + i).initialize(to: value) }
        return array
    }

    mutating func makeInlet(
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

    func inputType(_ segment: Plan.SegmentPlan) -> ElementType? {
        if let link = segment.links.first { return plan.links[link].type }
        return segment.stages.first.flatMap { stages[$0].outputs.first }
    }

    /// Does the link stay within the cycle?
    func isInside(_ link: Int, _ loop: Int?) -> Bool {
        loop != nil && plan.segments[plan.links[link].from].loop == loop
            && plan.segments[plan.links[link].to].loop == loop
    }

    mutating func makeOutlets(
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

    mutating func makeOutlet(
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
