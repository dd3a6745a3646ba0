import CPenstockPlatform
import Synchronization

/// Where one fork-join call at a time stands; see ForkJoin.swift for the protocol. Raw memory.
///
/// Layout:
///   0   word: what decides who may do what
///   8   body, 16 its context, 24 the number of indices
///   32  how many workers are to be invited, 36 the caller's floating-point mode, 40 how many of
///       the workers have been invited
///   48  two tables of 16-bit numbers: the lane of each worker by its position (0: not invited),
///       and the workers to invite, best first
/// So a helper gets all it needs in one line of 64 bytes, but for lanes from the ninth worker on.
struct ForkSlot: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer
    /// Positions of the engine's roster.
    let positions: Int

    static func byteCount(positions: Int) -> Int { (48 + 4 * positions + 127) & ~127 }

    // The word: bits 0..<48 indices that nobody has claimed, 48..<62 helpers inside, then two
    // flags. Indices and helpers count down to zero, so a free slot's word is 0.
    static let unclaimed: UInt64 = (1 << 48) - 1
    static let oneInside: UInt64 = 1 << 48
    static let inside: UInt64 = ((1 << 14) - 1) << 48
    /// The caller sleeps until nobody is inside.
    static let sleeping: UInt64 = 1 << 62
    /// A caller has the slot.
    static let taken: UInt64 = 1 << 63

    var word: UnsafeMutablePointer<Atomic<UInt64>> {
        memory.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    // MARK: - The call; written by the caller while nobody is inside

    var body: ForkJoin.Body {
        get { memory.load(fromByteOffset: 8, as: ForkJoin.Body.self) }
        nonmutating set { memory.storeBytes(of: newValue, toByteOffset: 8, as: ForkJoin.Body.self) }
    }
    var context: UnsafeMutableRawPointer? {
        get { memory.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self) }
        nonmutating set {
            memory.storeBytes(of: newValue, toByteOffset: 16, as: UnsafeMutableRawPointer?.self)
        }
    }
    var count: Int {
        get { memory.load(fromByteOffset: 24, as: Int.self) }
        nonmutating set { memory.storeBytes(of: newValue, toByteOffset: 24, as: Int.self) }
    }
    var inviteeCount: Int {
        get { Int(memory.load(fromByteOffset: 32, as: UInt32.self)) }
        nonmutating set {
            memory.storeBytes(
                of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 32, as: UInt32.self)
        }
    }
    var floatMode: UInt32 {
        get { memory.load(fromByteOffset: 36, as: UInt32.self) }
        nonmutating set { memory.storeBytes(of: newValue, toByteOffset: 36, as: UInt32.self) }
    }
    var invited: UnsafeMutablePointer<Atomic<Int>> {
        (memory + 40).assumingMemoryBound(to: Atomic<Int>.self)
    }
    var lanes: UnsafeMutablePointer<UInt16> {
        (memory + 48).assumingMemoryBound(to: UInt16.self)
    }
    var invitees: UnsafeMutablePointer<UInt16> { lanes + positions }

    // MARK: - Everyone inside

    /// Runs one index, if there is one left.
    func runOne(lane: Int) -> Bool {
        // relaxed: entering or opening has ordered what the body reads, leaving orders what it
        // writes
        var now = word.pointee.load(ordering: .relaxed)
        while now & ForkSlot.unclaimed != 0 {
            let (claimed, found) = word.pointee.weakCompareExchange(
                expected: now, desired: now &- 1, ordering: .relaxed)
            if claimed {
                body(context, count &- Int(now & ForkSlot.unclaimed), lane)
                return true
            }
            now = found
        }
        return false
    }

    /// Whether there is anything to do for one more thread.
    var hasUnclaimed: Bool {
        word.pointee.load(ordering: .relaxed) & ForkSlot.unclaimed != 0
    }

    /// The next worker to invite, or nil when all have been.
    func nextInvitee() -> Int? {
        let count = inviteeCount
        // relaxed: the tables were ordered by entering or opening
        guard invited.pointee.load(ordering: .relaxed) < count else { return nil }
        let turn = invited.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
        return turn < count ? Int(invitees[turn]) : nil
    }

    // MARK: - A helper

    /// False: nothing is left to do. From here to `leave` the call cannot end.
    func enter() -> Bool {
        var now = word.pointee.load(ordering: .relaxed)
        while now & ForkSlot.unclaimed != 0 {
            // acquiring: pairs with the releasing store in open(), from which only
            // read-modify-writes have led to this value; the call and what its caller did before it
            // are visible
            let (entered, found) = word.pointee.weakCompareExchange(
                expected: now, desired: now &+ ForkSlot.oneInside, successOrdering: .acquiring,
                failureOrdering: .relaxed)
            if entered { return true }
            now = found
        }
        return false
    }

    /// The last that a helper does with a call; the slot may be another's at once.
    func leave() {
        // releasing: pairs with the acquiring load in waitForHelpers(); what the bodies did is
        // visible to the caller, and nothing here reads the call any more
        let before = word.pointee.wrappingSubtract(ForkSlot.oneInside, ordering: .releasing)
            .oldValue
        if before & ForkSlot.sleeping != 0 && before & ForkSlot.inside == ForkSlot.oneInside {
            pstp_futex_wake(memory + 4, 1)
        }
    }

    // MARK: - The caller

    /// False: another call has it, or a late helper has not left it.
    func take() -> Bool {
        // acquiring: pairs with the releasing store in free(); the call before is over
        word.pointee.load(ordering: .relaxed) == 0
            && word.pointee.compareExchange(
                expected: 0, desired: ForkSlot.taken, successOrdering: .acquiring,
                failureOrdering: .relaxed
            ).exchanged
    }

    /// Lets helpers in. The caller has claimed index 0 for itself.
    func open() {
        // releasing: pairs with the acquiring exchange in enter(). A plain store will do: nobody
        // changes the word of a taken slot without unclaimed indices.
        word.pointee.store(ForkSlot.taken | UInt64(count - 1), ordering: .releasing)
    }

    func free() {
        // releasing: pairs with the acquiring exchange in take()
        word.pointee.store(0, ordering: .releasing)
    }

    /// When all indices are claimed: returns when the helpers that are still inside have left.
    ///
    /// `patience`: for how many ticks it looks before it sleeps, asked when it has to wait at all.
    func waitForHelpers(_ patience: () -> UInt64) {
        // Ends that are close together are the rule. A pause costs as much as a hand-off.
        for look in 0..<64 {
            if isAlone { return }
            if look >= 32 { pstp_pause() }
        }
        let limit = patience()
        let since = pstp_ticks()
        while pstp_ticks() &- since < limit {
            if isAlone { return }
            pstp_pause()
        }
        // A helper that leaves sees the flag, or has left before and is seen to have: both are in
        // one word. The futex is its upper half (little-endian), which every helper changes.
        word.pointee.bitwiseOr(ForkSlot.sleeping, ordering: .relaxed)
        while !isAlone {
            let now = word.pointee.load(ordering: .relaxed)
            if now & ForkSlot.inside == 0 { continue }
            pstp_futex_wait(memory + 4, UInt32(truncatingIfNeeded: now >> 32), -1)
        }
    }

    private var isAlone: Bool {
        // acquiring: pairs with the releasing subtraction in leave(), of every helper: from theirs
        // on only read-modify-writes have led to this value
        word.pointee.load(ordering: .acquiring) & ForkSlot.inside == 0
    }
}
