import PenstockDataflow
import PenstockRuntime

/// Stages with at most one input.
extension Scenario {
    func addSource() {
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

    /// In place of the open port: a map from it, which makes it fit for anything.
    func addMap(_ i: Int) {
        let input = open.remove(at: i)
        open.append(map(input, to: anyType(), isPlain: false))
    }

    func map(_ input: Open, to type: TestType, isPlain: Bool) -> Open {
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

    func addFilter(_ i: Int) {
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

    func addProcess(_ i: Int) {
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

    func addFold(_ i: Int) {
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

    func addEnd(_ i: Int) {
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
}
