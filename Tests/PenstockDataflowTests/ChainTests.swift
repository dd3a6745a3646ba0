import PenstockDataflow
import PenstockRuntime
import PenstockTopology
import Testing

/// A source of 0..<limit; the user pointer holds (next, limit).
private let countUp: SourceFunction = { context, out, capacity, count in
    let next = Step.user(context)!.assumingMemoryBound(to: UInt64.self)
    let numbers = out!.assumingMemoryBound(to: UInt64.self)
    var n = 0
    while n < capacity && next[0] < next[1] {
        numbers[n] = next[0]
        next[0] += 1
        n += 1
    }
    count!.pointee = n
    return next[0] < next[1] ? Status.ok.rawValue : Status.end.rawValue
}

private let increment: MapFunction = { _, input, output, n in
    let a = input!.assumingMemoryBound(to: UInt64.self)
    let b = output!.assumingMemoryBound(to: UInt64.self)
    for i in 0..<n { b[i] = a[i] + 1 }
    return Status.ok.rawValue
}

/// The user pointer holds (count, sum, out of order).
private let check: SinkFunction = { context, input, n in
    let totals = Step.user(context)!.assumingMemoryBound(to: UInt64.self)
    let a = input!.assumingMemoryBound(to: UInt64.self)
    for i in 0..<n {
        if totals[0] > 0 && a[i] != totals[3] + 1 { totals[2] += 1 }
        totals[3] = a[i]
        totals[0] += 1
        totals[1] += a[i]
    }
    return Status.ok.rawValue
}

@Suite struct ChainTests {
    @Test(arguments: [1, 2], [0, 1, 3])
    func sums(replicas: Int, capacity: Int) throws {
        for unfused in [false, true] {
            for executor in [Executor.threads, .simulated(seed: 7, allocationFailure: 0)] {
                var options = EngineOptions()
                options.executor = executor
                let engine = try Engine(options)
                defer { engine.stop() }
                let limit: UInt64 = 20_000
                let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
                numbers.initialize(to: 0)
                numbers[1] = limit
                let totals = UnsafeMutablePointer<UInt64>.allocate(capacity: 4)
                totals.initialize(repeating: 0, count: 4)
                defer {
                    numbers.deallocate()
                    totals.deallocate()
                }
                let graph = Graph(name: "chain")
                let d = graph.description
                let source = d.add(
                    .source(countUp), name: "numbers", inputs: [], outputs: [u64], user: numbers)!
                let map = d.add(
                    .map(increment), name: "plus one", inputs: [.init(stage: source, port: 0)],
                    outputs: [u64], user: nil)!
                let sink = d.add(
                    .sink(check), name: "check", inputs: [.init(stage: map, port: 0)], outputs: [],
                    user: totals)!
                var o = StageOptions()
                o.replicas = replicas
                o.capacity = capacity
                d.configure(map, o)
                o.replicas = 1
                d.configure(sink, o)
                if unfused {
                    d.configureEdge(
                        from: .init(stage: source, port: 0), to: map, capacity: 0, neverFuse: true)
                    d.configureEdge(
                        from: .init(stage: map, port: 0), to: sink, capacity: 0, neverFuse: true)
                }
                try graph.run(on: engine)
                #expect(totals[0] == limit)
                #expect(totals[1] == limit * (limit + 1) / 2)
                #expect(totals[2] == 0)
                #expect(graph.run!.elementsAtSinks == limit)
                try graph.shutDown()
            }
        }
    }
}
