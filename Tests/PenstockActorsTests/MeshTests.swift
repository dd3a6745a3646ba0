import PenstockActors
import PenstockRuntime
import PenstockTopology
import Synchronization
import Testing

/// Actors that send to each other at random, stop and are replaced, with a number on each message
/// of a pair: nothing may be lost, doubled or overtaken.
@Suite struct MeshTests {
    @Test(arguments: 0..<400) func simulated(seed: UInt64) throws {
        var options = EngineOptions()
        options.topology = .synthetic("core:4 pu:1")
        options.executor = .simulated(seed: seed, allocationFailure: 0)
        options.workers = 1 + Int(seed % 4)
        try Mesh(options, actors: 2 + Int(seed % 7), seed: seed).run(messages: 20, hops: 20)
    }

    @Test(arguments: [1, 2, 4, 8]) func threads(workers: Int) throws {
        for seed in 0..<10 {
            var options = EngineOptions()
            options.workers = workers
            try Mesh(options, actors: 30, seed: UInt64(seed)).run(messages: 200, hops: 200)
        }
    }
}

private struct Letter {
    var from: Int32
    var number: UInt32
    var hops: UInt32
}

private final class Mesh: @unchecked Sendable {
    let engine: Engine
    let system: ActorSystem
    let count: Int
    var refs: [ActorRef] = []
    let seed: UInt64
    let handled = Atomic<Int>(0)
    let errors = Atomic<Int>(0)
    let destroyed = Atomic<Int>(0)

    final class Member {
        unowned let mesh: Mesh
        let index: Int
        var sent: [UInt32]
        /// From each member, and last from outside.
        var seen: [UInt32]
        var random: UInt64

        init(_ mesh: Mesh, _ index: Int) {
            self.mesh = mesh
            self.index = index
            sent = Array(repeating: 0, count: mesh.count)
            seen = Array(repeating: 0, count: mesh.count + 1)
            random = (mesh.seed &+ UInt64(index) &+ 1) &* 0x9e37_79b9_7f4a_7c15
        }

        func next(_ bound: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % UInt64(bound))
        }
    }

    init(_ options: EngineOptions, actors: Int, seed: UInt64) throws {
        engine = try Engine(options)
        system = try ActorSystem(engine: engine)
        count = actors
        self.seed = seed
        for i in 0..<actors {
            let state = Unmanaged.passRetained(Member(self, i)).toOpaque()
            let ref = try? system.spawn(receive, state, ActorOptions(destroy: destroy))
            refs.append(try #require(ref))
        }
    }

    func run(messages: Int, hops: UInt32) throws {
        for i in 0..<messages {
            var letter = Letter(from: -1, number: UInt32(i / count), hops: hops)
            #expect(system.send(to: refs[i % count], &letter, MemoryLayout<Letter>.size) == .sent)
        }
        #expect(system.awaitQuiescence(nanoseconds: 60_000_000_000))
        let counts = system.stop()
        #expect(errors.load(ordering: .relaxed) == 0)
        #expect(handled.load(ordering: .relaxed) == messages * Int(hops + 1))
        #expect(counts.delivered == UInt64(messages) * UInt64(hops + 1))
        #expect(counts.sent == counts.delivered + counts.deadLetters)
        #expect(counts.spawned == counts.stopped)
        #expect(destroyed.load(ordering: .relaxed) == count)
        engine.stop()
    }
}

private func receive(
    _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
    _ message: UnsafeRawPointer
) -> Int32 {
    let me = Unmanaged<Mesh.Member>.fromOpaque(state!).takeUnretainedValue()
    let view = message.load(as: MessageView.self)
    var letter = view.data!.load(as: Letter.self)
    let from = letter.from < 0 ? me.mesh.count : Int(letter.from)
    if me.seen[from] != letter.number || view.size != MemoryLayout<Letter>.size {
        me.mesh.errors.add(1, ordering: .relaxed)
    }
    me.seen[from] += 1
    me.mesh.handled.add(1, ordering: .relaxed)
    if letter.hops == 0 { return 0 }
    let to = me.next(me.mesh.count)
    letter = Letter(from: Int32(me.index), number: me.sent[to], hops: letter.hops - 1)
    me.sent[to] += 1
    if ActorContext(context).send(
        to: me.mesh.refs[to], &letter, MemoryLayout<Letter>.size) != .sent
    {
        me.mesh.errors.add(1, ordering: .relaxed)
    }
    return 0
}

private func destroy(_ state: UnsafeMutableRawPointer?) {
    let member = Unmanaged<Mesh.Member>.fromOpaque(state!).takeRetainedValue()
    member.mesh.destroyed.add(1, ordering: .relaxed)
}
