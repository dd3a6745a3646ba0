import PenstockDataflow
import PenstockRuntime

/// Forks, merges and cycles, and the order that must come out of them.
extension Scenario {
    func fork(_ i: Int) {
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

    func merge() {
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

    func merged(_ inputs: [Open], _ order: MergeOrder) -> Open {
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
    func stamped(_ input: Open, _ type: TestType?) -> Open {
        let fits = type.map { $0 === input.type } ?? true
        if fits && !input.needsStamp && input.hasOrder { return input }
        return map(input, to: type ?? input.type, isPlain: true)
    }

    /// A cycle: a merge, a few stages, and a process that lets elements out or sends them round.
    func addLoop(_ i: Int) {
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

    func loopStage(_ at: Open) -> Open {
        chance(50) || at.needsStamp || !at.hasOrder ? loopMap(at, to: at.type) : loopFilter(at)
    }

    func loopMap(_ at: Open, to type: TestType) -> Open {
        let station = station("map", at.type, [type])
        add(.map(Station.map), station, inputs: [at])
        d.configure(station.stage, stepOptions(station, at, replicas: .any))
        openDeadLetters(station, at)
        var result = opened(station, 0, from: at, weight: at.weight)
        if !at.hasOrder { result.hasOrder = false }
        return result
    }

    func loopFilter(_ at: Open) -> Open {
        let station = station("filter", at.type, [at.type])
        add(.filter(Station.filter), station, inputs: [at])
        d.configure(station.stage, stepOptions(station, at, replicas: .ordered))
        openDeadLetters(station, at)
        var result = opened(station, 0, from: at, weight: at.weight)
        result.origins = at.origins
        return result
    }

    /// Behind an ordered merge the next stage checks the order.
    func watchOrder(_ station: Station, _ input: Open) {
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
}
