import Penstock
import Testing

@Suite struct LoopTests {
    /// Steps of the Collatz sequence (L. Collatz, 1937): numbers go round until they are 1.
    private struct Walk: Sendable {
        let start: Int
        var at: Int
        var steps = 0
    }

    private static func steps(_ start: Int) -> Int {
        var (at, steps) = (start, 0)
        while at != 1 {
            at = at % 2 == 0 ? at / 2 : 3 * at + 1
            steps += 1
        }
        return steps
    }

    @Test(arguments: executors, [1, 3, 64])
    func elementsGoRound(_ executor: EngineOptions.Executor, _ credit: Int) throws {
        let graph = Graph("collatz")
        let lengths = graph.source(1...200).map { Walk(start: $0, at: $0) }
            .loop(credit: credit) { inside in
                let (again, done) = inside.process(to: Walk.self, Walk.self) { walk, again, done in
                    var walk = walk
                    if walk.at == 1 { return done.send(walk) }
                    walk.at = walk.at % 2 == 0 ? walk.at / 2 : 3 * walk.at + 1
                    walk.steps += 1
                    again.send(walk)
                }
                return (again: again, result: done)
            }
            .collect()
        let engine = try Engine(executor)
        for _ in 0..<2 {
            try graph.run(on: engine)
            let found = lengths.elements.sorted { $0.start < $1.start }.map(\.steps)
            #expect(found == (1...200).map(Self.steps))
        }
    }

    @Test func mistakes() throws {
        let noCredit = Graph("no credit")
        noCredit.source(0..<3).loop(credit: 0) { (again: $0.map { $0 }, result: ()) }
        #expect(failure { try noCredit.validate() }?.code == .cycle)

        let elsewhere = Graph("elsewhere")
        let outside = elsewhere.source(0..<3)
        outside.loop(credit: 3) { inside in
            inside.discard()
            return (again: outside.map { $0 }, result: ())
        }
        #expect(failure { try elsewhere.validate() }?.code == .cycle)
    }
}
