import PenstockDataflow
import PenstockRuntime
import Synchronization

/// What one scenario knows of all its elements and of what went wrong.
final class Ledger: @unchecked Sendable {
    /// Given to destroy and copy, which must know the size.
    final class Copies: @unchecked Sendable {
        unowned let ledger: Ledger
        let size: Int

        init(_ ledger: Ledger, _ size: Int) {
            self.ledger = ledger
            self.size = size
        }
    }

    private static let most = 1 << 20
    private let states: UnsafeMutablePointer<Atomic<UInt8>>
    private let next = Atomic<Int>(1)
    private let alive = Atomic<Int>(0)
    private let calls = Atomic<Int>(0)
    private var kept: [Int: Copies] = [:]
    private let lock = Lock()
    private var found: [String] = []  // guard: lock
    private var expected: [String] = []  // guard: lock

    /// Copying fails at this copy call; 0: never.
    let failingCopy: Int
    private let copyCalls = Atomic<Int>(0)

    /// Calls `atCall` when so many callbacks have been made; 0: never.
    let callLimit: Int
    nonisolated(unsafe) var atCall: (() -> Void)?

    /// On one thread only: a hash of everything that happened, in order.
    let isTraced: Bool
    private(set) var trace: UInt64 = 0

    /// A stage has said END before its input had ended.
    let endedEarly = Atomic<Bool>(false)

    init(isTraced: Bool, callLimit: Int, failingCopy: Int) {
        self.isTraced = isTraced
        self.callLimit = callLimit
        self.failingCopy = failingCopy
        states = .allocate(capacity: Ledger.most)
        let raw = UnsafeMutableRawPointer(states)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: Ledger.most)
    }

    deinit { states.deallocate() }

    func copies(of size: Int) -> Copies {
        if let it = kept[size] { return it }
        let it = Copies(self, size)
        kept[size] = it
        return it
    }

    // MARK: - Objects

    var liveObjects: Int { alive.load(ordering: .sequentiallyConsistent) }

    func create() -> UInt64 {
        let id = next.add(1, ordering: .relaxed).oldValue
        precondition(id < Ledger.most, "the scenario makes too many objects")
        states[id].store(1, ordering: .relaxed)
        alive.add(1, ordering: .relaxed)
        return UInt64(id)
    }

    func release(_ id: UInt64, _ who: String) {
        if id == 0 { return }
        guard id < Ledger.most else {
            violation("\(who) gave up something that is no object: \(id)")
            return
        }
        if states[Int(id)].exchange(0, ordering: .relaxed) != 1 {
            violation("\(who) gave up object \(id), which is dead")
        } else {
            alive.subtract(1, ordering: .relaxed)
        }
    }

    func expectAlive(_ id: UInt64, _ who: String) {
        if id == 0 || (id < Ledger.most && states[Int(id)].load(ordering: .relaxed) == 1) { return }
        violation("\(who) saw object \(id), which is dead")
    }

    func copyFails() -> Bool {
        if failingCopy == 0 { return false }
        if copyCalls.add(1, ordering: .relaxed).newValue != failingCopy { return false }
        fired("cop")
        return true
    }

    // MARK: - What happened

    func violation(_ text: String) {
        lock.withLock { if found.count < 8 { found.append(text) } }
    }

    var violations: [String] { lock.withLock { found } }

    /// The run has to fail with an error that contains this (or one of the others).
    func fired(_ text: String) { lock.withLock { expected.append(text) } }

    var expectedTexts: [String] { lock.withLock { expected } }

    func forgetRun() { lock.withLock { expected = [] } }

    /// Every callback says hello.
    func note(_ stage: Int, _ replica: Int, _ n: Int, _ first: UInt64, _ now: UInt64) {
        if isTraced {
            trace = Random.mix(trace ^ UInt64(stage) << 48 ^ UInt64(replica) << 40 ^ UInt64(n))
            trace = Random.mix(trace ^ first &+ now)
        }
        if callLimit > 0 && calls.add(1, ordering: .relaxed).newValue == callLimit { atCall?() }
    }
    /// And so does every index of a fork-join.
    func noteFork(_ index: Int, _ lane: Int) {
        if isTraced { trace = Random.mix(trace ^ UInt64(index) << 8 ^ UInt64(lane)) }
    }
}
