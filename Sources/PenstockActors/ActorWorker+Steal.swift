import CPenstockPlatform
import PenstockRuntime
import Synchronization

// Actors of a worker whose thread is in a callback for long: a worker that has nothing to do runs them.
//
// A worker's memory is its thread's. While the thread is in code of the program's it is away, and says so
// with a plain store; when it comes back it says that, and looks whether a thief froze the worker
// meanwhile, and then waits. A thief freezes, then looks whether the thread is away: Dekker's protocol,
// where the thief's heavy fence makes up for the one that the owner does without.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    // MARK: - The owner

    /// Into code of the program's, which may take its time.
    @inline(__always)
    func leave() {
        // releasing: pairs with the thief's load
        pointee.isAway.store(true, ordering: .releasing)
    }

    /// Back.
    @inline(__always)
    func enter() {
        pointee.isAway.store(false, ordering: .relaxed)
        // Pairs with the heavy fence in freeze.
        pstp_light_fence()
        // acquiring: pairs with thaw
        if pointee.isFrozen.load(ordering: .acquiring) { waitForThief() }
    }

    /// Back, in what a behaviour calls. Whether it was away: not when the engine itself called what
    /// calls now, as it releases a payload.
    @inline(__always)
    func comeBack() -> Bool {
        let wasAway = pointee.isAway.load(ordering: .relaxed)
        if wasAway { enter() }
        return wasAway
    }

    /// False: it was not away, or has to wait for a thief first; nothing has changed.
    @inline(__always)
    func tryToComeBack() -> Bool {
        if !pointee.isAway.load(ordering: .relaxed) { return false }
        pointee.isAway.store(false, ordering: .relaxed)
        // As in enter.
        pstp_light_fence()
        if !pointee.isFrozen.load(ordering: .acquiring) { return true }
        leave()
        return false
    }

    /// After comeBack.
    @inline(__always)
    func goBack(_ wasAway: Bool) { pointee.isAway.store(wasAway, ordering: .releasing) }

    @inline(__always)
    func inside<R>(_ body: () -> R) -> R {
        let wasAway = comeBack()
        defer { goBack(wasAway) }
        return body()
    }

    @inline(never)
    private func waitForThief() {
        repeat {
            leave()
            while pointee.isFrozen.load(ordering: .relaxed) { pstp_yield() }
            pointee.isAway.store(false, ordering: .relaxed)
            pstp_light_fence()
        } while pointee.isFrozen.load(ordering: .acquiring)
    }

    // MARK: - The thief

    /// False: its thread is not away, or another was first.
    private func freeze() -> Bool {
        guard !pointee.isFrozen.exchange(true, ordering: .acquiring) else { return false }
        pstp_heavy_fence()
        // acquiring: all that the owner did before it left
        if pointee.isAway.load(ordering: .acquiring) { return true }
        thaw()
        return false
    }

    private func thaw() { pointee.isFrozen.store(false, ordering: .releasing) }

    /// What waits for the other, in its queue, its slot, its heap or at its door, is this one's; not the
    /// actor that is running there. True if there was anything.
    func steal(from other: UnsafeMutablePointer<ActorWorker>) -> Bool {
        guard other.freeze() else { return false }
        defer { other.thaw() }
        // Before the mail is gone from where others can see it.
        if pointee.isIdle { becomeBusy() }
        _ = other.takeInbox()
        _ = other.takeGifts()
        _ = other.takeTimers()
        _ = other.fireTimers()
        if let cell = other.pointee.lifo {
            other.pointee.lifo = nil
            other.enqueue(cell)
        }
        other.pointee.door.pointee.counts.publish(other.pointee.counts)
        let any = other.handAll(to: self)
        if other.pointee.hasActorsToRun {
            // It may be about to sleep, and has no mail any more.
            if other.pointee.isIdle { other.becomeBusy() }
            other.pointee.door.pointee.waker.signal()
        } else if other.pointee.isIdle {
            // It was claimed for what it will not find.
            other.markIdle()
        }
        if any { return true }
        becomeIdle()
        return false
    }

    /// Of the queue, what the other may run.
    private func handAll(to thief: UnsafeMutablePointer<ActorWorker>) -> Bool {
        let core = pointee.core
        var left = ActorWorker.mostStolen
        var previous: UnsafeMutablePointer<Cell>?
        var next = pointee.queueHead
        while left > 0, let cell = next {
            next = cell.body.pointee.runNext
            guard core.pointee.allows(cell.body.pointee.dispatcher, thief.pointee.index) else {
                previous = cell
                continue
            }
            if let previous {
                previous.body.pointee.runNext = next
            } else {
                pointee.queueHead = next
            }
            if next == nil { pointee.queueTail = previous }
            pointee.queued &-= 1
            left &-= 1
            cell.pointee.owner.store(thief.pointee.index, ordering: .releasing)
            thief.enqueue(cell)
        }
        return left < ActorWorker.mostStolen
    }

    // MARK: - Who looks after the others

    /// One worker that has nothing to do looks now and then whether another is in a call for long. When
    /// it wants to look again; `.max`: when it is called.
    func keepLookout() -> UInt64 {
        let core = pointee.core
        guard core.pointee.canSteal else { return .max }
        let keeper = core.pointee.lookout.load(ordering: .relaxed)
        if keeper != pointee.index {
            // Nor does one look that runs a stage.
            guard keeper == Lookout.nobody || core.pointee.doors[Int(keeper)].pointee.isBusy,
                core.pointee.lookout.compareExchange(
                    expected: keeper, desired: pointee.index, ordering: .acquiringAndReleasing
                ).exchanged
            else { return .max }
            core.pointee.lookoutRests.store(false, ordering: .relaxed)
            pointee.lookout = Lookout(pointee.clock.now)
        } else if pointee.lookout.isResting {
            if core.pointee.lookoutRests.load(ordering: .relaxed) { return .max }
            pointee.lookout = Lookout(pointee.clock.now)
        }
        let now = pointee.clock.now
        if now < pointee.lookout.next { return pointee.lookout.next }
        if lookAtOthers() { return now }
        pointee.lookout.wait(now)
        if pointee.lookout.quietLooks >= Lookout.lastQuietLook { rest() }
        return pointee.lookout.next
    }

    /// An engine with nothing to do takes no time.
    private func rest() {
        let core = pointee.core
        // Others look at it when they wake up: with the fence, either side sees the other.
        core.pointee.lookoutRests.store(true, ordering: .relaxed)
        pstp_heavy_fence()
        if allOthersSleep {
            pointee.lookout.rest()
        } else {
            core.pointee.lookoutRests.store(false, ordering: .relaxed)
        }
    }

    private var allOthersSleep: Bool {
        let core = pointee.core
        for i in 0..<core.pointee.workerCount where i != Int(pointee.index) {
            if !core.pointee.doors[i].pointee.isParked { return false }
        }
        return true
    }

    /// True if there was anything to take.
    private func lookAtOthers() -> Bool {
        let core = pointee.core
        var areAsleep = true
        for i in 0..<core.pointee.workerCount where i != Int(pointee.index) {
            guard let other = core.pointee.workers[i] else { continue }
            if core.pointee.doors[i].pointee.isParked { continue }
            areAsleep = false
            let passes = other.pointee.passes.load(ordering: .relaxed)
            let isStuck = passes == other.pointee.seenPasses.load(ordering: .relaxed)
            other.pointee.seenPasses.store(passes, ordering: .relaxed)
            if isStuck && other.pointee.isAway.load(ordering: .relaxed) && steal(from: other) {
                return true
            }
        }
        pointee.lookout.quietLooks = areAsleep ? pointee.lookout.quietLooks + 1 : 0
        return false
    }

    /// This worker has work to do.
    func leaveLookout() {
        let core = pointee.core
        guard core.pointee.canSteal else { return }
        if core.pointee.dismissLookout(pointee.index) && !pointee.lookout.isResting {
            // Others are at work.
            core.pointee.callLookout(except: pointee.index)
        }
        pointee.callsLookout = core.pointee.isUnwatched(pointee.index)
    }

    /// Something waits for this worker, whose behaviour may go on for long.
    @inline(never)
    func callLookout() {
        pointee.callsLookout = false
        pointee.core.pointee.callLookout(except: pointee.index)
    }

    /// In a simulation, where no call is long: now and then.
    func stealAtRandom() -> Bool {
        let core = pointee.core
        pointee.lookout.quietLooks += 1
        guard pointee.lookout.quietLooks % 4 == 0 else { return false }
        let turn = pointee.lookout.quietLooks / 4 + Int(pointee.index)
        guard let other = core.pointee.workers[turn % core.pointee.workerCount], other != self
        else { return false }
        return steal(from: other)
    }
}

/// When a worker that looks after others looks again.
struct Lookout: BitwiseCopyable {
    private(set) var next: UInt64
    private var interval = Self.shortest
    /// In a row, at which all others slept.
    var quietLooks = 0

    static let nobody = UInt32.max
    private static let shortest: UInt64 = 1_000_000
    private static let longest: UInt64 = 16_000_000
    /// Of an engine that was quiet for so many looks.
    static let lastQuietLook = 10

    init(_ now: UInt64) { next = now &+ Self.shortest }

    mutating func wait(_ now: UInt64) {
        interval = min(interval &* 2, Self.longest)
        next = now &+ interval
    }

    /// Until it is called.
    mutating func rest() { next = .max }
    var isResting: Bool { next == .max }
}

extension ActorCore {
    /// Nobody looks whether this worker is in a call for long.
    func isUnwatched(_ worker: UInt32) -> Bool {
        let keeper = lookout.load(ordering: .relaxed)
        return keeper == Lookout.nobody || keeper == worker
            || lookoutRests.load(ordering: .relaxed)
    }

    /// True if it was that one.
    func dismissLookout(_ keeper: UInt32) -> Bool {
        guard lookout.load(ordering: .relaxed) == keeper else { return false }
        lookoutRests.store(false, ordering: .relaxed)
        return lookout.compareExchange(
            expected: keeper, desired: Lookout.nobody, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Wakes the one that rests, or somebody who may become one; not a worker that is at work.
    func callLookout(except busy: UInt32) {
        let keeper = lookout.load(ordering: .relaxed)
        if keeper != Lookout.nobody && keeper != busy {
            if lookoutRests.exchange(false, ordering: .acquiringAndReleasing) {
                doors[Int(keeper)].pointee.waker.signal()
            }
            return
        }
        if keeper == busy { _ = dismissLookout(busy) }
        for word in 0..<idleWords {
            var bits = idle[word].load(ordering: .relaxed)
            while bits != 0 {
                let worker = word * 64 + bits.trailingZeroBitCount
                if worker != busy { return doors[worker].pointee.waker.signal() }
                bits &= bits &- 1
            }
        }
    }
}
