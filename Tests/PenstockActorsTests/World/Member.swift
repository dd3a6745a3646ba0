import PenstockActors
import PenstockRuntime
import Synchronization

/// One actor of a world, and what it remembers. Guard: the actor, but for what is atomic.
final class Member: @unchecked Sendable {
    unowned let world: World
    let number: Int
    let parent: Member?
    /// 0: not spawned, or not yet.
    let ref = Atomic<UInt64>(0)
    let destroyed = Atomic<Int>(0)
    var random: Choices
    /// Nothing may be missing: its mailbox has no bound.
    private(set) var isComplete = true
    private(set) var needsStart = false
    private(set) var starts = 0
    var children: [Member] = []
    var tokens: [UInt64] = []
    var timers: [UInt64] = []
    var stashed = 0
    private var sent: [Int32: UInt32] = [:]
    private var seen: [Int32: UInt32] = [:]
    private var gone: Set<Int32> = []
    private var aside: [Parcel] = []
    private var watched: [UInt64: Int32] = [:]

    init(_ world: World, number: Int, parent: Member?) {
        self.world = world
        self.number = number
        self.parent = parent
        random = Choices(seed: world.seed &* 1000 &+ UInt64(number))
    }

    var actor: ActorRef { ActorRef(bits: ref.load(ordering: .acquiring)) }

    func set(_ actor: ActorRef) { ref.store(actor.bits, ordering: .releasing) }

    func retainedState() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    /// The spawn failed: destroy is not called.
    func releaseUnused(_ state: UnsafeMutableRawPointer) {
        Unmanaged<Member>.fromOpaque(state).release()
        world.forget(self)
    }

    func options(_ random: inout Choices) -> ActorOptions {
        var options = ActorOptions(destroy: destroyMember)
        options.onFailure = [.stops, .resumes, .restarts, .restarts, .escalates][random.below(5)]
        options.strategy = [.oneForOne, .oneForAll, .restForOne][random.below(3)]
        options.maxRestarts = [0, 1, 3, .max][random.below(4)]
        if random.once(in: 2) {
            options.start = startMember
            needsStart = true
        }
        if random.once(in: 6) { options.batch = receiveBatch }
        if random.once(in: 5) {
            options.capacity = 1 + random.below(5)
            options.overflow = [.refuse, .dropNewest, .dropOldest][random.below(3)]
            isComplete = false
        }
        if random.once(in: 6) { options.name = "member \(number)" }
        if random.once(in: 6) { options.isMeasured = true }
        if random.once(in: 4) { options.on = "core:\(random.below(2))" }
        return options
    }

    // MARK: - Order

    /// The next letter to somebody. `take(back:)` if it could not be sent.
    func letter(to other: Member, hops: UInt16) -> Parcel {
        let to = Int32(other.number)
        let number = sent[to, default: 0]
        sent[to] = number + 1
        return Parcel(
            from: Int32(self.number), to: to, number: number, hops: hops, isTick: false)
    }

    func takeBack(_ letter: Parcel) { sent[letter.to]! -= 1 }

    /// A letter, as it comes.
    func note(_ letter: Parcel) {
        if needsStart && starts == 0 { world.complain("\(number): a letter before its start") }
        if letter.isTick { return }
        let known = aside.firstIndex {
            ($0.from, $0.to, $0.number) == (letter.from, letter.to, letter.number)
        }
        if let known {
            aside.remove(at: known)
            return
        }
        // Forwarded: another's order.
        if letter.to != Int32(number) { return }
        if letter.from < 0 { return }
        if gone.contains(letter.from) {
            world.complain("\(number): a letter of \(letter.from) after its DOWN")
        }
        let expected = seen[letter.from, default: 0]
        if letter.number < expected || (isComplete && letter.number > expected) {
            world.complain(
                "\(number): letter \(letter.number) of \(letter.from) instead of \(expected)")
        }
        seen[letter.from] = letter.number + 1
    }

    /// It was noted, and comes again.
    func putAside(_ letter: Parcel) {
        if !letter.isTick { aside.append(letter) }
    }

    func noteStart() {
        starts += 1
        if destroyed.load(ordering: .relaxed) > 0 { world.complain("\(number): starts when gone") }
    }

    // MARK: - Watching

    func noteWatch(_ other: Member) { watched[other.actor.bits] = Int32(other.number) }

    func noteUnwatch(_ other: Member) { watched[other.actor.bits] = nil }

    func noteDown(_ down: Down) {
        world.downs.add(1, ordering: .relaxed)
        guard let other = watched.removeValue(forKey: down.actor) else {
            return world.complain("\(number): a DOWN that it did not wait for")
        }
        gone.insert(other)
    }

    var watchedMembers: [Member] { watched.values.compactMap { world.member(Int($0)) } }

    // MARK: - The end

    func noteDestroy() {
        if destroyed.add(1, ordering: .acquiringAndReleasing).newValue != 1 {
            world.complain("\(number): destroyed twice")
        }
        for child in children where child.destroyed.load(ordering: .acquiring) == 0 {
            world.complain("\(number): gone before its child \(child.number)")
        }
        world.statesDestroyed.add(1, ordering: .relaxed)
    }
}

func member(_ state: UnsafeMutableRawPointer?) -> Member {
    Unmanaged<Member>.fromOpaque(state!).takeUnretainedValue()
}

private func destroyMember(_ state: UnsafeMutableRawPointer?) {
    let member = Unmanaged<Member>.fromOpaque(state!).takeRetainedValue()
    member.noteDestroy()
}

private func startMember(_ cx: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?) -> Int32
{
    let me = member(state)
    me.noteStart()
    return me.random.once(in: 12) ? 2000 : 0
}
