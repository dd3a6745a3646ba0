import Glibc
import Penstock
import Synchronization
import Testing

/// What is said of all actors of an engine, dispatchers, and bad input.
@Suite struct ActorsSystemTests {
    @Test(arguments: worlds) func countsAndStatistics(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let tally = try engine.spawn(
            Tally(), ActorOptions(onFailure: .restart, statistics: true))
        let plain = try engine.spawn(Tally())
        for i in 0..<10 { try engine.send(.add(i), to: tally) }
        try engine.send(.fail, to: tally)
        try engine.awaitQuiescence()
        let statistics = try engine.statistics(of: tally)
        #expect(statistics.processed == 11 && statistics.failed == 1 && statistics.restarts == 1)
        #expect(statistics.queueLength == 0 && statistics.queueHighWater >= 1)
        #expect(failure { _ = try engine.statistics(of: plain) }?.code == .badState)
        try engine.stop(plain)
        try engine.awaitQuiescence()
        #expect(failure { _ = try engine.statistics(of: plain) }?.code == .actorIsGone)
        let counts = try engine.actorCounts
        #expect(counts.sent == 11 && counts.delivered == 11 && counts.stopped == 1)
        #expect(counts.failed == 1 && counts.restarts == 1 && counts.bytes > 0)
        #expect(try engine.finish() == engine.stopActors())
    }

    @Test(arguments: worlds) func observersAreTold(executor: EngineOptions.Executor) throws {
        let engine = try Engine.actors(executor)
        let events = Log<ActorEvent>()
        try engine.observeActors { events.note($0) }
        let tally = try engine.spawn(
            Tally(total: 4), ActorOptions(name: "tally", onFailure: .restart, capacity: 100))
        try engine.send(.fail, to: tally)
        try engine.awaitQuiescence()
        try engine.send(.stop, to: tally)
        try engine.awaitQuiescence()
        try engine.send(.stop, to: tally)
        #expect(events.entries.map(\.kind) == [.failed, .restarted, .deadLetter])
        #expect(events.entries.first?.name == "tally")
        #expect(events.entries.first?.text == "\(Refusal(number: 4))")
        #expect(events.entries.allSatisfy { $0.actor == tally.id })
        try engine.observeActors(nil)
        try engine.send(.stop, to: tally)
        #expect(events.entries.count == 3)
        try engine.finish()
    }

    @Test func aBlockedBehaviourIsSeen() throws {
        let engine = try Engine.actors(.threads, watchdog: .milliseconds(20))
        let isSeen = Flag()
        try engine.observeActors { if $0.kind == .blocked && $0.time > .zero { isSeen.set() } }
        let stuck = try engine.spawn(()) { (_, message: Int, context) in
            while !isSeen.isSet { usleep(1000) }
        }
        try engine.send(0, to: stuck)
        try engine.finish()
        #expect(isSeen.isSet)
    }

    @Test func stoppingHasADeadline() throws {
        let engine = try Engine.actors(.threads)
        let busy = try engine.spawn(0) { (count: inout Int, message: Int, context) in
            count += 1
            if context.isStopping { count = 0 }
            try context.send(message, to: context.me)
        }
        try engine.send(1, to: busy)
        #expect(
            failure { try engine.awaitQuiescence(timeout: .milliseconds(5)) }?.code == .timedOut)
        let counts = try engine.stopActors(deadline: .milliseconds(5))
        #expect(counts.spawned == 1 && counts.stopped == 1)
        #expect(failure { _ = try engine.spawn(Tally()) }?.code == .badState)
        #expect(failure { try engine.send(1, to: busy) }?.code == .badState)
        #expect(engine.trySend(1, to: busy) == .stopped)
        #expect(failure { try engine.stop(busy) }?.code == .badState)
    }

    @Test func anEngineEndsItsActors() throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(.threads)
            let busy = try engine.spawn(tracker.instance(0)) {
                (_, message: Tracked, context) in
                try context.send(message, to: context.me)
            }
            for i in 0..<10 { try engine.send(tracker.instance(i), to: busy) }
        }
        #expect(tracker.living == 0)
        let engine = try Engine.actors(.threads)
        let tally = try engine.spawn(Tally())
        try engine.stop()
        #expect(failure { try engine.send(.stop, to: tally) }?.code == .badState)
        #expect(failure { _ = try Engine.stopped().spawn(Tally()) }?.code == .badState)
    }

    /// The engine's last reference goes on one of its own workers.
    @Test func anEngineThatItsOwnActorLetsGo() throws {
        let tracker = LifetimeTracker()
        let (hasLeft, isReleased) = (Flag(), Flag())
        do {
            let engine = try Engine.actors(.threads)
            try engine.observeActors { _ in _ = isReleased.isSet }
            let kept = KeptEngine(engine)
            let last = try engine.spawn(tracker.instance(0)) { (_, message: Int, context) in
                while !hasLeft.isSet { usleep(1000) }
                kept.release()
                isReleased.set()
                // Still the actor's turn: nothing it uses is gone.
                try context.send(1, to: context.me)
            }
            try engine.send(0, to: last)
        }
        hasLeft.set()
        while !isReleased.isSet || tracker.living > 0 { usleep(1000) }
    }

    // MARK: - Dispatchers

    @Test func aDispatcherRunsActorsWhereItIsPolled() throws {
        let engine = try Engine.actors(.threads)
        let main = try Dispatcher(engine)
        let threads = Log<UInt>()
        let window = try engine.spawn(0, ActorOptions(dispatcher: main)) {
            (_, message: Int, context) in threads.note(currentThread())
        }
        let worker = try engine.spawn(()) { (_, message: Int, context) in
            for i in 0..<message { try context.send(i, to: window) }
        }
        #expect(try main.poll() == 0)
        try engine.send(100, to: worker)
        var handled = 0
        while handled < 100 {
            var poll = pollfd(fd: main.fileDescriptor, events: Int16(POLLIN), revents: 0)
            #expect(Glibc.poll(&poll, 1, 10_000) == 1)
            handled += try main.poll(limit: 7)
        }
        #expect(handled == 100)
        #expect(threads.entries == Array(repeating: currentThread(), count: 100))
        #expect(failure { try main.poll(limit: 0) }?.code == .invalid)
        try main.close()
        try main.close()
        #expect(failure { try main.poll() }?.code == .badState)
        #expect(engine.trySend(1, to: window) == .actorIsGone)
        try engine.finish()
    }

    @Test(arguments: worlds) func aDispatcherAsks(executor: EngineOptions.Executor) throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let main = try Dispatcher(engine)
            let tally = try engine.spawn(Tally(total: 6))
            let silent = try engine.spawn(()) { (_, reply: Reply<Tracked>, context) in }
            let log = Log<String>()
            let kept = tracker.instance(0)
            try main.ask(tally) {
                .total($0)
            } then: {
                log.note("\(try! $0.get())")
            }
            try main.ask(tally) {
                .refuse($0)
            } then: { answer in
                if case .failure(let error) = answer { log.note("\(error.code)") }
            }
            while log.entries.count < 2 { try main.poll(timeout: .seconds(60)) }
            #expect(log.entries == ["6", "actorFailed"])
            try main.ask(silent, timeout: .milliseconds(1)) {
                $0
            } then: { answer in
                if case .failure(let error) = answer { log.note("\(error.code)") }
            }
            while log.entries.count < 3 { try main.poll(timeout: .seconds(60)) }
            #expect(log.entries.last == "timedOut")
            try main.ask(silent) {
                $0
            } then: { answer in
                if case .failure(let error) = answer { log.note("\(error.code) \(kept.number)") }
            }
            try main.close()
            #expect(log.entries.last == "badState 0")
            try engine.finish()
        }
        #expect(tracker.living == 0)
    }

    @Test func aDispatcherThatIsDroppedEndsItsActors() throws {
        let tracker = LifetimeTracker()
        let engine = try Engine.actors(.threads)
        var main: Dispatcher? = try Dispatcher(engine)
        let options = ActorOptions(dispatcher: main)
        let window = try engine.spawn(tracker.instance(0), options) {
            (_, message: Tracked, context) in
        }
        try engine.send(tracker.instance(1), to: window)
        main = nil
        _ = consume options
        #expect(engine.trySend(tracker.instance(2), to: window) == .actorIsGone)
        try engine.finish()
        #expect(tracker.living == 0)
    }

    @Test func dispatchersOutliveTheActors() throws {
        let engine = try Engine.actors(.threads)
        let main = try Dispatcher(engine)
        let ended = Flag()
        let silent = try engine.spawn(()) { (_, reply: Reply<Int>, context) in }
        try main.ask(silent) {
            $0
        } then: {
            if case .failure = $0 { ended.set() }
        }
        try engine.stopActors()
        #expect(failure { try main.poll() }?.code == .badState)
        #expect(ended.isSet)
        #expect(failure { _ = try Dispatcher(engine) }?.code == .badState)
    }

    // MARK: - Bad input

    @Test func badOptions() throws {
        let engine = try Engine.actors(.simulated(seed: 1))
        let other = try Engine.actors(.simulated(seed: 1))
        let foreign = try Dispatcher(other)
        let own = try Dispatcher(engine)
        func code(_ options: ActorOptions) -> PenstockError.Code? {
            failure { _ = try engine.spawn(Tally(), options) }?.code
        }
        #expect(code(ActorOptions(name: "")) == .invalid)
        #expect(code(ActorOptions(maxRestarts: -1)) == .invalid)
        #expect(code(ActorOptions(maxRestarts: 1001)) == .invalid)
        #expect(code(ActorOptions(maxRestarts: nil)) == nil)
        #expect(code(ActorOptions(capacity: 0)) == .invalid)
        #expect(code(ActorOptions(capacity: .max)) == .invalid)
        #expect(code(ActorOptions(on: "L9:99")) == .invalid)
        #expect(code(ActorOptions(on: "core:0")) == nil)
        #expect(code(ActorOptions(on: "core:0", dispatcher: own)) == .invalid)
        #expect(code(ActorOptions(dispatcher: foreign)) == .invalid)
        try own.close()
        #expect(code(ActorOptions(dispatcher: own)) == .badHandle)
        #expect(
            failure { _ = try Engine.actors(.threads, actorMemory: 0).spawn(Tally()) }?.code
                == .invalid)
        // A reference of another engine's is nobody here.
        let stranger = try other.spawn(Tally())
        #expect(engine.trySend(.add(1), to: stranger) == .actorIsGone)
        #expect(ActorRef<Int>.nobody.id.description == "nobody")
    }

    @Test func batchActorsCannotBecome() throws {
        struct Other: Behaviour {
            mutating func receive(_ message: Int, _ context: borrowing Context) {}
        }
        struct Batches: BatchBehaviour {
            let log: Log<PenstockError.Code?>
            mutating func receive(_ messages: Span<Int>, _ context: borrowing Context) {
                log.note(failure { try context.become(Other()) }?.code)
                log.note(failure { try context.forward(to: .nobody) }?.code)
            }
        }
        let engine = try Engine.actors(.simulated(seed: 1))
        let log = Log<PenstockError.Code?>()
        let batches = try engine.spawn(batches: Batches(log: log))
        try engine.send(1, to: batches)
        try engine.finish()
        #expect(log.entries == [.badState, .badState])
    }
}

extension Engine {
    fileprivate static func stopped() throws -> Engine {
        let engine = try Engine.actors(.threads)
        try engine.stop()
        return engine
    }
}

/// Gives its engine up when told to.
private final class KeptEngine: Sendable {
    private let engine: Mutex<Engine?>
    init(_ engine: Engine) { self.engine = Mutex(engine) }
    func release() { engine.withLock { $0 = nil } }
}
