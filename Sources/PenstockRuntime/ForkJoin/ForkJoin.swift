import CPenstockPlatform
import PenstockTopology
import Synchronization

// A fork-join: one body for many indices, on the calling thread and on workers of the engine that
// have nothing else to do. The engine's workers are the only pool there is.
//
// A call stands in a slot, whose word says all: how many indices nobody has claimed, how many
// helpers are inside, and whether a caller has the slot.
//
//   caller   take     word 0 -> taken                     the slot is its own
//            write    body, context, count, floating-point mode, whom to invite
//            open     word = taken, count - 1 unclaimed   index 0 is the caller's
//            invite   the first few, which invite the others
//            run      claim (unclaimed - 1) and run, until nothing is unclaimed
//            wait     until nobody is inside
//            free     word = 0
//   helper   enter    inside + 1, only while something is unclaimed
//            look up  its lane; a worker without one was not invited to this call and leaves
//            run      as the caller does
//            leave    inside - 1
//
// Helpers run in the caller's floating-point mode, so that it does not show in the bits of a result
// who computed them; what mode they had before is theirs again after.
//
// Whoever is inside holds the call: it cannot end, so the slot cannot be another's. Whoever is not
// touches nothing but the word, by a compare-and-exchange that says everything about the call it
// then is in. So there is nothing that a late helper could mistake: an invitation may be acted on
// at any time later, when the call is over (nothing is unclaimed: it goes away) or when the slot is
// in another call (it is one of its helpers, or has no lane and leaves). There are no generations
// to run out.
//
// A helper is inside for little longer than it runs indices, so the caller waits for indices under
// way and for no helper that is late, asleep or busy. Nobody inside waits for anybody, and a body
// that forks again runs all on its own thread, so there is no cycle to wait in.
//
// Workers learn of a call by a bit of their doorbell, which they look at in every pass anyway. To
// ring costs the ringer a cache miss, and several microseconds where the worker sleeps; so the
// caller rings for the first few and goes to work, and helpers ring for the rest, as a tree.

/// What the fork-joins of an engine share: its roster of workers and the slots of the calls. Raw
/// memory that lives as long as the engine.
package struct ForkJoin: @unchecked Sendable {
    /// Called with the context, an index and the lane of the thread: 0 the caller, from 1 helpers.
    package typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void

    let roster: ForkRoster
    /// A line with the flag `closed`, then the slots.
    private let memory: UnsafeMutableRawPointer
    private let slotBytes: Int
    /// How long an idle worker spins.
    private let spinTicks: UInt64

    /// Calls at once that may have helpers; further ones run on their callers. At most 31, the bits
    /// of a doorbell.
    static let slotCount = 16

    /// nil when memory is out.
    init?(
        machine: Machine, threads: Int, binds: Bool, spinNanoseconds: UInt64,
        environment: Environment
    ) {
        guard
            let roster = ForkRoster(
                machine: machine, threads: threads, binds: binds, environment: environment)
        else { return nil }
        let slotBytes = ForkSlot.byteCount(positions: roster.positions)
        guard
            let memory = environment.allocate(
                count: 1, size: ForkJoin.byteCount(slotBytes), alignment: 128)
        else {
            roster.free()
            return nil
        }
        self.roster = roster
        self.memory = memory
        self.slotBytes = slotBytes
        let ticks = Double(min(spinNanoseconds, 1 << 40)) * pstp_ticks_per_second() / 1e9
        spinTicks = UInt64(ticks)
    }

    private static func byteCount(_ slotBytes: Int) -> Int { 128 + slotCount * slotBytes }

    func free() {
        pstp_free(memory, 1, ForkJoin.byteCount(slotBytes))
        roster.free()
    }

    func slot(_ number: Int) -> ForkSlot {
        ForkSlot(memory: memory + 128 + number &* slotBytes, positions: roster.positions)
    }

    private var closed: UnsafeMutablePointer<Atomic<Bool>> {
        memory.assumingMemoryBound(to: Atomic<Bool>.self)
    }

    /// From here on calls run on their callers; those under way lose only helpers.
    func close() { closed.pointee.store(true, ordering: .relaxed) }
    var isClosed: Bool { closed.pointee.load(ordering: .relaxed) }

    // MARK: - The caller

    /// Runs all on the calling thread.
    static func runAlone(_ count: Int, _ context: UnsafeMutableRawPointer?, _ body: Body) {
        let before = pstp_in_body_get()
        pstp_in_body_set(true)
        for index in 0..<count { body(context, index, 0) }
        pstp_in_body_set(before)
    }

    /// Runs all on the calling thread and at most `helpers` others. False: nothing was done, for
    /// want of a slot or of workers.
    func run(_ count: Int, helpers: Int, _ context: UnsafeMutableRawPointer?, _ body: Body) -> Bool
    {
        guard count <= Int(ForkSlot.unclaimed), let number = takeSlot() else { return false }
        let slot = slot(number)
        slot.body = body
        slot.context = context
        slot.count = count
        slot.floatMode = pstp_float_mode_get()
        let place = roster.placeOfCaller()
        roster.choose(helpers, for: slot, place)
        if slot.inviteeCount == 0 {
            slot.free()
            return false
        }
        place.doorbell?.callerCame()
        slot.open()
        let began = pstp_ticks()
        pstp_in_body_set(true)
        invite(number, slot, wakes: 1)
        body(context, 0, 0)
        var done: UInt64 = 1
        while slot.runOne(lane: 0) {
            done &+= 1
            invite(number, slot, wakes: 1)
        }
        pstp_in_body_set(false)
        slot.waitForHelpers { patience((pstp_ticks() &- began) / done) }
        place.doorbell?.callerLeft()
        slot.free()
        return true
    }

    /// How long the caller looks for its helpers' ends before it sleeps. They claimed their last
    /// indices before it found none, so they are due within the time of one, which its own tell;
    /// beyond twice that a helper has lost its processor. Never less than a worker spins, since to
    /// sleep costs that much; never more than twenty times as much, next to which it costs little.
    /// An engine that does not spin does not here.
    private func patience(_ ticksPerIndex: UInt64) -> UInt64 {
        min(max(spinTicks, 2 &* min(ticksPerIndex, 1 << 60)), 20 &* spinTicks)
    }

    /// A free slot, the one that this thread had last if possible: its lines are near.
    private func takeSlot() -> Int? {
        let first = Int(truncatingIfNeeded: Random.mix(UInt64(pstp_thread_token())) & 0xff)
        for i in 0..<ForkJoin.slotCount {
            let number = (first &+ i) % ForkJoin.slotCount
            if slot(number).take() { return number }
        }
        return nil
    }

    // MARK: - Everyone inside

    /// Rings for the next few workers: for some that are awake, which is cheap, but for at most
    /// `wakes` that sleep.
    func invite(_ number: Int, _ slot: ForkSlot, wakes: Int) {
        var wakes = wakes
        var left = 4
        while left > 0 && wakes > 0 && slot.hasUnclaimed, let position = slot.nextInvitee() {
            guard let worker = roster.worker(at: position) else { continue }
            let doorbell = worker.doorbell
            if doorbell.status == .parked { wakes &-= 1 }
            left &-= 1
            // releasing: pairs with the acquiring loads in Worker.threadMain() and help(); whoever
            // sees the bit sees the slot open
            doorbell.flags.pointee.bitwiseOr(2 << UInt32(number), ordering: .releasing)
            worker.waker.signal()
        }
    }
}
