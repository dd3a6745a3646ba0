import Foundation
import Penstock
import Testing

// The actor of README.md, line by line.
struct Counter: Behaviour {
    enum Message: Sendable {
        case add(Int)
        case total(Reply<Int>)
    }
    var total = 0

    mutating func receive(_ message: Message, _ context: borrowing Context) {
        switch message {
        case .add(let n): total += n
        case .total(let reply): context.reply(total, to: reply)
        }
    }
}

/// The examples of Sources/Penstock/Penstock.swift and of README.md.
@Suite struct ExampleTests {
    @Test func actors() async throws {
        let engine = try Engine()
        let counter = try engine.spawn(Counter(), ActorOptions(onFailure: .restart))
        for i in 1...1000 { try engine.send(.add(i), to: counter) }
        let total: Int = try await engine.ask(counter) { .total($0) }
        #expect(total == 500_500)
    }

    /// Each line of the README's code for actors stands here, in the same order.
    @Test func theReadmeSaysTheSame() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func lines(_ file: URL) throws -> [Substring] {
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                $0.drop { $0 == " " }
            }
        }
        var rest = try lines(here)[...]
        let readme = try lines(root.appendingPathComponent("README.md"))
        let start = try #require(readme.firstIndex { $0 == "struct Counter: Behaviour {" })
        let code = readme[start...].prefix { $0 != "```" }
        #expect(code.count > 15)
        for line in code {
            let found = rest.firstIndex(of: line)
            #expect(found != nil, "\(line)")
            if let found { rest = rest[(found + 1)...] }
        }
    }

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
