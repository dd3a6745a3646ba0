import PenstockDataflow
import PenstockRuntime

/// Random settings of stages and edges, as far as what comes out can still be told.
extension Scenario {
    /// Settings that any stage can have.
    func commonOptions(
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

    enum Replicas { case ordered, any }

    func stepOptions(
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

    func fail(_ station: Station, _ options: inout StageOptions) {
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
    func openDeadLetters(_ station: Station, _ input: Open) {
        guard station.policy == .deadLetter else { return }
        open.append(
            Open(
                port: .init(stage: station.stage, port: station.outTypes.count),
                type: station.inType!, needsStamp: true, isSorted: false,
                hasOrder: input.hasOrder && !station.stampsReplica, weight: input.weight,
                origins: input.origins, roots: input.roots, credit: nil))
    }

    func configureEdges() {
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
