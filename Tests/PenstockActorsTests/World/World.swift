import PenstockActors
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

/// Actors that do at random all that an actor can do, and what must be true of it in the end:
/// messages of a pair in order, each counted once, each payload and state destroyed once, each ask
/// ended once at most, nothing after a DOWN, children gone before their parents.
final class World: @unchecked Sendable {
    let engine: Engine
    let system: ActorSystem
    let seed: UInt64
    /// Allocations fail.
    let isShort: Bool
    private let lock = Lock()
    private var members: [Member] = []  // guard: lock
    private var errors: [String] = []  // guard: lock
    let payloadsMade = Atomic<Int>(0)
    let payloadsReleased = Atomic<Int>(0)
    let statesDestroyed = Atomic<Int>(0)
    let answers = Atomic<Int>(0)
    let asks = Atomic<Int>(0)
    let downs = Atomic<Int>(0)

    static let memberLimit = 60

    init(_ options: EngineOptions, seed: UInt64, isShort: Bool) throws {
        engine = try Engine(options)
        system = try ActorSystem(engine: engine)
        self.seed = seed
        self.isShort = isShort
    }

    func complain(_ text: String) { lock.withLock { errors.append(text) } }

    /// nil: there are enough already.
    func makeMember(parent: Member? = nil) -> Member? {
        lock.withLock {
            guard members.count < Self.memberLimit else { return nil }
            let member = Member(self, number: members.count, parent: parent)
            members.append(member)
            return member
        }
    }

    /// It was never spawned: nobody will write to it.
    func forget(_ member: Member) { member.ref.store(0, ordering: .relaxed) }

    func member(_ number: Int) -> Member? {
        lock.withLock { members.indices.contains(number) ? members[number] : nil }
    }

    var population: Int { lock.withLock { members.count } }

    func run(letters: Int, hops: UInt16) throws {
        for _ in 0..<5 { spawn() }
        var random = Choices(seed: seed ^ 0x77)
        for i in 0..<letters {
            guard let to = member(random.below(population)) else { continue }
            var letter = Parcel(
                from: -1, to: Int32(to.number), number: UInt32(i), hops: hops, isTick: false)
            _ = withUnsafeBytes(of: &letter) {
                system.send(to: to.actor, type: Parcel.type, $0.baseAddress, $0.count)
            }
        }
        // Time passes: timers fire, asks are given up. Periodic timers may keep it busy for ever.
        for _ in 0..<10 {
            _ = system.awaitQuiescence(nanoseconds: 2_000_000)
            if let simulation = engine.environment.simulation {
                for _ in 0..<20 where !simulation.exclusively({ simulation.step() }) { break }
            }
        }
        check(system.stop(deadline: seed % 3 == 0 ? 0 : 2_000_000))
        engine.stop()
    }

    private func spawn() {
        guard let member = makeMember() else { return }
        var random = Choices(seed: seed &+ UInt64(member.number) &* 77)
        let options = member.options(&random)
        let state = member.retainedState()
        do {
            let ref = try system.spawn(
                options.batch == nil ? behave : nil, state, options)
            member.set(ref)
        } catch {
            member.releaseUnused(state)
            if !isShort { complain("spawn: \(error.text)") }
        }
    }

    private func check(_ counts: ActorCounts) {
        for error in lock.withLock({ errors }).prefix(5) {
            Issue.record("seed \(seed): \(error)")
        }
        #expect(
            counts.sent == counts.delivered + counts.dropped + counts.deadLetters,
            "seed \(seed): \(counts)")
        #expect(counts.spawned == counts.stopped, "seed \(seed): \(counts)")
        let (made, released) = (
            payloadsMade.load(ordering: .relaxed), payloadsReleased.load(ordering: .relaxed)
        )
        #expect(made == released, "seed \(seed): payloads")
        #expect(statesDestroyed.load(ordering: .relaxed) == Int(counts.stopped), "seed \(seed)")
        #expect(answers.load(ordering: .relaxed) <= asks.load(ordering: .relaxed))
        for member in lock.withLock({ members }) where member.ref.load(ordering: .relaxed) != 0 {
            #expect(member.destroyed.load(ordering: .relaxed) == 1, "seed \(seed)")
        }
    }
}

/// Choices that a seed makes.
struct Choices {
    private var state: UInt64

    init(seed: UInt64) { state = (seed &+ 1) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 8) % UInt64(max(1, bound)))
    }

    /// True once in so many times.
    mutating func once(in times: Int) -> Bool { below(times) == 0 }
}
