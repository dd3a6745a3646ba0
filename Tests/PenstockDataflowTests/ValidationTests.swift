import PenstockDataflow
import PenstockRuntime
import Testing

/// Each mistake in a description: its status, and an error that names the stage.
@Suite struct ValidationTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let status: Status
        /// All of these are in the text.
        let texts: [String]
        let describe: @Sendable (TestGraph) -> Void

        init(
            _ status: Status, _ texts: String..., describe: @escaping @Sendable (TestGraph) -> Void
        ) {
            self.status = status
            self.texts = texts
            self.describe = describe
        }

        var testDescription: String { texts.joined(separator: " ") }
    }

    private static func chain(_ t: TestGraph, _ change: (inout StageOptions) -> Void) {
        let source = t.count("numbers", to: 3)
        let map = t.copy("middle", source)
        _ = t.counter("last", map)
        t.d.configure(map, options(change))
    }

    private static let identity: ProcessFunction = { _, _, _ in ok }

    static let mistakes: [Mistake] = [
        Mistake(.invalid, "no stages") { _ in },
        Mistake(.invalid, "source", "empty name") { t in _ = t.count("", to: 3) },
        Mistake(.invalid, "two stages are named 'a'") { t in
            _ = t.count("a", to: 3)
            _ = t.count("a", to: 3)
        },
        Mistake(.port, "'numbers'", "output port 0 is not connected") { t in
            _ = t.count("numbers", to: 3)
        },
        Mistake(.port, "'split'", "output port 1 is not connected") { t in
            let split = t.process("split", t.count("numbers", to: 3), ports: 2) { _, _, _ in ok }
            _ = t.counter("end", split)
        },
        Mistake(.port, "'late'", "'numbers' has no output port 3") { t in
            _ = t.counter("late", t.port(t.count("numbers", to: 3), 3))
        },
        Mistake(.badHandle, "'late'", "not a stage") { t in _ = t.counter("late", 77) },
        Mistake(.typeMismatch, "'join'", "different types", "uint64_t", "int") { t in
            let a = t.count("a", to: 3)
            let b = t.d.add(
                .feed, name: "b", inputs: [],
                outputs: [ElementType(size: 4, alignment: 4, name: "int")], user: nil)!
            _ = t.merge("join", [a, b])
        },
        Mistake(.invalid, "'odd'", "size 12 is not a multiple") { t in
            _ = t.d.add(
                .feed, name: "odd", inputs: [],
                outputs: [ElementType(size: 12, alignment: 8, name: "odd")], user: nil)
        },
        Mistake(.invalid, "'none'", "size 0") { t in
            _ = t.d.add(
                .feed, name: "none", inputs: [],
                outputs: [ElementType(size: 0, alignment: 1, name: "void")], user: nil)
        },
        Mistake(.invalid, "'three'", "alignment 3") { t in
            _ = t.d.add(
                .feed, name: "three", inputs: [],
                outputs: [ElementType(size: 3, alignment: 3, name: "three")], user: nil)
        },
        Mistake(.invalid, "'middle'", "replicas 0") { t in chain(t) { $0.replicas = 0 } },
        Mistake(.invalid, "'middle'", "replicas 257") { t in chain(t) { $0.replicas = 257 } },
        Mistake(.invalid, "'numbers'", "a source cannot have replicas") { t in
            _ = t.count("numbers", to: 3, options { $0.replicas = 2 })
        },
        Mistake(.invalid, "'in'", "a feed cannot have a batch") { t in
            _ = t.feed("in", options { $0.batch = 2 })
        },
        Mistake(.invalid, "'middle'", "batch") { t in chain(t) { $0.batch = 1 << 25 } },
        Mistake(.invalid, "'middle'", "batch 8 does not fit", "capacity 4") { t in
            chain(t) {
                $0.batch = 8
                $0.capacity = 4
            }
        },
        Mistake(.invalid, "'middle'", "max_outputs 0") { t in chain(t) { $0.maxOutputs = 0 } },
        Mistake(.invalid, "'middle'", "capacity -1") { t in chain(t) { $0.capacity = -1 } },
        Mistake(.invalid, "'middle'", "cost_ns") { t in chain(t) { $0.costNanoseconds = .nan } },
        Mistake(.invalid, "'middle'", "retries") { t in chain(t) { $0.retries = -1 } },
        Mistake(.invalid, "'middle'", "near") { t in chain(t) { $0.near = 99 } },
        Mistake(.invalid, "'middle'", "only a process stage has finish") { t in
            chain(t) { $0.finish = { _ in ok } }
        },
        Mistake(.invalid, "'numbers'", "dead-letter") { t in
            _ = t.count("numbers", to: 3, options { $0.onFailure = .deadLetter })
        },
        Mistake(.invalid, "'numbers'", "cannot skip") { t in
            _ = t.count("numbers", to: 3, options { $0.onFailure = .skip })
        },
        Mistake(.invalid, "'in'", "a feed has no failure policy") { t in
            _ = t.feed("in", options { $0.onFailure = .skip })
        },
        Mistake(.invalid, "'in'", "a feed has no thread") { t in
            _ = t.feed("in", options { $0.thread = .blocking })
        },
        Mistake(.invalid, "'in'", "a feed has no set-up") { t in
            _ = t.feed("in", options { $0.setup = { _ in ok } })
        },
        Mistake(.port, "'middle'", "dead-letter port is not connected") { t in
            chain(t) { $0.onFailure = .deadLetter }
        },
        Mistake(.port, "'middle'", "dead-letter port is connected, but") { t in
            let middle = t.copy("middle", t.count("numbers", to: 3))
            _ = t.counter("last", middle)
            _ = t.counter("dead", t.port(middle, 1))
        },
        Mistake(.typeMismatch, "'owner'", "port 0 is broadcast to 2", "no copy") { t in
            let type = ElementType(
                size: 8, alignment: 8, name: "owned", destroy: { _, _, _ in })
            let owner = t.d.add(.feed, name: "owner", inputs: [], outputs: [type], user: nil)!
            _ = t.counter("a", owner)
            _ = t.counter("b", owner)
        },
        Mistake(.port, "no edge from 'a'", "to 'last'") { t in
            let a = t.count("a", to: 3)
            let middle = t.copy("middle", a)
            let last = t.counter("last", middle).stage
            t.unfuse(a, last)
        },
        Mistake(.invalid, "'a' to 'last'", "capacity -4") { t in
            let a = t.count("a", to: 3)
            let last = t.counter("last", a).stage
            t.unfuse(a, last, capacity: -4)
        },
        Mistake(.cycle, "must end at a merge in any order, not at 'last'") { t in
            let a = t.count("a", to: 3)
            let last = t.counter("last", a).stage
            t.d.addFeedback(from: .init(stage: a, port: 0), to: last, credit: 1)
        },
        Mistake(.cycle, "'loop'", "credit 0") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            t.d.addFeedback(from: .init(stage: loop, port: 0), to: loop, credit: 0)
        },
        Mistake(.cycle, "closes no cycle", "'loop' does not lead there") { t in
            let a = t.count("a", to: 3)
            let b = t.count("b", to: 3)
            let loop = t.merge("loop", [a])
            _ = t.counter("last", loop)
            t.d.addFeedback(from: .init(stage: b, port: 0), to: loop, credit: 1)
        },
        Mistake(.cycle, "is in two cycles, closed at 'outer' and at 'inner'") { t in
            let outer = t.merge("outer", [t.count("a", to: 3)])
            let inner = t.merge("inner", [outer])
            let again = t.process("again", inner, ports: 3) { _, _, _ in ok }
            _ = t.counter("last", again)
            t.d.addFeedback(from: .init(stage: again, port: 1), to: inner, credit: 4)
            t.d.addFeedback(from: .init(stage: again, port: 2), to: outer, credit: 4)
        },
        Mistake(.cycle, "'both'", "copies its elements inside the cycle of 'loop'") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            let both = t.copy("both", loop)
            let c = t.copy("c", both)
            t.d.addFeedback(from: .init(stage: both, port: 0), to: loop, credit: 4)
            t.d.addFeedback(from: .init(stage: c, port: 0), to: loop, credit: 4)
        },
        Mistake(.deadlock, "'batches'", "batches of 8", "4 elements may be inside") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            let batches = t.process("batches", loop, ports: 2, options { $0.batch = 8 }) {
                _, _, _ in ok
            }
            _ = t.counter("last", batches)
            t.d.addFeedback(from: .init(stage: batches, port: 1), to: loop, credit: 4)
        },
        Mistake(.deadlock, "'one' and 'two' both wait for whole batches") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            let one = t.copy("one", loop, options { $0.batch = 3 })
            let two = t.process("two", one, ports: 2, options { $0.batch = 2 }) { _, _, _ in ok }
            _ = t.counter("last", two)
            t.d.addFeedback(from: .init(stage: two, port: 1), to: loop, credit: 4)
        },
        Mistake(.deadlock, "replicas of 'one' each wait for whole batches") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            let one = t.copy(
                "one", loop,
                options {
                    $0.batch = 3
                    $0.replicas = 2
                    $0.ordered = false
                })
            let two = t.process("two", one, ports: 2) { _, _, _ in ok }
            _ = t.counter("last", two)
            t.d.addFeedback(from: .init(stage: two, port: 1), to: loop, credit: 8)
        },
        Mistake(.deadlock, "from 'loop' to 'small' holds 2 elements", "4 that may be inside") { t in
            let loop = t.merge("loop", [t.count("a", to: 3)])
            let small = t.process("small", loop, ports: 2, options { $0.capacity = 2 }) { _, _, _ in
                ok
            }
            _ = t.counter("last", small)
            t.d.addFeedback(from: .init(stage: small, port: 1), to: loop, credit: 4)
        },
        Mistake(.deadlock, "'join'", "different ports of 'split'") { t in
            let split = t.process("split", t.count("a", to: 3), ports: 2) { _, _, _ in ok }
            _ = t.counter("last", t.merge("join", [split, t.port(split, 1)], .turns))
        },
        Mistake(.deadlock, "'join'", "'a' divides by key") { t in
            let a = t.count("a", to: 3)
            t.d.distribute(
                .init(stage: a, port: 0), .key(Key(function: { _, _, _, _ in }, user: nil)))
            _ = t.counter("last", t.merge("join", [t.copy("x", a), t.copy("y", a)], .turns))
        },
        Mistake(.deadlock, "between 'a' and 'join'", "'some'") { t in
            let a = t.count("a", to: 3)
            let some = t.process("some", a) { _, _, _ in ok }
            _ = t.counter("last", t.merge("join", [some, t.copy("y", a)], .turns))
        },
        // The fork is not the nearest one, and what drops elements lies behind another fork.
        Mistake(.deadlock, "between 'a' and 'join'", "'some'") { t in
            let a = t.count("a", to: 3)
            let some = t.process("some", t.copy("x", a)) { _, _, _ in ok }
            _ = t.counter("aside", some)
            _ = t.counter("last", t.merge("join", [t.copy("z", some), t.copy("y", a)], .turns))
        },
        Mistake(.deadlock, "between 'a' and 'join'", "'bad'") { t in
            let a = t.count("a", to: 3)
            let bad = t.copy("bad", a, options { $0.onFailure = .deadLetter })
            _ = t.counter("dead", t.port(bad, 1))
            _ = t.counter("last", t.merge("join", [bad, t.copy("y", a)], .turns))
        },
        Mistake(.deadlock, "between 'a' and 'join'", "batches of 100", "capacity") { t in
            let a = t.count("a", to: 3)
            let y = t.copy("y", a, options { $0.capacity = 4 })
            let join = t.merge("join", [t.copy("x", a, options { $0.batch = 100 }), y], .turns)
            t.unfuse(y, join, capacity: 4)
            _ = t.counter("last", join)
        },
        Mistake(.deadlock, "'join' sorts", "'a'") { t in
            let a = t.count("a", to: 3)
            _ = t.counter(
                "last",
                t.merge("join", [t.copy("x", a), t.copy("y", a)], .sorted({ _, _, _ in 0 })))
        },
    ]

    @Test(arguments: mistakes) func mistake(_ mistake: Mistake) throws {
        let t = TestGraph("doc")
        mistake.describe(t)
        let found = try #require(failure { try t.d.validate() })
        #expect(found.status == mistake.status, "\(found.text)")
        #expect(found.text.hasPrefix("doc: "))
        for text in mistake.texts { #expect(found.text.contains(text), "\(found.text)") }
        // The same error comes from running it, and nothing has started.
        try withEngine { engine in
            #expect(failure { try t.graph.run(on: engine) }?.text == found.text)
            #expect(failure { try t.graph.wait(nanoseconds: 0) }?.status == .badState)
        }
    }

    /// The first mistake stays, whatever comes after.
    @Test func sticky() {
        let t = TestGraph()
        _ = t.count("", to: 3)
        _ = t.count("x", to: 3)
        #expect(t.d.stages.isEmpty)
        #expect(failure { try t.d.validate() }?.text.contains("empty name") == true)
    }

    /// Joins that cannot stall are not refused.
    @Test func soundJoins() throws {
        for distribution in [Distribution.broadcast, .roundRobin] {
            let t = TestGraph()
            let a = t.copy("a", t.count("numbers", to: 500))
            t.d.distribute(.init(stage: a, port: 0), distribution)
            let b = t.copy("b", a, options { $0.capacity = 1 })
            let c = t.copy("c", a, options { $0.replicas = 2 })
            let join = t.merge("join", [b, c], .turns)
            t.d.distribute(.init(stage: join, port: 0), .roundRobin)
            // A whole diamond inside one way of another.
            let x = t.copy("x", join)
            let y = t.copy("y", join)
            let list = t.list("last", t.merge("outer", [x, y], .turns))
            try withEngine { try t.graph.run(on: $0) }
            var expected = (0..<500).map { UInt64($0) }
            if case .broadcast = distribution { expected = expected.flatMap { [$0, $0] } }
            #expect(list.values == expected)
            try t.graph.shutDown()
        }
    }
}
