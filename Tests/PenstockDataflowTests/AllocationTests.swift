import CountingAllocator
import PenstockDataflow
import PenstockRuntime
import Testing

/// In steady state nothing is allocated: not per element, not per span, not per activation.
@Suite struct AllocationTests {
    private static let warm: UInt64 = 200_000
    private static let all: UInt64 = 1_000_000

    /// Callbacks that allocate nothing themselves and say, on whatever thread runs them, from when
    /// to when its allocations count.
    private static let source: SourceFunction = { context, out, capacity, count in
        let next = Step.position(context)
        counting_set(next >= warm && next < all - warm ? COUNTING_DATAFLOW : COUNTING_NOTHING)
        let numbers = out!.assumingMemoryBound(to: UInt64.self)
        let n = Int(min(UInt64(capacity), all - next))
        for i in 0..<n { numbers[i] = next + UInt64(i) }
        count!.pointee = n
        return next + UInt64(n) < all ? 0 : 1
    }

    private static let map: MapFunction = { context, input, output, n in
        let numbers = input!.assumingMemoryBound(to: UInt64.self)
        counting_set(
            numbers[0] >= warm && numbers[0] < all - warm ? COUNTING_DATAFLOW : COUNTING_NOTHING)
        output!.copyMemory(from: input!, byteCount: n * 8)
        return 0
    }

    private static let filter: FilterFunction = { _, input, keep, n in
        let numbers = input!.assumingMemoryBound(to: UInt64.self)
        for i in 0..<n { keep![i] = numbers[i] % 3 != 0 }
        return 0
    }

    private static let process: ProcessFunction = { context, input, n in
        Step.emit(context, 0, input, n) == n ? 0 : 1001
    }

    private static let picky: MapFunction = { context, input, output, n in
        let numbers = input!.assumingMemoryBound(to: UInt64.self)
        for i in 0..<n where numbers[i] % 1000 == 7 {
            output!.copyMemory(from: input!, byteCount: i * 8)
            return Step.fail(context, 1001, i, nil)
        }
        output!.copyMemory(from: input!, byteCount: n * 8)
        return 0
    }

    private static let sink: SinkFunction = { context, input, n in
        let numbers = input!.assumingMemoryBound(to: UInt64.self)
        counting_set(
            numbers[0] >= warm && numbers[0] < all - warm ? COUNTING_DATAFLOW : COUNTING_NOTHING)
        return 0
    }

    private static let key: KeyFunction = { input, keys, n, _ in
        keys!.update(from: input!.assumingMemoryBound(to: UInt64.self), count: n)
    }

    @Test func steadyState() throws {
        if !counting_is_possible() { return }
        // It does count.
        let start = counting_total(COUNTING_DATAFLOW)
        counting_set(COUNTING_DATAFLOW)
        UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8).deallocate()
        counting_set(COUNTING_NOTHING)
        #expect(counting_total(COUNTING_DATAFLOW) > start)
        for kind in 0..<5 {
            try withEngine(workers: 2) { engine in
                let graph = Graph(name: "steady")
                let d = graph.description
                func add(_ kind: StageKind, _ name: String, _ from: Int?, _ o: StageOptions? = nil)
                    -> Int
                {
                    var outputs = [u64]
                    if case .sink = kind { outputs = [] }
                    let stage = d.add(
                        kind, name: name, inputs: from.map { [.init(stage: $0, port: 0)] } ?? [],
                        outputs: outputs, user: nil)!
                    if let o { d.configure(stage, o) }
                    return stage
                }
                var at = add(.source(Self.source), "source", nil)
                switch kind {
                case 0: at = add(.map(Self.map), "map", at)
                case 1: at = add(.map(Self.map), "map", at, options { $0.replicas = 2 })
                case 2:
                    at = add(.filter(Self.filter), "filter", at)
                    at = add(.process(Self.process), "process", at, options { $0.batch = 64 })
                case 3:
                    at = add(.map(Self.picky), "picky", at, options { $0.onFailure = .skip })
                    at = add(
                        .map(Self.map), "keyed", at,
                        options {
                            $0.replicas = 2
                            $0.key = Key(function: Self.key, user: nil)
                        })
                default:
                    d.distribute(.init(stage: at, port: 0), .roundRobin)
                    let a = add(.map(Self.map), "a", at)
                    let b = add(.map(Self.map), "b", at)
                    at = d.add(
                        .merge(.turns), name: "join",
                        inputs: [.init(stage: a, port: 0), .init(stage: b, port: 0)],
                        outputs: [u64], user: nil)!
                }
                let last = add(.sink(Self.sink), "sink", at)
                d.configureEdge(
                    from: .init(stage: at, port: 0), to: last, capacity: 0, neverFuse: true)
                let before = counting_total(COUNTING_DATAFLOW)
                try graph.run(on: engine)
                #expect(counting_total(COUNTING_DATAFLOW) == before, "graph \(kind)")
                try graph.shutDown()
            }
        }
    }
}
