import Penstock
import Synchronization
import Testing

struct Tally: Behaviour {
    enum Message: Sendable {
        case add(Int)
        case total(Reply<Int>)
        case fail(Reply<Int>)
    }
    var total = 0

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .add(let n): total += n
        case .total(let reply): context.reply(total, to: reply)
        case .fail: throw Refusal(number: total)
        }
    }
}

@Suite struct ActorsTests {
    @Test(arguments: executors) func aCounterCounts(executor: EngineOptions.Executor) async throws {
        let engine = try Engine(executor)
        let counter = try engine.spawn(Tally())
        for i in 1...1000 { try engine.send(.add(i), to: counter) }
        let total: Int = try await engine.ask(counter) { .total($0) }
        #expect(total == 500_500)
        let counts = try await engine.stopActors()
        #expect(counts.spawned == 1 && counts.stopped == 1)
    }
}
