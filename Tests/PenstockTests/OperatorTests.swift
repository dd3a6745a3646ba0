import Penstock
import Testing

/// Each operator, on real threads and in two simulated orders.
@Suite struct OperatorTests {
    @Test(arguments: executors) func map(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("map")
        let numbers = graph.source(0..<5000)
        let texts = numbers.map { "\($0)" }.map(\.count).fold(0) { $0 += $1 }.collect()
        let shifted = numbers.map(using: 7) { $0 + $1 }.collect()
        let running = numbers.map(state: 0) { sum, n in
            sum += n
            return sum
        }.collect()
        try graph.run(on: Engine(executor))
        #expect(texts.elements == [10 + 180 + 2700 + 16000])
        #expect(shifted.elements == Array(7..<5007))
        #expect(running.elements.last == 4999 * 5000 / 2)
        #expect(running.elements.count == 5000)
    }

    @Test(arguments: executors) func filter(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("filter")
        let numbers = graph.source(0..<3000)
        let even = numbers.filter { $0.isMultiple(of: 2) }.collect()
        let small = numbers.filter(using: 10) { $0 < $1 }.collect()
        let none = numbers.filter { _ in false }.collect()
        try graph.run(on: Engine(executor))
        #expect(even.elements == Array(stride(from: 0, to: 3000, by: 2)))
        #expect(small.elements == Array(0..<10))
        #expect(none.elements.isEmpty)
    }

    @Test(arguments: executors) func flatMap(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("flat map")
        let words = graph.source(["a penstock is", "", "a gated pipe"])
            .flatMap { $0.split(separator: " ").map(String.init) }
            .collect()
        let numbers = graph.source(0..<100)
        let repeated = numbers.flatMap(atMost: 5) { repeatElement($0, count: $0 % 6) }.collect()
        let halves = numbers.compactMap { $0 % 2 == 0 ? $0 / 2 : nil }.collect()
        try graph.run(on: Engine(executor))
        #expect(words.elements == ["a", "penstock", "is", "a", "gated", "pipe"])
        #expect(repeated.elements == (0..<100).flatMap { repeatElement($0, count: $0 % 6) })
        #expect(halves.elements == Array(0..<50))
    }

    @Test(arguments: executors) func prefix(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("prefix")
        let naturals = graph.source(state: 0) { n -> String? in
            n += 1
            return "\(n)"
        }
        let first = naturals.prefix(300).collect()
        try graph.run(on: Engine(executor))
        #expect(first.elements == (1...300).map { "\($0)" })
    }

    @Test(arguments: executors) func fold(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("fold")
        let numbers = graph.source(1...100)
        let sum = numbers.fold(0) { $0 += $1 }.collect()
        let all = numbers.fold([Int]()) { $0.append($1) }.collect()
        let sevens = numbers.fold([Int](), every: 7) { $0.append($1) }.collect()
        let exact = numbers.fold(0, every: 50) { $0 += $1 }.collect()
        let empty = graph.source([Int]())
        let ofNone = empty.fold("nothing") { $0 += "\($1)" }.collect()
        let everyOfNone = empty.fold(0, every: 3) { $0 += $1 }.collect()
        let engine = try Engine(executor)
        for _ in 0..<3 {
            try graph.run(on: engine)
            #expect(sum.elements == [5050])
            #expect(all.elements == [Array(1...100)])
            #expect(sevens.elements.count == 15)
            #expect(sevens.elements.flatMap(\.self) == Array(1...100))
            #expect(sevens.elements.dropLast().allSatisfy { $0.count == 7 })
            #expect(exact.elements == [1275, 3775])
            #expect(ofNone.elements == ["nothing"])
            #expect(everyOfNone.elements.isEmpty)
        }
    }

    @Test(arguments: executors) func process(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("process")
        let (even, texts) = graph.source(0..<2000).process(to: Int.self, String.self, atMost: 2) {
            n, even, texts in
            if n.isMultiple(of: 2) { even.send(n) }
            if n.isMultiple(of: 100) {
                texts.send("\(n)")
                texts.send("-\(n)")
            }
        }
        let numbers = even.collect()
        let words = texts.collect()
        try graph.run(on: Engine(executor))
        #expect(numbers.elements == Array(stride(from: 0, to: 2000, by: 2)))
        #expect(
            words.elements == stride(from: 0, to: 2000, by: 100).flatMap { ["\($0)", "-\($0)"] })
    }

    @Test(arguments: executors) func processWithState(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("process")
        let pairs = graph.source(0..<1001).process(
            to: [Int].self, state: [Int](),
            { held, n, pairs in
                held.append(n)
                if held.count == 2 {
                    pairs.send(held)
                    held = []
                }
            },
            finish: { held, pairs in if !held.isEmpty { pairs.send(held) } })
        let all = pairs.collect()
        let engine = try Engine(executor)
        for _ in 0..<2 {
            try graph.run(on: engine)
            #expect(all.elements.count == 501)
            #expect(all.elements.flatMap(\.self) == Array(0..<1001))
        }
    }

    @Test(arguments: executors) func merge(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("merge")
        let even = graph.source(stride(from: 0, to: 1000, by: 2).map { "\($0)" })
        let odd = graph.source(stride(from: 1, to: 1000, by: 2).map { "\($0)" })
        let any = graph.merge(even, odd).collect()
        let turns = graph.merge(even, odd, order: .turns).collect()
        let low = graph.source(stride(from: 0, to: 900, by: 3))
        let high = graph.source(0..<300)
        let sorted = graph.merge([low, high], by: <).collect()
        try graph.run(on: Engine(executor))
        #expect(Set(any.elements) == Set((0..<1000).map { "\($0)" }))
        #expect(any.elements.count == 1000)
        #expect(
            any.elements.filter { Int($0)! % 2 == 0 }
                == stride(from: 0, to: 1000, by: 2).map { "\($0)" })
        #expect(turns.elements == (0..<1000).map { "\($0)" })
        #expect(
            sorted.elements == (Array(stride(from: 0, to: 900, by: 3)) + Array(0..<300)).sorted())
    }

    @Test(arguments: executors) func divide(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("divide")
        let all = graph.source((0..<600).map { "\($0 % 60)" })
        let copies = (0..<3).map { _ in all.collect() }
        let dealt = all.map { $0 }.divided(.roundRobin)
        let thirds = (0..<3).map { _ in dealt.collect() }
        let keyed = all.map { $0 }.divided(byKey: \.stableHash)
        let groups = (0..<4).map { _ in keyed.collect() }
        try graph.run(on: Engine(executor))
        for copy in copies { #expect(copy.elements == (0..<600).map { "\($0 % 60)" }) }
        for (i, third) in thirds.enumerated() {
            #expect(third.elements == stride(from: i, to: 600, by: 3).map { "\($0 % 60)" })
        }
        #expect(groups.map(\.elements.count).reduce(0, +) == 600)
        for (i, a) in groups.enumerated() {
            for b in groups[(i + 1)...] { #expect(Set(a.elements).isDisjoint(with: b.elements)) }
        }
    }

    @Test(arguments: executors) func batches(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("batches")
        let numbers = graph.source(0..<1000)
        let lengths = numbers.batch(64).map { $0.count }.collect()
        let arrays = numbers.batch(100).arrays.collect()
        let doubled = numbers.spans.map(to: Int.self) { input, output in
            for i in input.indices { output.append(2 * input[i]) }
        }.collect()
        let sums = numbers.batch(10).map(to: [Int].self) { input, output in
            var sum = 0
            for i in input.indices {
                sum += input[i]
                output.append([input[i], sum])
            }
        }.collect()
        try graph.run(on: Engine(executor))
        #expect(lengths.elements == Array(repeating: 64, count: 15) + [40])
        #expect(arrays.elements.count == 10)
        #expect(arrays.elements.flatMap(\.self) == Array(0..<1000))
        #expect(doubled.elements == (0..<1000).map { 2 * $0 })
        #expect(sums.elements.last == [999, (990..<1000).reduce(0, +)])
    }

    @Test(arguments: executors) func sources(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("sources")
        let names = graph.source(["a", "b", "c"]).collect()
        let squares = graph.source(state: 0) { n -> Int? in
            n += 1
            return n <= 1000 ? n * n : nil
        }.collect()
        let spans = graph.source(of: String.self, state: 0) { n, output in
            // Now and then there is nothing.
            if n % 5 == 4 {
                n += 1
                return .more
            }
            while !output.isFull && n < 700 {
                output.append("\(n)")
                n += 1
                if n % 5 == 4 { return .more }
            }
            return n < 700 ? .more : .end
        }.collect()
        let constant = graph.source(of: Int.self) { output in
            output.append(42)
            return .end
        }.collect()
        try graph.run(on: Engine(executor))
        #expect(names.elements == ["a", "b", "c"])
        #expect(squares.elements == (1...1000).map { $0 * $0 })
        #expect(spans.elements == (0..<700).filter { $0 % 5 != 4 }.map { "\($0)" })
        #expect(constant.elements == [42])
    }

    @Test(arguments: executors) func sinks(_ executor: EngineOptions.Executor) throws {
        let graph = Graph("sinks")
        let endless = graph.source(state: 0) { n -> Int? in
            n += 1
            return n
        }
        let last = Totals()
        endless.sinkUntil { n in
            last.add(n)
            return n == 777
        }
        let sums = Totals()
        let numbers = graph.source(0..<1000)
        numbers.sink { sums.add($0) }
        let spanSums = Totals()
        numbers.batch(32).sink { span in
            for i in span.indices { spanSums.add(span[i]) }
        }
        numbers.discard()
        try graph.run(on: Engine(executor))
        #expect(last.count == 777)
        #expect(sums.sum == 499_500 && sums.count == 1000)
        #expect(spanSums.sum == 499_500 && spanSums.count == 1000)
    }

    @Test func elementsWithoutBytes() throws {
        let graph = Graph("nothing")
        let count = graph.source(repeatElement((), count: 1000)).map { () }.fold(0) { n, _ in n += 1
        }
        .collect()
        try graph.run(on: Engine())
        #expect(count.elements == [1000])
    }

    @Test func largeElements() throws {
        struct Page: Sendable { var bytes = InlineArray<5000, UInt8>(repeating: 7) }
        let graph = Graph("pages")
        let sum = graph.source((0..<100).map { _ in Page() }).unfused()
            .map { page in Int(page.bytes[4999]) }
            .fold(0) { $0 += $1 }.collect()
        try graph.run(on: Engine())
        #expect(sum.elements == [700])
    }

    @Test func stableHashes() {
        #expect("".stableHash == 0xcbf2_9ce4_8422_2325)
        #expect("foobar".stableHash == 0x8594_4171_f739_67e8)
    }
}
