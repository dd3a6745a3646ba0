import PenstockDataflow
import PenstockRuntime

/// A random graph from a seed, with all that is known about it.
final class Scenario: @unchecked Sendable {
    let seed: UInt64
    let ledger: Ledger
    let graph: Graph
    var random: Random
    var stations: [Station] = []
    /// By stage of the description; nil for merges.
    var stationOf: [Int: Station] = [:]
    private var types: [TestType] = []
    private var open: [Open] = []
    var hasHostStages = false
    var feeds: [Station] = []
    var drains: [Station] = []
    /// Stops the run from a callback, from outside, or not at all.
    var cancelsAt: UInt64?
    var pausesAt: UInt64?
    var loops: Set<Int> = []
    /// Allocations may fail.
    var mayLackMemory = false

    /// An output port that somebody has to take from.
    private struct Open {
        var port: Description.Port
        var type: TestType
        /// Its consumer must leave a mark on the elements (another one that does not has the port too).
        var needsStamp = false
        /// Comes in the order of `seq`.
        var isSorted: Bool
        var hasOrder: Bool
        /// At most so many elements come.
        var weight: Int
        /// (stage, port) of those that stamped what comes here last.
        var origins: [UInt32]
        /// The sources it comes from.
        var roots: Set<Int> = []
        /// The credit of the cycle it is in.
        var credit: Int?
    }

    init(seed: UInt64, isTraced: Bool) {
        self.seed = seed
        random = Random(seed: Random.mix(seed))
        let limit = random.below(10) == 0 ? 1 + random.below(300) : 0
        let copy = random.below(12) == 0 ? 1 + random.below(60) : 0
        ledger = Ledger(isTraced: isTraced, callLimit: limit, failingCopy: copy)
        graph = Graph(name: "seed \(seed)")
        if random.below(14) == 0 { cancelsAt = UInt64(random.below(400_000)) }
        if random.below(8) == 0 { pausesAt = UInt64(random.below(300_000)) }
        build()
    }

    private func chance(_ percent: Int) -> Bool { random.below(100) < percent }

    private var d: Description { graph.description }

    // MARK: - Building

    private func build() {
        for number in 0..<(1 + random.below(3)) {
            let sizes = [40, 40, 48, 56, 64, 104, 128, 256, 1000]
            let size = sizes[random.below(sizes.count)]
            types.append(
                TestType(
                    size: size, alignment: size % 64 == 0 && chance(50) ? 64 : 8,
                    isTracked: chance(60), number: number, ledger: ledger))
        }
        for _ in 0..<(1 + random.below(3)) { addSource() }
        for _ in 0..<(1 + random.below(10)) where open.count < 12 && stations.count < 24 {
            let i = random.below(open.count)
            switch random.below(12) {
            case 0, 1: addMap(i)
            case 2: addFilter(i)
            case 3, 4: addProcess(i)
            case 5: addFold(i)
            case 6, 7, 8: fork(i)
            case 9, 10: merge()
            default: addLoop(i)
            }
        }
        while !open.isEmpty { addEnd(0) }
        configureEdges()
        for station in stations {
            if let input = inputOf[station.stage] { watchOrder(station, input) }
        }
    }

    private func anyType() -> TestType { types[random.below(types.count)] }

    private func station(_ word: String, _ input: TestType?, _ outputs: [TestType]) -> Station {
        let number = stations.count
        let it = Station(
            ledger: ledger, seed: seed, name: "\(word) \(number)", input: input, outputs: outputs)
        stations.append(it)
        return it
    }

    private func origin(_ stage: Int, _ port: Int) -> UInt32 { UInt32(stage * 256 + port) }

    private func opened(_ station: Station, _ port: Int, from input: Open?, weight: Int) -> Open {
        let keeps = !station.stampsReplica
        return Open(
            port: .init(stage: station.stage, port: port), type: station.outTypes[port],
            isSorted: keeps && (input?.isSorted ?? true), hasOrder: true, weight: weight,
            origins: [origin(station.stage, port)], roots: input?.roots ?? [station.stage],
            credit: input?.credit)
    }

    private func add(
        _ kind: StageKind, _ station: Station, inputs: [Open]
    ) {
        station.stage = d.add(
            kind, name: station.name, inputs: inputs.map(\.port),
            outputs: station.outTypes.map(\.type), user: station.user)!
        stationOf[station.stage] = station
        if let input = inputs.first {
            station.inputHasOrder = input.hasOrder
            if input.credit != nil { loops.insert(station.stage) }
            inputOf[station.stage] = input
        }
    }

    private var inputOf: [Int: Open] = [:]

    /// Behind an ordered merge the next stage checks the order.
    private func watchOrder(_ station: Station, _ input: Open) {
        let options = d.stages[station.stage].options
        guard case .merge(let order) = d.stages[input.port.stage].kind, input.hasOrder,
            let inputs = mergeInputs[input.port.stage], station.failing == 0, options.replicas == 1
        else { return }
        // A part of the elements shows nothing of their order.
        let ways = d.edges.filter { $0.from == input.port.stage }.count
        if ways > 1 {
            guard case .broadcast = d.stages[input.port.stage].distributions[0] else { return }
        }
        switch order {
        case .any: return
        case .turns: station.order = .turns
        case .sorted: station.order = .sorted
        }
        station.inputCount = inputs.count
        for (i, input) in inputs.enumerated() {
            for origin in input.origins { station.inputOf[origin] = i }
        }
    }

    private var mergeInputs: [Int: [Open]] = [:]
    private func addSource() {
        let station = station("source", nil, [anyType()])
        station.limit = random.below(8) == 0 ? random.below(3) : random.below(70)
        let isFeed = chance(15)
        add(isFeed ? .feed : .source(Station.source), station, inputs: [])
        if isFeed { feeds.append(station) }
        var options = commonOptions(station, nil, isStepless: isFeed)
        if !isFeed && chance(12) {
            station.failing = 100
            station.policy = chance(80) ? .retry : .fail
            if case .fail = station.policy { station.failing = 0 }
            options.onFailure = station.policy
            options.retries = 1 + random.below(3)
            options.backoffNanoseconds = UInt64(1 + random.below(5000))
            station.retries = options.retries
            station.tries = options.retries + (chance(10) ? 1 : 0)
        }
        d.configure(station.stage, options)
        open.append(opened(station, 0, from: nil, weight: station.limit))
    }

    /// Settings that any stage can have.
    private func commonOptions(
        _ station: Station, _ input: Open?, isStepless: Bool = false
    ) -> StageOptions {
        var options = StageOptions()
        if input?.credit == nil {
            if chance(40) { options.capacity = 1 + random.below(4) }
        } else if let credit = input?.credit, chance(40) {
            options.capacity = credit + random.below(3)
        }
        if chance(10) { options.costNanoseconds = Double(1 + random.below(1000)) }
        if chance(5) { options.near = random.below(d.stages.count) }
        if chance(3) { options.exclusive = true }
        if isStepless { return options }
        options.setup = Station.setUp
        options.teardown = Station.tearDown
        if chance(1) { station.setUpFails = true }
        if chance(8) { options.thread = .blocking }
        if chance(5) {
            options.thread = .host
            hasHostStages = true
        }
        return options
    }

    private enum Replicas { case ordered, any }

    private func stepOptions(
        _ station: Station, _ input: Open, replicas: Replicas?, mayBatch: Bool = true
    ) -> StageOptions {
        var options = commonOptions(station, input)
        if let replicas, chance(25) {
            options.replicas = 2 + random.below(3)
            if case .any = replicas, chance(60) {
                station.stampsReplica = true
                if chance(50) {
                    options.key = Station.key(station.inType!)
                    station.hasKey = true
                } else {
                    options.ordered = false
                }
            }
        }
        if mayBatch && chance(15) {
            let most = min(6, input.credit ?? 6, options.capacity > 0 ? options.capacity : 6)
            options.batch = 1 + random.below(most)
            if chance(50) { options.lingerNanoseconds = UInt64(1 + random.below(50_000)) }
            station.largestBatch = options.batch
        }
        if chance(25) { fail(station, &options) }
        var isFold = false
        if case .fold = d.stages[station.stage].kind { isFold = true }
        if options.batch > 0 && options.lingerNanoseconds == 0 && station.failing == 0
            && input.credit == nil && !isFold
        {
            station.exactBatch = options.batch
        }
        return options
    }

    private func fail(_ station: Station, _ options: inout StageOptions) {
        station.failing = 1 + random.below(150)
        station.namesElement = chance(60)
        switch random.below(10) {
        case 0:
            options.onFailure = .fail
            station.failing = 1 + random.below(8)
        case 1, 2, 3: options.onFailure = .skip
        case 4, 5, 6:
            options.onFailure = .retry
            options.retries = 1 + random.below(3)
            options.backoffNanoseconds = UInt64(random.below(3000))
            station.retries = options.retries
            station.tries = 1 + random.below(options.retries)
            if chance(6) { station.tries = options.retries + 1 }
        default: options.onFailure = .deadLetter
        }
        station.policy = options.onFailure
    }

    /// After a stage was configured: its dead-letter port wants a consumer too.
    private func openDeadLetters(_ station: Station, _ input: Open) {
        guard station.policy == .deadLetter else { return }
        open.append(
            Open(
                port: .init(stage: station.stage, port: station.outTypes.count),
                type: station.inType!, needsStamp: true, isSorted: false,
                hasOrder: input.hasOrder && !station.stampsReplica, weight: input.weight,
                origins: input.origins, roots: input.roots, credit: nil))
    }

    // MARK: - Stages

    /// In place of the open port: a map from it, which makes it fit for anything.
    private func addMap(_ i: Int) {
        let input = open.remove(at: i)
        open.append(map(input, to: anyType(), isPlain: false))
    }

    private func map(_ input: Open, to type: TestType, isPlain: Bool) -> Open {
        let station = station("map", input.type, [type])
        add(.map(Station.map), station, inputs: [input])
        if !isPlain {
            d.configure(station.stage, stepOptions(station, input, replicas: .any))
            openDeadLetters(station, input)
        } else {
            d.configure(station.stage, commonOptions(station, input))
        }
        var result = opened(station, 0, from: input, weight: input.weight)
        if !input.hasOrder { result.hasOrder = false }
        return result
    }

    private func addFilter(_ i: Int) {
        if open[i].needsStamp || !open[i].hasOrder { return addMap(i) }
        let input = open.remove(at: i)
        let station = station("filter", input.type, [input.type])
        add(.filter(Station.filter), station, inputs: [input])
        d.configure(station.stage, stepOptions(station, input, replicas: .ordered))
        openDeadLetters(station, input)
        var result = opened(station, 0, from: input, weight: input.weight)
        result.origins = input.origins
        open.append(result)
    }

    private func addProcess(_ i: Int) {
        let input = open.remove(at: i)
        let ports = 1 + (chance(40) ? 1 + random.below(2) : 0)
        let station = station("process", input.type, (0..<ports).map { _ in anyType() })
        add(.process(Station.process), station, inputs: [input])
        var options = stepOptions(station, input, replicas: .any)
        if input.weight < 1500 && input.credit == nil {
            options.maxOutputs = 1 + random.below(4)
        } else {
            options.maxOutputs = 1
        }
        station.maxOutputs = options.maxOutputs
        if chance(20) && input.credit == nil {
            options.finish = Station.finish
            station.leftovers = random.below(100)
        }
        if chance(4) { station.endsAfter = 1 + random.below(20) }
        d.configure(station.stage, options)
        openDeadLetters(station, input)
        for port in 0..<ports {
            var result = opened(
                station, port, from: input,
                weight: input.weight * station.maxOutputs + station.leftovers * options.replicas)
            if station.leftovers > 0 { result.isSorted = false }
            if !input.hasOrder { result.hasOrder = false }
            if input.credit != nil && port > 0 { result.credit = nil }
            open.append(result)
        }
    }

    private func addFold(_ i: Int) {
        let input = open.remove(at: i)
        let type = anyType()
        let station = station("fold", input.type, [type])
        station.every = chance(60) ? 1 + random.below(7) : 0
        // The state begins as an element that owns nothing.
        var first = Element()
        let stage = d.stages.count
        first.source = UInt32((stage + 1) * 1024)
        first.from = origin(stage, 0)
        let initial = [UInt8](unsafeUninitializedCapacity: type.size) { buffer, count in
            type.write(first, buffer.baseAddress!, 0)
            count = type.size
        }
        add(
            .fold(Station.fold, initial: initial, every: UInt64(station.every)), station,
            inputs: [input])
        d.configure(station.stage, stepOptions(station, input, replicas: nil))
        openDeadLetters(station, input)
        var result = opened(station, 0, from: nil, weight: input.weight + 1)
        result.roots = input.roots
        result.hasOrder = input.hasOrder
        open.append(result)
    }

    private func fork(_ i: Int) {
        let input = open.remove(at: i)
        let ways = 2 + random.below(2)
        switch random.below(4) {
        case 0: d.distribute(input.port, .roundRobin)
        case 1: d.distribute(input.port, .key(Station.key(input.type)))
        default: break
        }
        for way in 0..<ways {
            var branch = input
            branch.needsStamp = input.needsStamp || way > 0
            open.append(branch)
        }
    }

    private func merge() {
        if open.count < 2 { return }
        let first = open.remove(at: random.below(open.count))
        var inputs = [stamped(first, nil)]
        for _ in 0..<(1 + random.below(2)) where !open.isEmpty {
            let other = open.remove(at: random.below(open.count))
            inputs.append(stamped(other, inputs[0].type))
        }
        var order = MergeOrder.any
        // Ordered joins of what comes from one fork are refused unless all ways carry the same.
        let total = inputs.reduce(0) { $0 + $1.roots.count }
        let isApart = inputs.reduce(into: Set<Int>()) { $0.formUnion($1.roots) }.count == total
        if inputs.allSatisfy(\.hasOrder) && chance(isApart ? 70 : 15) {
            let isSorted = inputs.allSatisfy(\.isSorted) && isApart
            order = isSorted && chance(60) ? .sorted(Station.compare) : .turns
        }
        open.append(merged(inputs, order))
    }

    private func merged(_ inputs: [Open], _ order: MergeOrder) -> Open {
        let station = stations.count + d.stages.count
        let stage = d.add(
            .merge(order), name: "merge \(station)", inputs: inputs.map(\.port),
            outputs: [inputs[0].type.type], user: nil)!
        var options = StageOptions()
        if chance(40) { options.capacity = 1 + random.below(4) }
        d.configure(stage, options)
        mergeInputs[stage] = inputs
        var isSorted = false
        if case .sorted = order { isSorted = true }
        return Open(
            port: .init(stage: stage, port: 0), type: inputs[0].type, isSorted: isSorted,
            hasOrder: inputs.allSatisfy(\.hasOrder), weight: inputs.reduce(0) { $0 + $1.weight },
            origins: inputs.flatMap(\.origins),
            roots: inputs.reduce(into: []) { $0.formUnion($1.roots) })
    }

    /// Fit for a merge: of this type, and marked where another consumer leaves no mark.
    private func stamped(_ input: Open, _ type: TestType?) -> Open {
        let fits = type.map { $0 === input.type } ?? true
        if fits && !input.needsStamp && input.hasOrder { return input }
        return map(input, to: type ?? input.type, isPlain: true)
    }

    /// A cycle: a merge, a few stages, and a process that lets elements out or sends them round.
    private func addLoop(_ i: Int) {
        let first = open.remove(at: i)
        if first.weight > 1000 || first.credit != nil {
            open.append(first)
            return
        }
        var inputs = [stamped(first, nil)]
        if chance(30) && !open.isEmpty {
            inputs.append(stamped(open.remove(at: random.below(open.count)), inputs[0].type))
        }
        let type = inputs[0].type
        var at = merged(inputs, .any)
        let entry = at.port.stage
        let credit = 1 + random.below(8)
        d.configure(entry, StageOptions())
        at.credit = credit
        loops.insert(entry)
        for _ in 0..<random.below(3) { at = loopStage(at) }
        // The router; what it sends round has the entry's type.
        let station = station("process", at.type, [anyType(), type])
        add(.process(Station.process), station, inputs: [at])
        station.rounds = 1 + random.below(4)
        d.configure(station.stage, stepOptions(station, at, replicas: .any))
        openDeadLetters(station, at)
        var exit = opened(station, 0, from: at, weight: at.weight)
        exit.credit = nil
        exit.isSorted = false
        var again = opened(station, 1, from: at, weight: at.weight)
        if chance(30) { again = loopMap(again, to: type) }
        if !at.hasOrder { exit.hasOrder = false }
        d.addFeedback(from: again.port, to: entry, credit: UInt64(credit))
        mergeInputs[entry]?.append(again)
        open.append(exit)
    }

    private func loopStage(_ at: Open) -> Open {
        chance(50) || at.needsStamp || !at.hasOrder ? loopMap(at, to: at.type) : loopFilter(at)
    }

    private func loopMap(_ at: Open, to type: TestType) -> Open {
        let station = station("map", at.type, [type])
        add(.map(Station.map), station, inputs: [at])
        d.configure(station.stage, stepOptions(station, at, replicas: .any))
        openDeadLetters(station, at)
        var result = opened(station, 0, from: at, weight: at.weight)
        if !at.hasOrder { result.hasOrder = false }
        return result
    }

    private func loopFilter(_ at: Open) -> Open {
        let station = station("filter", at.type, [at.type])
        add(.filter(Station.filter), station, inputs: [at])
        d.configure(station.stage, stepOptions(station, at, replicas: .ordered))
        openDeadLetters(station, at)
        var result = opened(station, 0, from: at, weight: at.weight)
        result.origins = at.origins
        return result
    }

    private func addEnd(_ i: Int) {
        let input = open.remove(at: i)
        let station = station("sink", input.type, [])
        let isDrain = chance(12)
        if isDrain {
            add(.drain, station, inputs: [input])
            drains.append(station)
            d.configure(station.stage, commonOptions(station, input, isStepless: true))
            return
        }
        add(.sink(Station.sink), station, inputs: [input])
        d.configure(station.stage, stepOptions(station, input, replicas: .any))
        station.stampsReplica = false
        if chance(6) { station.endsAfter = 1 + random.below(30) }
        if station.policy == .deadLetter {
            open.append(
                Open(
                    port: .init(stage: station.stage, port: 0), type: input.type, needsStamp: true,
                    isSorted: false,
                    hasOrder: input.hasOrder && d.stages[station.stage].options.replicas == 1,
                    weight: input.weight, origins: input.origins, roots: input.roots, credit: nil))
        }
    }

    private func configureEdges() {
        for edge in d.edges where chance(30) {
            let isInside = loops.contains(edge.from) && loops.contains(edge.to)
            let batch = d.stages[edge.to].options.batch
            let capacity = isInside || batch > 0 || chance(50) ? 0 : 1 + random.below(4)
            d.configureEdge(
                from: .init(stage: edge.from, port: edge.port), to: edge.to, capacity: capacity,
                neverFuse: chance(60))
        }
    }
}
