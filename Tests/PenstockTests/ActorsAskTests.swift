import Penstock
import Synchronization
import Testing

/// Asks end once, with the answer or with an error that says why there is none.
@Suite struct ActorsAskTests {
    @Test(arguments: worlds) func tasksAsk(executor: EngineOptions.Executor) async throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally())
        for i in 1...100 { try engine.send(.add(i), to: tally) }
        #expect(try await engine.ask(tally) { .total($0) } == 5050)
        #expect(try await engine.ask(tally, timeout: .seconds(60)) { .total($0) } == 5050)
        let refused = await failure { try await engine.ask(tally) { .refuse($0) } }
        #expect(refused?.code == .actorFailed)
        #expect(refused?.underlying as? Refusal == Refusal(number: -1))
        let late = await failure {
            try await engine.ask(tally, timeout: .milliseconds(1)) { .ignore($0) }
        }
        #expect(late?.code == .timedOut)
        let failed = await failure { try await engine.ask(tally) { .failAnswering($0) } }
        #expect(failed?.code == .actorFailed)
        #expect(failed?.underlying as? Refusal == Refusal(number: 5050))
        // It has stopped.
        let dead = await failure { try await engine.ask(tally) { .total($0) } }
        #expect(dead?.code == .actorIsGone)
        let nobody = await failure {
            try await engine.ask(ActorRef<Tally.Message>.nobody) { .total($0) }
        }
        #expect(nobody?.code == .actorIsGone)
        let counts = try await engine.stopActors()
        #expect(counts.spawned == 1 && counts.stopped == 1 && counts.failed == 1)
        let over = await failure { try await engine.ask(tally) { .total($0) } }
        #expect(over?.code == .badState)
    }

    @Test(arguments: worlds) func threadsAsk(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally(total: 3))
        #expect(try engine.ask(tally) { .total($0) } == 3)
        let refused = failure { let _: Int = try engine.ask(tally) { .refuse($0) } }
        #expect(refused?.code == .actorFailed)
        #expect(refused?.underlying as? Refusal == Refusal(number: -1))
        let late = failure {
            let _: Int = try engine.ask(tally, timeout: .milliseconds(1)) { .ignore($0) }
        }
        #expect(late?.code == .timedOut)
        let failed = failure { let _: Int = try engine.ask(tally) { .failAnswering($0) } }
        #expect(failed?.code == .actorFailed)
        #expect(failed?.underlying as? Refusal == Refusal(number: 3))
        let dead = failure { let _: Int = try engine.ask(tally) { .total($0) } }
        #expect(dead?.code == .actorIsGone)
        try engine.finish()
        let over = failure { let _: Int = try engine.ask(tally) { .total($0) } }
        #expect(over?.code == .badState)
    }

    @Test(arguments: worlds) func actorsAsk(executor: EngineOptions.Executor) throws {
        struct Asker: Behaviour {
            typealias Message = Int
            let tally: ActorRef<Tally.Message>
            let log: Log<String>
            var answers = 0

            mutating func receive(_ round: Int, _ context: borrowing Context) throws {
                try context.ask(tally) {
                    .total($0)
                } then: { asker, answer, context in
                    asker.answers += 1
                    asker.log.note("\(asker.answers): \(try answer.get())")
                }
                try context.ask(tally) {
                    .refuse($0)
                } then: { asker, answer, context in
                    asker.answers += 1
                    asker.note(answer)
                }
                try context.ask(tally, timeout: .milliseconds(1)) {
                    .ignore($0)
                } then: { asker, answer, context in
                    asker.answers += 1
                    asker.note(answer)
                    // Asks within asks.
                    try context.ask(.nobody) { (reply: Reply<Int>) in
                        Tally.Message.total(reply)
                    } then: { asker, answer, _ in
                        asker.answers += 1
                        asker.note(answer)
                    }
                }
            }

            func note(_ answer: Result<Int, PenstockError>) {
                if case .failure(let error) = answer { log.note("\(answers): \(error.code)") }
            }
        }
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally(total: 9))
        let log = Log<String>()
        let asker = try engine.spawn(Asker(tally: tally, log: log))
        try engine.send(0, to: asker)
        try engine.awaitQuiescence()
        // The timeout is a time, of which quiescence knows nothing.
        while log.entries.count < 4 { _ = try engine.ask(tally) { .total($0) } as Int }
        // On a busy machine the short time is over before the others answer.
        let answers = log.entries.map { $0.dropFirst(3) }
        #expect(log.entries.map(\.first) == ["1", "2", "3", "4"])
        #expect(Set(answers) == ["9", "actorFailed", "timedOut", "actorIsGone"])
        try engine.finish()
    }

    @Test(arguments: worlds) func answersOfAllSizes(executor: EngineOptions.Executor) async throws {
        enum Message: Sendable {
            case echo(String, Reply<String>)
            case array(Int, Reply<[Int]>)
            case nothing(Reply<Void>)
            case many(Reply<[8 of Int]>)
        }
        let engine = try Engine.actors(executor)
        let echo = try engine.spawn(()) { (_, message: Message, context) in
            switch message {
            case .echo(let text, let reply): context.reply(text, to: reply)
            case .array(let n, let reply): context.reply(Array(0..<n), to: reply)
            case .nothing(let reply): context.reply(to: reply)
            case .many(let reply): context.reply(.init(repeating: 5), to: reply)
            }
        }
        let long = String(repeating: "ä", count: 1000)
        #expect(try await engine.ask(echo) { .echo(long, $0) } == long)
        #expect(try await engine.ask(echo) { .echo("", $0) }.isEmpty)
        #expect(try await engine.ask(echo) { .array(1000, $0) } == Array(0..<1000))
        try await engine.ask(echo) { .nothing($0) }
        #expect(try await engine.ask(echo) { .many($0) }[7] == 5)
        try blocking(engine, echo, long)
        _ = try await engine.stopActors()

        func blocking(_ engine: Engine, _ echo: ActorRef<Message>, _ long: String) throws {
            #expect(try engine.ask(echo) { .echo(long, $0) } == long)
            #expect(try engine.ask(echo) { .array(10, $0) } == Array(0..<10))
            try engine.ask(echo) { .nothing($0) }
        }
    }

    @Test func aCancelledTaskAsksNoMore() async throws {
        let engine = try Engine.actors(.threads)
        let kept = Mutex<Reply<Int>?>(nil)
        let silent = try engine.spawn(()) { (_, reply: Reply<Int>, context) in
            kept.withLock { $0 = reply }
        }
        let task = Task { try await engine.ask(silent) { $0 } }
        while kept.withLock({ $0 == nil }) { await Task.yield() }
        task.cancel()
        let error = await failure { try await task.value }
        #expect(error?.code == .cancelled)
        let reply = try #require(kept.withLock { $0 })
        #expect(!engine.reply(1, to: reply))
        // One that is cancelled before it asks.
        let before = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await engine.ask(silent) { $0 }
        }
        #expect(await failure { try await before.value }?.code == .cancelled)
        // In a race with the answer, over and over: it ends once.
        let tally = try engine.spawn(Tally(total: 1))
        for _ in 0..<300 {
            let racing = Task { try await engine.ask(tally) { .total($0) } }
            racing.cancel()
            do {
                #expect(try await racing.value == 1)
            } catch { #expect((error as? PenstockError)?.code == .cancelled) }
        }
        _ = try await engine.stopActors()
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6]) func asksEndWithTheActors(round: Int) async throws {
        let engine = try Engine.actors(round.isMultiple(of: 2) ? .threads : .simulated(seed: 1))
        let silent = try engine.spawn(()) { (_, reply: Reply<Int>, context) in }
        let asks = (0..<20).map { _ in Task { try await engine.ask(silent) { $0 } } }
        if round > 2 { try await Task.sleep(for: .milliseconds(round)) }
        if round < 5 { _ = try await engine.stopActors() } else { try engine.stop(silent) }
        for ask in asks {
            let code = await failure { try await ask.value }?.code
            #expect(code == .actorIsGone || code == .badState || code == .timedOut)
        }
        _ = try await engine.stopActors()
    }

    @Test(arguments: worlds) func answersByOthersAndLateOnes(
        executor: EngineOptions.Executor
    ) throws {
        let engine = try Engine.actors(executor)
        let answers = Log<Bool>()
        let deputy = try engine.spawn(()) { (_, reply: Reply<String>, context) in
            answers.note(context.reply("deputy", to: reply))
            answers.note(context.reply("again", to: reply))
            answers.note(context.refuse(reply, Refusal(number: 0)))
        }
        let chief = try engine.spawn(()) { (_, reply: Reply<String>, context) in
            try context.send(reply, to: deputy)
        }
        #expect(try engine.ask(chief) { $0 } == "deputy")
        let counts = try engine.finish()
        #expect(answers.entries == [true, false, false])
        #expect(counts.lateReplies >= 2)
    }

    @Test(arguments: worlds) func answersAreReleasedOnce(executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let maker = try engine.spawn(()) { (_, reply: Reply<Tracked>, context) in
                context.reply(tracker.instance(1), to: reply)
                context.reply(tracker.instance(2), to: reply)  // late
            }
            #expect(try engine.ask(maker) { $0 }.number == 1)
            let ender = try engine.spawn(()) { (_, maker: ActorRef<Reply<Tracked>>, context) in
                let kept = tracker.instance(3)
                try context.ask(maker) {
                    $0
                } then: { _, _, _ in
                    _ = kept
                }
                context.stop()  // before the answer comes
            }
            try engine.send(maker, to: ender)
            let waiter = try engine.spawn(()) { (_, silent: ActorRef<Reply<Tracked>>, context) in
                let kept = tracker.instance(4)
                try context.ask(silent) {
                    $0
                } then: { _, _, _ in
                    _ = kept
                }
            }
            let silent = try engine.spawn(()) { (_, reply: Reply<Tracked>, context) in }
            try engine.send(silent, to: waiter)
            try engine.finish()
        }
        #expect(tracker.living == 0)
    }

    @Test(arguments: worlds) func waitingInsideABehaviourIsADeadlock(
        executor: EngineOptions.Executor
    ) throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally())
        let codes = Log<PenstockError.Code?>()
        let waiting = try engine.spawn(()) { [unowned engine] (_, _: Int, context) in
            codes.note(failure { let _: Int = try engine.ask(tally) { .total($0) } }?.code)
            codes.note(failure { try engine.awaitQuiescence() }?.code)
            codes.note(failure { try engine.stopActors() }?.code)
            codes.note(failure { try engine.observeActors(nil) }?.code)
            codes.note(failure { try Dispatcher(engine).poll() }?.code)
            // These do not wait.
            try engine.send(.add(1), to: tally)
            _ = try engine.spawn(Tally())
        }
        try engine.send(0, to: waiting)
        try engine.finish()
        #expect(codes.entries == Array(repeating: .deadlock, count: 5))
    }
}
