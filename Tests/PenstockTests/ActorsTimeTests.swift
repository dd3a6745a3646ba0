import Penstock
import Synchronization
import Testing

/// Timers and idle timeouts, in real and in virtual time.
@Suite struct ActorsTimeTests {
    private struct Clockwork<Payload: Sendable>: Behaviour {
        enum Message: Sendable {
            case tick(Payload)
            case last(Payload)
            case ticks(Reply<Int>)
            case cancel(Reply<Bool>)
            case idles(Reply<Int>)
        }
        let payload: Payload
        var ticks = 0
        var idles = 0
        var timers: [ActorTimer] = []

        init(_ payload: Payload) { self.payload = payload }

        mutating func started(_ context: borrowing Context) throws {
            timers = [
                try context.every(.microseconds(100), send: .tick(payload)),
                try context.after(.microseconds(50), send: .last(payload)),
                try context.after(.seconds(1000), send: .last(payload)),
            ]
        }

        mutating func receive(_ message: Message, _ context: borrowing Context) throws {
            switch message {
            case .tick: ticks += 1
            case .last: ticks += 1000
            case .ticks(let reply): context.reply(ticks, to: reply)
            case .cancel(let reply):
                let first = timers.map { context.cancel($0) }
                let second = timers.map { context.cancel($0) }
                context.reply(
                    first == [true, false, true] && second == [false, false, false], to: reply)
                try context.setIdleTimeout(.milliseconds(1))
            case .idles(let reply): context.reply(idles, to: reply)
            }
        }

        mutating func idle(_ context: borrowing Context) throws {
            idles += 1
            if idles == 2 { try context.setIdleTimeout(nil) }
        }
    }

    @Test(arguments: worlds) func timersOfInlineMessages(
        executor: EngineOptions.Executor
    ) throws { try run(executor) { 1 } }

    @Test(arguments: worlds) func timersOfMessagesInBoxes(
        executor: EngineOptions.Executor
    ) throws {
        let tracker = LifetimeTracker()
        try run(executor) { tracker.instance(1) }
        #expect(tracker.living == 0)
    }

    private func run<Payload: Sendable>(
        _ executor: EngineOptions.Executor, _ payload: @escaping @Sendable () -> Payload
    ) throws {
        let engine = try Engine.actors(executor)
        let clock = try engine.spawn(Clockwork(payload()))
        while try engine.ask(clock, { .ticks($0) }) < 1003 {}
        #expect(try engine.ask(clock) { .cancel($0) })
        let ticks: Int = try engine.ask(clock) { .ticks($0) }
        #expect(ticks < 2000)
        // Asking is a message, so nothing is idle while somebody asks often.
        while try engine.ask(clock, { .idles($0) }) < 2 { try pass(.milliseconds(3), engine) }
        try pass(.milliseconds(5), engine)
        #expect(try engine.ask(clock) { .idles($0) } == 2)
        #expect(try engine.ask(clock) { .ticks($0) } == ticks)
        try engine.finish()
    }

    /// An ask that nobody answers.
    private func pass(_ time: Duration, _ engine: Engine) throws {
        let silent = try engine.spawn(()) { (_, reply: Reply<Int>, context) in }
        #expect(failure { _ = try engine.ask(silent, timeout: time) { $0 } }?.code == .timedOut)
        try engine.stop(silent)
    }

    @Test(arguments: worlds) func ticksAreStashedAndForwarded(
        executor: EngineOptions.Executor
    ) throws {
        let tracker = LifetimeTracker()
        do {
            let engine = try Engine.actors(executor)
            let log = Log<Int>()
            let other = try engine.spawn(log) { (log: inout Log<Int>, it: Tracked, context) in
                log.note(it.number)
            }
            struct Holder: Behaviour {
                typealias Message = Tracked
                let other: ActorRef<Tracked>
                let tracker: LifetimeTracker
                var seen = 0
                mutating func started(_ context: borrowing Context) throws {
                    try context.after(.microseconds(1), send: tracker.instance(1))
                    try context.after(.microseconds(200), send: tracker.instance(2))
                }
                mutating func receive(_ it: Tracked, _ context: borrowing Context) throws {
                    seen += 1
                    if seen == 1 { return try context.stash() }
                    if seen == 2 { context.unstash() }
                    try context.forward(to: other)
                }
            }
            let holder = try engine.spawn(Holder(other: other, tracker: tracker))
            while log.entries.count < 2 { try pass(.microseconds(100), engine) }
            try engine.stop(holder)
            #expect(log.entries == [2, 1])
            try engine.finish()
        }
        #expect(tracker.living == 0)
    }

    @Test func badTimes() throws {
        let engine = try Engine.actors(.simulated(seed: 1))
        let codes = Log<PenstockError.Code?>()
        let actor = try engine.spawn(()) { (_, message: Int, context) in
            codes.note(failure { try context.every(.zero, send: 1) }?.code)
            codes.note(failure { try context.every(.seconds(-1), send: 1) }?.code)
        }
        try engine.send(0, to: actor)
        try engine.finish()
        #expect(codes.entries == [.invalid, .invalid])
    }
}
