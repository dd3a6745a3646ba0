import Penstock
import Synchronization
import Testing

/// How actors begin, fail, restart, become others and end.
@Suite struct ActorsLifeTests {
    /// Writes its life down.
    private struct Diary: Behaviour {
        enum Message: Sendable {
            case fail
            case stop
            case note(String)
            case child(onFailure: ActorOptions.OnFailure)
            case toChild(Int, [Message])
        }
        let name: String
        let log: Log<String>
        let mark: Tracked?
        var handled = 0
        var children: [ActorRef<Message>] = []

        init(_ name: String, _ log: Log<String>, _ mark: Tracked? = nil) {
            self.name = name
            self.log = log
            self.mark = mark
            log.note("\(name) made")
        }

        mutating func started(_ context: borrowing Context) { log.note("\(name) starts") }

        mutating func receive(_ message: Message, _ context: borrowing Context) throws {
            handled += 1
            switch message {
            case .fail: throw Refusal(number: handled)
            case .stop: context.stop()
            case .note(let text): log.note("\(name) \(handled) \(text)")
            case .child(let onFailure):
                let (name, log) = ("\(name).\(children.count)", log)
                children.append(
                    try context.spawnChild(Diary(name, log), ActorOptions(onFailure: onFailure)))
            case .toChild(let i, let messages):
                for message in messages { try context.send(message, to: children[i]) }
            }
        }
    }

    @Test(arguments: worlds) func restartsMakeTheBehaviourAnew(
        executor: EngineOptions.Executor
    ) throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let log = Log<String>()
            let diary = try engine.spawn(
                Diary("a", log, tracker.instance(1)), ActorOptions(onFailure: .restart))
            for _ in 0..<2 {
                try engine.send(.note("x"), to: diary)
                try engine.send(.fail, to: diary)
            }
            try engine.send(.note("y"), to: diary)
            try engine.awaitQuiescence()
            #expect(
                log.entries == [
                    "a made", "a starts", "a 1 x", "a made", "a starts", "a 1 x", "a made",
                    "a starts", "a 1 y",
                ])
            #expect(tracker.total == 3 && tracker.living == 1)
            let counts = try engine.finish()
            #expect(counts.failed == 2 && counts.restarts == 2)
        }
        #expect(tracker.living == 0)
    }

    @Test(arguments: worlds) func closuresStartAnewToo(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<Int>()
        let counter = try engine.spawn(10, ActorOptions(onFailure: .restart)) {
            (count: inout Int, fails: Bool, context) in
            count += 1
            log.note(count)
            if fails { throw Refusal(number: count) }
        }
        for fails in [false, true, false, false] { try engine.send(fails, to: counter) }
        try engine.finish()
        #expect(log.entries == [11, 12, 11, 12])
    }

    @Test(arguments: worlds) func aLimitEndsRestarting(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let diary = try engine.spawn(
            Diary("a", log), ActorOptions(onFailure: .restart, maxRestarts: 2))
        for _ in 0..<4 { try engine.send(.fail, to: diary) }
        let counts = try engine.finish()
        #expect(counts.restarts == 2 && counts.failed == 3 && counts.deadLetters == 1)
        #expect(log.entries.filter { $0 == "a made" }.count == 3)
    }

    @Test(arguments: worlds) func resumingGoesOn(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let diary = try engine.spawn(Diary("a", log), ActorOptions(onFailure: .resume))
        for message in [Diary.Message.fail, .fail, .note("x")] {
            try engine.send(message, to: diary)
        }
        try engine.finish()
        #expect(log.entries == ["a made", "a starts", "a 3 x"])
    }

    @Test(arguments: worlds, [ActorOptions.Strategy.oneForOne, .oneForAll, .restForOne])
    func strategies(executor: EngineOptions.Executor, strategy: ActorOptions.Strategy) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let parent = try engine.spawn(Diary("p", log), ActorOptions(strategy: strategy))
        for _ in 0..<3 { try engine.send(.child(onFailure: .restart), to: parent) }
        try engine.awaitQuiescence()
        try engine.send(.toChild(1, [.fail]), to: parent)
        try engine.awaitQuiescence()
        let again = Set(log.entries.dropFirst(8)).filter { $0.hasSuffix("made") }
        switch strategy {
        case .oneForOne: #expect(again == ["p.1 made"])
        case .oneForAll: #expect(again == ["p.0 made", "p.1 made", "p.2 made"])
        case .restForOne: #expect(again == ["p.1 made", "p.2 made"])
        }
        try engine.finish()
    }

    @Test(arguments: worlds) func escalationEndsTheFamily(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let parent = try engine.spawn(Diary("p", log))
        try engine.send(.child(onFailure: .escalate), to: parent)
        try engine.send(.child(onFailure: .stop), to: parent)
        try engine.send(.toChild(0, [.fail]), to: parent)
        try engine.awaitQuiescence()
        #expect(try engine.actorCounts.stopped == 3)
        try engine.finish()
    }

    @Test(arguments: worlds) func behavioursThatCannotBeMade(
        executor: EngineOptions.Executor
    ) throws {
        let engine = try Engine.actors(executor)
        let made = Atomic<Int>(0)
        @Sendable func make(_ limit: Int) throws -> Tally {
            let n = made.add(1, ordering: .relaxed).newValue
            if n > limit { throw Refusal(number: n) }
            return Tally()
        }
        let error = failure { _ = try engine.spawn(try make(0)) }
        #expect(error?.code == .actorFailed && error?.underlying as? Refusal == Refusal(number: 1))
        // The second of its tries to restart works.
        made.store(0, ordering: .relaxed)
        let flaky = try engine.spawn(
            try make(made.load(ordering: .relaxed) == 1 ? 1 : 9), ActorOptions(onFailure: .restart))
        try engine.send(.fail, to: flaky)
        #expect(try engine.ask(flaky) { .total($0) } == 0)
        let counts = try engine.finish()
        #expect(counts.failed == 2 && counts.restarts == 2)
    }

    @Test(arguments: worlds) func watchersHearOnce(executor: EngineOptions.Executor) throws {
        struct Watcher: Behaviour {
            enum Message: Sendable {
                case watch(ActorID)
                case unwatch(ActorID)
            }
            let log: Log<Down>
            mutating func receive(_ message: Message, _ context: borrowing Context) throws {
                switch message {
                case .watch(let actor):
                    try context.watch(actor)
                    try context.watch(actor)
                case .unwatch(let actor): context.unwatch(actor)
                }
            }
            mutating func down(_ down: Down, _ context: borrowing Context) { log.note(down) }
        }
        let engine = try Engine.actors(executor)
        let log = Log<Down>()
        let watcher = try engine.spawn(Watcher(log: log))
        let ends = try (0..<4).map { _ in try engine.spawn(Tally()) }
        for end in ends { try engine.send(.watch(end.id), to: watcher) }
        try engine.awaitQuiescence()
        try engine.send(.stop, to: ends[0])
        try engine.send(.fail, to: ends[1])
        #expect(try engine.stop(ends[2], .now))
        try engine.awaitQuiescence()
        try engine.send(.unwatch(ends[3].id), to: watcher)
        try engine.awaitQuiescence()
        #expect(try engine.stop(ends[3]))
        try engine.awaitQuiescence()
        #expect(try !engine.stop(ends[3]))
        try engine.send(.watch(ends[3].id), to: watcher)
        try engine.awaitQuiescence()
        #expect(
            Set(log.entries) == [
                Down(ends[0].id, .stopped), Down(ends[1].id, .failed), Down(ends[2].id, .stopped),
                Down(ends[3].id, .gone),
            ])
        #expect(log.entries.count == 4)
        try engine.finish()
    }

    @Test(arguments: worlds) func closuresBecomeOthers(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let moody = try engine.spawn(0, ActorOptions(onFailure: .restart)) {
            (count: inout Int, message: Int, context) in
            count += 1
            log.note("calm \(count)")
            if message == 1 {
                try context.become { count, message, context in
                    count += 100
                    log.note("angry \(count)")
                    if message == 2 { context.unbecome() }
                    if message == 3 { throw Refusal(number: count) }
                }
            }
        }
        for message in [0, 1, 0, 2, 0, 1, 3, 0] { try engine.send(message, to: moody) }
        try engine.finish()
        #expect(
            log.entries == [
                "calm 1", "calm 2", "angry 102", "angry 202", "calm 203", "calm 204", "angry 304",
                "calm 1",
            ])
    }

    @Test(arguments: worlds) func structsBecomeOthers(executor: EngineOptions.Executor) throws {
        struct First: Behaviour {
            typealias Message = Mood
            let log: Log<String>
            let mark: Tracked
            let tracker: LifetimeTracker
            var answers = 0
            mutating func receive(_ message: Message, _ context: borrowing Context) throws {
                log.note("first \(message) \(answers)")
                switch message {
                case .ask(let tally):
                    try context.ask(tally) {
                        .total($0)
                    } then: { first, answer, context in
                        first.answers += try answer.get()
                        first.log.note("first has \(first.answers)")
                    }
                case .change:
                    // Twice: the last one counts.
                    try context.become(
                        Second(log: log, mark: tracker.instance(1), tracker: tracker))
                    try context.become(
                        Second(log: log, mark: tracker.instance(2), tracker: tracker))
                default: break
                }
            }
        }
        struct Second: Behaviour {
            typealias Message = Mood
            let log: Log<String>
            let mark: Tracked
            let tracker: LifetimeTracker
            var answers = 0
            mutating func receive(_ message: Message, _ context: borrowing Context) throws {
                log.note("second \(message) \(answers)")
                switch message {
                case .ask(let tally):
                    try context.ask(tally) {
                        .total($0)
                    } then: { second, answer, context in
                        second.answers += try answer.get()
                        second.log.note("second has \(second.answers) \(second.mark.number)")
                    }
                case .change: context.unbecome()
                case .back:
                    try context.become(
                        Second(log: log, mark: tracker.instance(3), tracker: tracker))
                default: break
                }
            }
            mutating func idle(_ context: borrowing Context) {}
        }
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let log = Log<String>()
            let tally = try engine.spawn(Tally(total: 5))
            let moody = try engine.spawn(
                First(log: log, mark: tracker.instance(0), tracker: tracker))
            for message in [Mood.ask(tally), .change] {
                try engine.send(message, to: moody)
            }
            try engine.awaitQuiescence()
            for message in [Mood.ask(tally), .back, .note] {
                try engine.send(message, to: moody)
            }
            try engine.awaitQuiescence()
            for message in [Mood.change, .note] {
                try engine.send(message, to: moody)
            }
            try engine.finish()
            let texts = log.entries.filter { !$0.contains("ask") }
            #expect(texts.contains("first has 5") && texts.contains("second has 5 2"))
            #expect(texts.last == "first note 5")
        }
        #expect(tracker.living == 0)
    }

    @Test(arguments: worlds) func stashedMessagesComeBack(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let log = Log<String>()
        let door = try engine.spawn(false) { (isOpen: inout Bool, message: String, context) in
            if message == "open" {
                isOpen = true
                context.unstash()
            } else if isOpen {
                log.note(message)
            } else {
                try context.stash()
                #expect(failure { try context.stash() }?.code == .badState)
            }
        }
        for message in ["a", "b", "open", "c"] { try engine.send(message, to: door) }
        try engine.finish()
        #expect(log.entries == ["a", "b", "c"])
    }

    @Test(arguments: worlds) func batchesAreInOrder(executor: EngineOptions.Executor) throws {
        struct Summing: BatchBehaviour {
            typealias Message = Int
            let log: Log<Int>
            mutating func receive(_ messages: Span<Int>, _ context: borrowing Context) throws {
                #expect(!messages.isEmpty && messages.count <= 64)
                for i in messages.indices {
                    if messages[i] == 77 { throw MessageFailure(at: i, Refusal(number: i)) }
                    log.note(messages[i])
                }
                #expect(failure { try context.stash() }?.code == .badState)
            }
        }
        struct Strings: BatchBehaviour {
            typealias Message = Tracked
            let log: Log<Int>
            mutating func started(_ context: borrowing Context) throws {
                try context.after(.microseconds(10), send: tracked)
            }
            let tracked: Tracked
            mutating func receive(_ messages: Span<Tracked>, _ context: borrowing Context) throws {
                for i in messages.indices { log.note(messages[i].number) }
                if messages[0].number == 50 { throw Refusal(number: 50) }
            }
        }
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let log = Log<Int>()
            let numbers = try engine.spawn(
                batches: Summing(log: log), ActorOptions(onFailure: .resume))
            try engine.sendMany(Array(0..<200), to: numbers)
            for i in 200..<300 { try engine.send(i, to: numbers) }
            try engine.awaitQuiescence()
            #expect(log.entries == Array(0..<300).filter { $0 != 77 })
            let texts = Log<Int>()
            let strings = try engine.spawn(
                batches: Strings(log: texts, tracked: tracker.instance(1000)),
                ActorOptions(onFailure: .resume))
            for i in 0..<200 { try engine.send(tracker.instance(i), to: strings) }
            try engine.awaitQuiescence()
            let own = texts.entries.filter { $0 < 1000 }
            #expect(own == Array(0..<200))
            try engine.stopActors()
        }
        #expect(tracker.living == 0)
    }

    @Test(arguments: worlds) func namesLeadToActorsOfTheirType(
        executor: EngineOptions.Executor
    ) throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(Tally(), ActorOptions(name: "tally"))
        #expect(try engine.find("tally", of: Tally.Message.self) == tally)
        #expect(try engine.find("nobody", of: Tally.Message.self) == nil)
        #expect(
            failure { _ = try engine.find("tally", of: Int.self) }?.code == .typeMismatch)
        #expect(
            failure { _ = try engine.spawn(Tally(), ActorOptions(name: "tally")) }?.code == .busy)
        let finder = try engine.spawn(()) { (_, reply: Reply<Bool>, context) in
            let found = try context.find("tally", of: Tally.Message.self)
            context.reply(found == tally, to: reply)
        }
        #expect(try engine.ask(finder) { $0 })
        try engine.stop(tally)
        try engine.awaitQuiescence()
        #expect(try engine.find("tally", of: Tally.Message.self) == nil)
        _ = try engine.spawn(Tally(), ActorOptions(name: "tally"))
        try engine.finish()
    }
}

private enum Mood: Sendable {
    case ask(ActorRef<Tally.Message>), change, back, note
}
