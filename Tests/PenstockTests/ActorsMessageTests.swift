import Penstock
import Synchronization
import Testing

/// Messages of all kinds arrive as they were sent, in order, and what they refer to is released
/// once.
@Suite struct ActorsMessageTests {
    @Test(arguments: worlds) func messagesOfAllSizes(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        func check<Message: Sendable & Equatable>(_ messages: [Message]) throws {
            let log = Log<Message>()
            let scribe = try engine.spawn(Scribe(log: log))
            for message in messages { try engine.send(message, to: scribe) }
            try engine.sendMany(messages, to: scribe)
            // And from an actor.
            let sender = try engine.spawn(messages) {
                (messages: inout [Message], _: Int, context) in
                for message in messages { try context.send(message, to: scribe) }
                try context.sendMany(messages, to: scribe)
            }
            try engine.awaitQuiescence()
            try engine.send(0, to: sender)
            try engine.awaitQuiescence()
            #expect(log.entries == messages + messages + messages + messages)
        }
        try check([Nothing()])
        try check([UInt8(1), 2, 3])
        try check((0..<200).map { $0 })
        try check([Bytes<InlineBytes9>(1), Bytes(2)])
        try check([Bytes<InlineBytes40>(1), Bytes(2)])
        try check([Bytes<InlineBytes48>(1), Bytes(2)])
        try check([Bytes<InlineBytes56>(1), Bytes(2)])
        try check([SIMD4<Float>(1, 2, 3, 4)])  // aligned to 16
        try check(["", "a string that is longer than sixteen bytes"])
        try check([[1, 2, 3], []])
        try check([Optional<String>.none, "some"])
        try engine.finish()
    }

    @Test(arguments: worlds) func sendersKeepTheirOrder(executor: EngineOptions.Executor) throws {
        struct Letter: Sendable { var from: Int, number: Int, note: String }
        let engine = try Engine.actors(executor)
        let log = Log<Letter>()
        let reader = try engine.spawn(Scribe(log: log))
        for from in 0..<5 {
            let sender = try engine.spawn(0) { (number: inout Int, count: Int, context) in
                for _ in 0..<count {
                    try context.send(
                        Letter(from: from, number: number, note: "\(number)"), to: reader)
                    number += 1
                }
            }
            for _ in 0..<10 { try engine.send(7, to: sender) }
        }
        try engine.finish()
        for from in 0..<5 {
            let mine = log.entries.filter { $0.from == from }
            #expect(mine.map(\.number) == Array(0..<70))
            #expect(mine.allSatisfy { $0.note == "\($0.number)" })
        }
    }

    @Test(arguments: worlds) func whatMessagesReferToIsReleasedOnce(
        executor: EngineOptions.Executor
    ) throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let log = Log<Int>()
            let reader = try engine.spawn(log) { (log: inout Log<Int>, it: Tracked, context) in
                log.note(it.number)
                if it.number == 50 { context.stop() }
            }
            // Delivered, and dead letters.
            for i in 0..<100 { try engine.send(tracker.instance(i), to: reader) }
            try engine.awaitQuiescence()
            #expect(log.entries == Array(0...50))
            #expect(tracker.total == 100 && tracker.living == 0)
            #expect(engine.trySend(tracker.instance(0), to: reader) == .actorIsGone)
            #expect(engine.trySend(tracker.instance(0), to: .nobody) == .actorIsGone)
            #expect(tracker.living == 0)
            // In the mailbox and the stash of an actor at the engine's end.
            let hoarder = try engine.spawn(()) { (_, it: Tracked, context) in
                if it.number < 10 { try context.stash() }
            }
            for i in 0..<20 { try engine.send(tracker.instance(i), to: hoarder) }
            try engine.awaitQuiescence()
            #expect(tracker.living == 10)
            let busy = try engine.spawn(()) { (_, it: Tracked, context) in
                try context.send(it, to: context.me)
            }
            try engine.send(tracker.instance(0), to: busy)
        }
        #expect(tracker.living == 0)
    }

    @Test(arguments: worlds) func boundedMailboxes(executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        let engine = try Engine.actors(executor)
        let gate = try engine.spawn(()) { (_, message: ActorRef<Tracked>, context) in
            // One actor's turn: nobody takes anything meanwhile, in a simulation.
            var outcomes: [SendOutcome] = []
            for i in 0..<20 {
                outcomes.append(context.trySend(tracker.instance(i), to: message))
            }
            if engineIsSimulated(executor) {
                #expect(outcomes.filter { $0 == .sent }.count == 4)
                #expect(outcomes.filter { $0 == .mailboxFull }.count == 16)
            }
            do {
                try context.sendMany((0..<100).map { tracker.instance($0) }, to: message)
                #expect(!engineIsSimulated(executor))
            } catch {
                let error = try #require(error as? PenstockError)
                #expect(error.code == .mailboxFull && error.element != nil)
            }
        }
        let refusing = try engine.spawn(
            Scribe(log: Log<Tracked>()), ActorOptions(capacity: 4))
        try engine.send(refusing, to: gate)
        try engine.awaitQuiescence()
        let dropping = try engine.spawn(
            Scribe(log: Log<Tracked>()), ActorOptions(capacity: 4, overflow: .dropNewest))
        let flood = try engine.spawn(()) { (_, message: Int, context) in
            for i in 0..<100 { try context.send(tracker.instance(i), to: dropping) }
        }
        try engine.send(0, to: flood)
        let counts = try engine.finish()
        if engineIsSimulated(executor) { #expect(counts.dropped == 96) }
        #expect(tracker.living == 0)
    }

    @Test func aThreadWaitsForRoom() throws {
        let engine = try Engine.actors(.threads)
        let log = Log<Int>()
        let slow = try engine.spawn(
            Scribe(log: log), ActorOptions(capacity: 2, overflow: .wait))
        for i in 0..<1000 { try engine.send(i, to: slow) }
        try engine.finish()
        #expect(log.entries == Array(0..<1000))
    }

    @Test func anExhaustedBudgetIsAnError() throws {
        let engine = try Engine.actors(.threads, actorMemory: 1 << 20)
        var errors: [PenstockError] = []
        for _ in 0..<100_000 where errors.isEmpty {
            do { _ = try engine.spawn(Tally()) } catch { errors.append(error) }
        }
        #expect(errors.first?.code == .outOfMemory)
        try engine.stopActors()
    }

    @Test(arguments: worlds) func forwardedMessagesKeepTheRightToAnswer(
        executor: EngineOptions.Executor
    ) async throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally(total: 7))
        let front = try engine.spawn(()) { (_, message: Tally.Message, context) in
            try context.forward(to: tally)
            #expect(failure { try context.forward(to: tally) }?.code == .badState)
            // It is another's concern by now.
            throw Refusal(number: 1)
        }
        #expect(try await engine.ask(front) { .total($0) } == 7)
        _ = try await engine.stopActors()
    }

    private func engineIsSimulated(_ executor: EngineOptions.Executor) -> Bool {
        executor != .threads
    }
}

private struct Nothing: Sendable, Equatable {}

/// A value without references of exactly the storage's size.
private struct Bytes<Storage: BytesStorage>: Sendable, Equatable {
    var storage: Storage

    init(_ seed: UInt8) {
        storage = Storage()
        withUnsafeMutableBytes(of: &storage) { bytes in
            for i in bytes.indices { bytes[i] = seed &+ UInt8(truncatingIfNeeded: i) }
        }
    }

    static func == (a: Bytes, b: Bytes) -> Bool {
        withUnsafeBytes(of: a.storage) { a in
            withUnsafeBytes(of: b.storage) { b in a.elementsEqual(b) }
        }
    }
}

private protocol BytesStorage: Sendable, BitwiseCopyable { init() }
private struct InlineBytes9: BytesStorage { var bytes: [9 of UInt8] = .init(repeating: 0) }
private struct InlineBytes40: BytesStorage { var bytes: [40 of UInt8] = .init(repeating: 0) }
private struct InlineBytes48: BytesStorage { var bytes: [48 of UInt8] = .init(repeating: 0) }
private struct InlineBytes56: BytesStorage { var bytes: [56 of UInt8] = .init(repeating: 0) }
