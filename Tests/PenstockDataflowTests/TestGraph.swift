import Foundation
import PenstockDataflow
import PenstockRuntime
import PenstockTopology
import Synchronization

let u64 = ElementType(size: 8, alignment: 8, name: "uint64_t")
let ok = Status.ok.rawValue
let end = Status.end.rawValue

/// A graph of 64-bit numbers whose callbacks are closures.
final class TestGraph: @unchecked Sendable {
    let graph: Graph
    var d: Description { graph.description }

    init(_ name: String = "test") { graph = Graph(name: name) }

    private final class Body<Function>: @unchecked Sendable {
        let call: Function
        init(_ call: Function) { self.call = call }
        static func of(_ context: Context?) -> Function {
            Unmanaged<Body<Function>>.fromOpaque(Step.user(context)!).takeUnretainedValue().call
        }
        var user: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
    }

    /// The context, where to write, how many: how many it wrote and the status.
    typealias SourceBody = (Context?, UnsafeMutablePointer<UInt64>, Int) -> (Int, Int32)
    typealias SpanBody = (Context?, UnsafePointer<UInt64>, Int) -> Int32
    typealias MapBody = (Context?, UnsafePointer<UInt64>, UnsafeMutablePointer<UInt64>, Int) ->
        Int32

    private func add<Function>(
        _ kind: StageKind, _ name: String, _ body: Body<Function>, _ inputs: [Int], ports: Int,
        _ options: StageOptions?
    ) -> Int {
        let stage = d.add(
            kind, name: name, inputs: inputs.map { .init(stage: $0 & 0xffff, port: $0 >> 16) },
            outputs: Array(repeating: u64, count: ports), user: body.user, keepAlive: body)
        guard let stage else { return -1 }
        if let options { d.configure(stage, options) }
        return stage
    }

    /// Another output port of a stage, to be given as an input.
    func port(_ stage: Int, _ port: Int) -> Int { stage | port << 16 }

    @discardableResult
    func source(_ name: String, _ options: StageOptions? = nil, _ body: @escaping SourceBody) -> Int
    {
        let function: SourceFunction = { context, out, capacity, count in
            let result = Body<SourceBody>.of(context)(
                context, out!.assumingMemoryBound(to: UInt64.self), capacity)
            count!.pointee = result.0
            return result.1
        }
        return add(.source(function), name, Body(body), [], ports: 1, options)
    }

    /// A source without end.
    func endless(_ name: String = "numbers") -> Int {
        source(name) { _, out, capacity in
            for i in 0..<capacity { out[i] = UInt64(i) }
            return (capacity, ok)
        }
    }

    /// 0..<limit, anew in each run.
    func count(_ name: String, to limit: UInt64, _ options: StageOptions? = nil) -> Int {
        source(name, options) { context, out, capacity in
            let next = Step.position(context)
            let n = min(UInt64(capacity), limit - next)
            for i in 0..<n { out[Int(i)] = next + i }
            return (Int(n), next + n < limit ? ok : end)
        }
    }

    @discardableResult
    func map(
        _ name: String, _ input: Int, _ options: StageOptions? = nil, _ body: @escaping MapBody
    ) -> Int {
        let function: MapFunction = { context, input, out, n in
            Body<MapBody>.of(context)(
                context, input!.assumingMemoryBound(to: UInt64.self),
                out!.assumingMemoryBound(to: UInt64.self), n)
        }
        return add(.map(function), name, Body(body), [input], ports: 1, options)
    }

    func copy(_ name: String, _ input: Int, _ options: StageOptions? = nil) -> Int {
        map(name, input, options) { _, input, out, n in
            for i in 0..<n { out[i] = input[i] }
            return ok
        }
    }

    @discardableResult
    func process(
        _ name: String, _ input: Int, ports: Int = 1, _ options: StageOptions? = nil,
        _ body: @escaping SpanBody
    ) -> Int {
        let function: ProcessFunction = { context, input, n in
            Body<SpanBody>.of(context)(context, input!.assumingMemoryBound(to: UInt64.self), n)
        }
        return add(.process(function), name, Body(body), [input], ports: ports, options)
    }

    @discardableResult
    func sink(
        _ name: String, _ input: Int, _ options: StageOptions? = nil, _ body: @escaping SpanBody
    ) -> Int {
        let function: SinkFunction = { context, input, n in
            Body<SpanBody>.of(context)(context, input!.assumingMemoryBound(to: UInt64.self), n)
        }
        return add(.sink(function), name, Body(body), [input], ports: 0, options)
    }

    /// Counts what arrives.
    func counter(_ name: String, _ input: Int, _ options: StageOptions? = nil) -> Counter {
        let counter = Counter()
        counter.stage = sink(name, input, options) { _, _, n in
            counter.add(n)
            return ok
        }
        return counter
    }

    /// Keeps what arrives, in order; one replica.
    func list(_ name: String, _ input: Int, _ options: StageOptions? = nil) -> List {
        let list = List()
        sink(name, input, options) { _, input, n in
            for i in 0..<n { list.values.append(input[i]) }
            return ok
        }
        return list
    }

    func merge(_ name: String, _ inputs: [Int], _ order: MergeOrder = .any) -> Int {
        d.add(
            .merge(order), name: name,
            inputs: inputs.map { .init(stage: $0 & 0xffff, port: $0 >> 16) }, outputs: [u64],
            user: nil) ?? -1
    }

    func feed(_ name: String, _ options: StageOptions? = nil) -> Int {
        let stage = d.add(.feed, name: name, inputs: [], outputs: [u64], user: nil)!
        if let options { d.configure(stage, options) }
        return stage
    }

    func drain(_ name: String, _ input: Int, _ options: StageOptions? = nil) -> Int {
        let stage = d.add(
            .drain, name: name, inputs: [.init(stage: input, port: 0)], outputs: [], user: nil)!
        if let options { d.configure(stage, options) }
        return stage
    }

    func unfuse(_ from: Int, _ to: Int, capacity: Int = 0) {
        d.configureEdge(
            from: .init(stage: from & 0xffff, port: from >> 16), to: to, capacity: capacity,
            neverFuse: true)
    }
}

final class Counter: @unchecked Sendable {
    private let value = Atomic<Int>(0)
    var stage = -1
    func add(_ n: Int) { value.add(n, ordering: .relaxed) }
    var total: Int { value.load(ordering: .sequentiallyConsistent) }
}

/// Written by one stage, read after the run.
final class List: @unchecked Sendable {
    var values: [UInt64] = []
}

final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
    func wait() { while !isSet { usleep(100) } }
}

func options(_ change: (inout StageOptions) -> Void) -> StageOptions {
    var options = StageOptions()
    change(&options)
    return options
}

/// Runs the test with both executors.
let executors: [Executor] = [.threads, .simulated(seed: 11, allocationFailure: 0)]

func withEngine<Result>(
    _ executor: Executor = .threads, workers: Int = 0, _ body: (Engine) throws -> Result
) throws -> Result {
    var options = EngineOptions()
    options.executor = executor
    options.workers = workers
    let engine = try Engine(options)
    defer { engine.stop() }
    return try body(engine)
}

/// The failure of a call that should fail.
func failure(_ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure
    }
}

/// A thread of the host; `join` waits for its end.
final class HostThread: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let done = done
        Thread.detachNewThread {
            body()
            done.signal()
        }
    }

    func join() { done.wait() }
}
