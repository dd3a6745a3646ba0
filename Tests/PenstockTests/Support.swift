import Glibc
import Penstock
import Synchronization
import Testing

/// Real threads, and two orders of the simulated executor.
let executors: [EngineOptions.Executor] = [
    .threads, .simulated(seed: 1), .simulated(seed: 20_26),
]

extension Engine {
    convenience init(_ executor: EngineOptions.Executor) throws {
        try self.init(EngineOptions(executor: executor))
    }
}

/// Counts the objects that are alive, and how often each has gone through.
final class LifetimeTracker: Sendable {
    private let alive = Atomic<Int>(0)
    private let made = Atomic<Int>(0)

    var living: Int { alive.load(ordering: .sequentiallyConsistent) }
    var total: Int { made.load(ordering: .sequentiallyConsistent) }

    func instance(_ number: Int) -> Tracked { Tracked(number, self) }

    final class Tracked: Sendable, Equatable {
        let number: Int
        private let tracker: LifetimeTracker

        fileprivate init(_ number: Int, _ tracker: LifetimeTracker) {
            self.number = number
            self.tracker = tracker
            tracker.alive.add(1, ordering: .sequentiallyConsistent)
            tracker.made.add(1, ordering: .sequentiallyConsistent)
        }

        deinit { tracker.alive.subtract(1, ordering: .sequentiallyConsistent) }

        static func == (a: Tracked, b: Tracked) -> Bool { a.number == b.number }
    }
}

typealias Tracked = LifetimeTracker.Tracked

struct Refusal: Error, Equatable { let number: Int }

/// The error of a call that must throw.
func failure(_ body: () throws -> Void) -> PenstockError? {
    do { try body() } catch { return error as? PenstockError }
    return nil
}

/// Stops an operation that would otherwise wait for ever.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
}

/// A count and a sum that sinks add to.
final class Totals: Sendable {
    private let both = Mutex((count: 0, sum: 0))
    var count: Int { both.withLock { $0.count } }
    var sum: Int { both.withLock { $0.sum } }
    func add(_ n: Int) {
        both.withLock {
            $0.count += 1
            $0.sum += n
        }
    }
}

/// A number that names the calling thread.
func currentThread() -> UInt { UInt(pthread_self()) }
