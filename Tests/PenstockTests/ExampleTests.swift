import Penstock
import Testing

/// The example of Sources/Penstock/Penstock.swift.
@Suite struct ExampleTests {
    @Test func squares() throws {
        let engine = try Engine()
        let graph = Graph("squares")
        let sums = graph.source(UInt64(0)..<1000)
            .map { $0 * $0 }
            .filter { $0 % 2 == 0 }
            .fold(UInt64(0)) { $0 += $1 }
            .collect()
        try graph.run(on: engine)
        #expect(sums.elements == [166_167_000])
    }
}
