import Glibc
import Penstock
import Testing

/// Real threads, and many orders of the simulated executor.
let worlds: [EngineOptions.Executor] =
    [.threads] + (0..<25).map { .simulated(seed: UInt64($0)) }

extension Engine {
    /// More workers than there may be cores, so that actors move and messages cross.
    static func actors(
        _ executor: EngineOptions.Executor, actorMemory: Int? = nil, watchdog: Duration? = nil
    ) throws -> Engine {
        try Engine(
            EngineOptions(
                topology: .synthetic("core:3 pu:1"), executor: executor, workers: 3,
                actorMemory: actorMemory, watchdog: watchdog))
    }

    /// What every run promises, at its end.
    @discardableResult
    func finish(_ location: SourceLocation = #_sourceLocation) throws -> ActorCounts {
        try awaitQuiescence(timeout: .seconds(60))
        let counts = try stopActors()
        #expect(
            counts.sent == counts.delivered + counts.dropped + counts.deadLetters,
            sourceLocation: location)
        #expect(counts.spawned == counts.stopped, sourceLocation: location)
        return counts
    }
}

/// What an actor has seen, for the test to look at. With a lock that ThreadSanitizer knows.
final class Log<Entry: Sendable>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var list: [Entry] = []  // guard: lock

    init() { pthread_mutex_init(lock, nil) }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    var entries: [Entry] {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return list
    }

    func note(_ entry: Entry) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        list.append(entry)
    }
}

/// Notes what it gets.
struct Scribe<Message: Sendable>: Behaviour {
    let log: Log<Message>
    mutating func receive(_ message: Message, _ context: borrowing Context) { log.note(message) }
}

/// A sum that answers, fails when told to, and counts how often it was made.
struct Tally: Behaviour {
    enum Message: Sendable {
        case add(Int)
        case total(Reply<Int>)
        case fail
        case failAnswering(Reply<Int>)
        case refuse(Reply<Int>)
        case ignore(Reply<Int>)
        case stop
    }
    var total = 0

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .add(let n): total += n
        case .total(let reply): context.reply(total, to: reply)
        case .fail, .failAnswering: throw Refusal(number: total)
        case .refuse(let reply): context.refuse(reply, Refusal(number: -1))
        case .ignore: break
        case .stop: context.stop()
        }
    }
}

/// The error of an ask that must throw.
func failure<Value>(
    _ body: () async throws -> Value
) async -> PenstockError? {
    do { _ = try await body() } catch { return error as? PenstockError }
    return nil
}
