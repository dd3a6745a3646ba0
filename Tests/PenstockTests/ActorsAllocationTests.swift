import CountingAllocator
import Penstock
import Testing

/// In steady state a message without references costs no allocation, whoever handles it.
@Suite struct ActorsAllocationTests {
    private static let warm = 20_000
    private static let all = 100_000

    /// Says, on whatever thread runs it, from when to when allocations count.
    private static func note(_ left: Int) {
        counting_set(left > warm && left < all - warm ? COUNTING_ACTORS : COUNTING_NOTHING)
    }

    struct Player: Behaviour {
        enum Message: Sendable {
            case partner(ActorRef<Message>)
            case ball(Int)
        }
        var partner = ActorRef<Message>.nobody

        mutating func receive(_ message: Message, _ context: borrowing Context) throws {
            switch message {
            case .partner(let partner): self.partner = partner
            case .ball(let left):
                note(left)
                if left > 0 { try context.send(.ball(left - 1), to: partner) }
            }
        }
    }

    struct Summing: BatchBehaviour {
        var sum = 0
        mutating func receive(_ messages: Span<Int>, _ context: borrowing Context) throws {
            note(messages[0])
            for i in messages.indices { sum += messages[i] }
            if messages[0] > 0 { try context.send(messages[0] - 1, to: context.me) }
        }
    }

    @Test func messages() throws {
        if !counting_is_possible() { return }
        // It does count.
        let start = counting_total(COUNTING_ACTORS)
        counting_set(COUNTING_ACTORS)
        UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8).deallocate()
        counting_set(COUNTING_NOTHING)
        #expect(counting_total(COUNTING_ACTORS) > start)
        let engine = try Engine(EngineOptions(workers: 2))
        let players = [try engine.spawn(Player()), try engine.spawn(Player())]
        for i in 0..<2 { try engine.send(.partner(players[1 - i]), to: players[i]) }
        let closure = try engine.spawn(0) { (count: inout Int, left: Int, context) in
            Self.note(left)
            count += 1
            if left > 0 { try context.send(left - 1, to: context.me) }
        }
        let batches = try engine.spawn(batches: Summing())
        try engine.awaitQuiescence()
        for start in 0..<3 {
            let before = counting_total(COUNTING_ACTORS)
            switch start {
            case 0: try engine.send(.ball(Self.all), to: players[0])
            case 1: try engine.send(Self.all, to: closure)
            default: try engine.send(Self.all, to: batches)
            }
            try engine.awaitQuiescence()
            #expect(
                counting_total(COUNTING_ACTORS) == before,
                "\(["behaviour", "closure", "batches"][start])")
        }
        try engine.finish()
    }
}
