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
    var types: [TestType] = []
    var open: [Open] = []
    var hasHostStages = false
    var feeds: [Station] = []
    var drains: [Station] = []
    /// Stops the run from a callback, from outside, or not at all.
    var cancelsAt: UInt64?
    var pausesAt: UInt64?
    var loops: Set<Int> = []
    /// What a stage takes, and what all inputs of a merge carry; by stage of the description.
    var inputOf: [Int: Open] = [:]
    var mergeInputs: [Int: [Open]] = [:]
    /// Allocations may fail.
    var mayLackMemory = false

    /// An output port that somebody has to take from.
    struct Open {
        var port: Description.Port
        var type: TestType
        /// Its consumer must leave a mark on the elements (another one that does not has the port
        /// too).
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

    func chance(_ percent: Int) -> Bool { random.below(100) < percent }

    var d: Description { graph.description }

    // MARK: - Building

    func build() {
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

    func anyType() -> TestType { types[random.below(types.count)] }

    func station(_ word: String, _ input: TestType?, _ outputs: [TestType]) -> Station {
        let number = stations.count
        let it = Station(
            ledger: ledger, seed: seed, name: "\(word) \(number)", input: input, outputs: outputs)
        stations.append(it)
        return it
    }

    func origin(_ stage: Int, _ port: Int) -> UInt32 { UInt32(stage * 256 + port) }

    func opened(_ station: Station, _ port: Int, from input: Open?, weight: Int) -> Open {
        let keeps = !station.stampsReplica
        return Open(
            port: .init(stage: station.stage, port: port), type: station.outTypes[port],
            isSorted: keeps && (input?.isSorted ?? true), hasOrder: true, weight: weight,
            origins: [origin(station.stage, port)], roots: input?.roots ?? [station.stage],
            credit: input?.credit)
    }

    func add(
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
}
