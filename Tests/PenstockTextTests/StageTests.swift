import Foundation
import PenstockDataflow
import PenstockRuntime
import Synchronization
import Testing

@testable import PenstockText

/// Whole graphs on real threads, for the sanitizers too: blocks are given back by other threads
/// than the one that reads, and tables go from replica to replica.
@Suite struct StageTests {
    /// What a sink has counted.
    private final class Tally: @unchecked Sendable {
        private let lock = Lock()
        private var counts: [String: Int] = [:]  // guard: lock
        let graph: Graph
        /// After so many groups or pieces the run is cancelled.
        let most: Int
        private var seen = 0  // guard: lock

        init(_ graph: Graph, most: Int = .max) {
            self.graph = graph
            self.most = most
        }

        func add(_ key: Bytes, _ count: Int) {
            let text = String(
                decoding: UnsafeRawBufferPointer(start: key.data, count: key.size), as: UTF8.self)
            let isLast = lock.withLock { () -> Bool in
                counts[text, default: 0] += count
                seen += 1
                return seen == most
            }
            if isLast { try? graph.cancel() }
        }

        func take() -> [String: Int] {
            lock.withLock {
                defer { counts = [:] }
                return counts
            }
        }
    }

    private static func tally(_ context: Context?) -> Tally {
        Unmanaged<Tally>.fromOpaque(Step.user(context)!).takeUnretainedValue()
    }

    private static let takeGroups: SinkFunction = { context, input, n in
        for i in 0..<n {
            let group = input! + i * 40
            let key = group.assumingMemoryBound(to: Bytes.self)
            tally(context).add(key.pointee, group.load(fromByteOffset: 32, as: Int.self))
            Bytes.release(key, 1)
        }
        return 0
    }

    private static let takePieces: SinkFunction = { context, input, n in
        let pieces = input!.assumingMemoryBound(to: Bytes.self)
        for i in 0..<n { tally(context).add(pieces[i], 1) }
        Bytes.release(pieces, n)
        return 0
    }

    private static let bytes: ElementType = {
        let release: ElementType.Destroy = { elements, n, _ in
            Bytes.release(elements!.assumingMemoryBound(to: Bytes.self), n)
        }
        return ElementType(size: 32, alignment: 8, name: "pst_bytes", destroy: release)
    }()

    private func written(_ words: [String]) throws -> String {
        let path = NSTemporaryDirectory() + "penstock-text-\(UUID().uuidString)"
        try Data(words.joined(separator: " ").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// files, words and, unless `piecesOnly`, counts.
    private func describe(
        _ path: String, replicas: Int, ordered: Bool, piecesOnly: Bool, most: Int = .max
    ) throws -> Tally {
        let graph = Graph(name: "words")
        let d = graph.description
        let paths = try path.withCString { name in
            var names: [UnsafePointer<CChar>?] = [name]
            return try PathList(&names, count: 1)
        }
        let source = FileSource(
            paths: paths, cut: .spaces, blockBytes: 512, largestBytes: 1 << 20)
        let files = d.add(
            .source(FileSource.fill), name: "files", inputs: [], outputs: [StageTests.bytes],
            user: Unmanaged.passUnretained(source).toOpaque(), keepAlive: source,
            builtIn: source.builtIn)!
        let splitter = Splitter(.words)
        let words = d.add(
            .process(Splitter.process), name: "words", inputs: [.init(stage: files, port: 0)],
            outputs: [StageTests.bytes], user: Unmanaged.passUnretained(splitter).toOpaque(),
            keepAlive: splitter, builtIn: splitter.builtIn)!
        var options = StageOptions()
        options.replicas = replicas
        options.ordered = ordered
        d.configure(words, options)
        var last = words
        if !piecesOnly {
            let reduction = KeyedReduction(
                key: .bytes(offset: 0), aggregates: [Aggregate(.count, .i64, offset: 0)],
                isSorted: false, input: StageTests.bytes)
            last = d.add(
                .process(reduction.process), name: "counts",
                inputs: [.init(stage: words, port: 0)], outputs: [reduction.output],
                user: Unmanaged.passUnretained(reduction).toOpaque(), keepAlive: reduction,
                builtIn: reduction.builtIn)!
            d.configure(last, options)
        }
        let tally = Tally(graph, most: most)
        _ = d.add(
            .sink(piecesOnly ? StageTests.takePieces : StageTests.takeGroups), name: "tally",
            inputs: [.init(stage: last, port: 0)], outputs: [],
            user: Unmanaged.passUnretained(tally).toOpaque())
        return tally
    }

    private let words = (0..<20_000).map { i in
        "w\(i * i % 997)" + (i % 5 == 0 ? "-and-more-than-sixteen-bytes" : "")
    }

    @Test(arguments: [1, 2, 4], [true, false])
    func wordsAreCounted(replicas: Int, ordered: Bool) throws {
        let path = try written(words)
        defer { unlink(path) }
        var expected: [String: Int] = [:]
        for word in words { expected[word, default: 0] += 1 }
        let engine = try Engine(EngineOptions())
        defer { engine.stop() }
        for piecesOnly in [false, true] {
            let tally = try describe(
                path, replicas: replicas, ordered: ordered, piecesOnly: piecesOnly)
            for _ in 0..<3 {
                try tally.graph.run(on: engine)
                #expect(tally.take() == expected)
            }
            try tally.graph.shutDown()
        }
    }

    @Test func runsAreCancelled() throws {
        let path = try written(words)
        defer { unlink(path) }
        let engine = try Engine(EngineOptions())
        defer { engine.stop() }
        for most in [1, 100, 5000] {
            for piecesOnly in [false, true] {
                let tally = try describe(
                    path, replicas: 3, ordered: false, piecesOnly: piecesOnly, most: most)
                // Cancelled, unless all was done before.
                do { try tally.graph.run(on: engine) } catch { #expect(error.status == .cancelled) }
                try tally.graph.run(on: engine)
                try tally.graph.shutDown()
            }
        }
    }
}
