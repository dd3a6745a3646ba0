import Foundation
import PenstockActors
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

/// What happens to actors and messages at their ends: each payload and each state is destroyed
/// once, each message is counted once.
@Suite struct LifecycleTests {
    static let executors: [Executor] =
        [.threads] + (0..<30).map { .simulated(seed: UInt64($0), allocationFailure: 0) }

    private func system(_ executor: Executor) throws -> (Engine, ActorSystem) {
        var options = EngineOptions()
        options.topology = .synthetic("core:3 pu:1")
        options.executor = executor
        options.workers = 3
        let engine = try Engine(options)
        return (engine, try ActorSystem(engine: engine))
    }

    @Test(arguments: executors) func sendsToNobodyAreDeadLetters(executor: Executor) throws {
        let (engine, system) = try system(executor)
        #expect(system.send(to: .none) == .stale)
        #expect(system.send(to: ActorRef(bits: .max)) == .stale)
        let counts = system.stop()
        #expect(counts.sent == 2 && counts.deadLetters == 2)
        engine.stop()
    }

    @Test(arguments: executors) func anEndedActorIsStaleAndItsSlotIsReused(executor: Executor)
        throws
    {
        let (engine, system) = try system(executor)
        let tally = Tally()
        var refs: Set<ActorRef> = []
        for _ in 0..<40 {
            let spawned = try? system.spawn(
                note, tally.retained(), ActorOptions(destroy: releaseTally))
            let ref = try #require(spawned)
            #expect(refs.insert(ref).inserted)
            #expect(system.send(to: ref, type: 1) == .sent)
            #expect(system.stop(ref, now: false) == .sent)
            #expect(system.awaitQuiescence(nanoseconds: 60_000_000_000))
            #expect(system.send(to: ref, type: 2) == .stale)
        }
        let counts = system.stop()
        #expect(counts.spawned == 40 && counts.stopped == 40)
        #expect(counts.delivered == 40 && counts.deadLetters == 40)
        #expect(tally.states.load(ordering: .relaxed) == 40)
        // One slab of slots, one of messages from outside.
        #expect(system.memoryBytes <= 2048 * 128 + 1024 * 64 * 4)
        engine.stop()
    }

    @Test(arguments: executors) func ownedPayloadsAreDestroyedOnce(executor: Executor) throws {
        let (engine, system) = try system(executor)
        let tally = Tally()
        let spawned = try? system.spawn(note, tally.retained(), ActorOptions(destroy: releaseTally))
        let ref = try #require(spawned)
        for i in 0..<100 {
            let result = system.send(
                to: ref, type: 3,
                OwnedBytes(data: nil, size: 0, owner: tally.retained(), release: releasePayload))
            #expect(result == .sent || result == .stale)
            if i == 50 { _ = system.stop(ref, now: false) }
            if i == 70 { _ = system.awaitQuiescence(nanoseconds: 60_000_000_000) }
        }
        let counts = system.stop()
        #expect(counts.sent == 100 && counts.delivered == 51 && counts.deadLetters == 49)
        #expect(tally.payloads.load(ordering: .relaxed) == 100)
        #expect(tally.states.load(ordering: .relaxed) == 1)
        engine.stop()
    }

    @Test(arguments: executors) func aFailureEndsTheActor(executor: Executor) throws {
        let (engine, system) = try system(executor)
        let tally = Tally()
        let spawned = try? system.spawn(fail, tally.retained(), ActorOptions(destroy: releaseTally))
        let ref = try #require(spawned)
        for _ in 0..<5 { _ = system.send(to: ref) }
        #expect(system.awaitQuiescence(nanoseconds: 60_000_000_000))
        let counts = system.stop()
        #expect(counts.failed == 1 && counts.delivered == 1 && counts.deadLetters == 4)
        #expect(tally.states.load(ordering: .relaxed) == 1)
        engine.stop()
    }

    @Test(arguments: executors) func stoppingUnderLoadDestroysAll(executor: Executor) throws {
        let (engine, system) = try system(executor)
        let tally = Tally()
        var roots: [ActorRef] = []
        for _ in 0..<10 {
            let spawned = try? system.spawn(
                breed, tally.retained(), ActorOptions(destroy: releaseTally))
            roots.append(try #require(spawned))
        }
        for root in roots { _ = system.send(to: root) }
        _ = system.awaitQuiescence(nanoseconds: 200_000)
        let counts = system.stop()
        #expect(counts.sent == counts.delivered + counts.deadLetters)
        #expect(counts.spawned == counts.stopped)
        #expect(tally.states.load(ordering: .relaxed) == Int(counts.stopped))
        #expect(system.send(to: roots[0]) == .closed)
        engine.stop()
    }

    @Test(arguments: executors) func anEngineEndsItsActors(executor: Executor) throws {
        let (engine, system) = try system(executor)
        let tally = Tally()
        let spawned = try? system.spawn(
            breed, tally.retained(), ActorOptions(destroy: releaseTally))
        let ref = try #require(spawned)
        #expect(system.send(to: ref) == .sent)
        engine.stop()
        #expect(system.isOver)
        let counts = system.stop()
        #expect(counts.sent == counts.delivered + counts.deadLetters)
        #expect(tally.states.load(ordering: .relaxed) == Int(counts.stopped))
        #expect(throws: Failure.self) { try ActorSystem(engine: engine) }
    }

    @Test func waitingEndsWithTheActors() throws {
        let (engine, system) = try system(.threads)
        let tally = Tally()
        let spawned = try? system.spawn(
            breed, tally.retained(), ActorOptions(destroy: releaseTally))
        _ = system.send(to: try #require(spawned))
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            // Before the end it is false, after it there is nothing to wait for.
            _ = system.awaitQuiescence(nanoseconds: .max)
            done.signal()
        }
        engine.stop()
        done.wait()
    }

    @Test func aMillionIdleActorsTakeAtMost160BytesEach() throws {
        let (engine, system) = try system(.threads)
        for _ in 0..<1_000_000 { #expect((try? system.spawn(ignore, nil)) != nil) }
        #expect(system.memoryBytes <= 160_000_000)
        #expect(system.stop().stopped == 1_000_000)
        engine.stop()
    }

    @Test func anExhaustedBudgetIsAStatus() throws {
        var options = EngineOptions()
        options.workers = 1
        let engine = try Engine(options)
        let system = try ActorSystem(engine: engine, memoryLimit: 2048 * 128)
        let spawned = try? system.spawn(ignore, nil)
        let ref = try #require(spawned)
        #expect(system.send(to: ref) == .noMemory)
        for _ in 1..<2048 { #expect((try? system.spawn(ignore, nil)) != nil) }
        #expect((try? system.spawn(ignore, nil)) == nil)
        _ = system.stop()
        engine.stop()
    }
}

private final class Tally: Sendable {
    let states = Atomic<Int>(0)
    let payloads = Atomic<Int>(0)

    func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }
}

private func releaseTally(_ state: UnsafeMutableRawPointer?) {
    let tally = Unmanaged<Tally>.fromOpaque(state!).takeRetainedValue()
    tally.states.add(1, ordering: .relaxed)
}

private func releasePayload(_ owner: UnsafeMutableRawPointer?) {
    let tally = Unmanaged<Tally>.fromOpaque(owner!).takeRetainedValue()
    tally.payloads.add(1, ordering: .relaxed)
}

private func note(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 { 0 }

private func ignore(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 { 0 }

private func fail(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 { 1001 }

/// Sends to itself for ever, and to a child that ends at its first message.
private func breed(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 {
    let context = ActorContext(context)
    let tally = Unmanaged<Tally>.fromOpaque(state!)
    if let child = context.spawn(last, tally.retain().toOpaque(), destroy: releaseTally) {
        _ = context.send(to: child)
        _ = context.send(to: child)
    }
    _ = context.send(to: context.me)
    return 0
}

private func last(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 {
    ActorContext(context).stop()
    return 0
}
