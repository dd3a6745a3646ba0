import CPenstockPlatform
import PenstockRuntime
import Synchronization

// What waits behind a call that takes long, and who may touch a worker's memory meanwhile.
//
// A worker's memory is its thread's. While the thread is in code of the program's it is away, and
// says so with a plain store; when it comes back it says that, and looks whether somebody froze the
// worker meanwhile, and then waits. Who freezes it looks whether the thread is away after that:
// Dekker's protocol, where a heavy fence on the rare side makes up for the one that the owner does
// without.

extension UnsafeMutablePointer where Pointee == ActorWorker {
    // MARK: - The owner

    /// Into code of the program's, which may take its time.
    @inline(__always)
    func leave() {
        // releasing: pairs with the load in freeze
        pointee.isAway.store(true, ordering: .releasing)
    }

    /// Back.
    @inline(__always)
    func enter() { if !isBack() { waitForThaw() } }

    /// False: it has to wait.
    @inline(__always)
    private func isBack() -> Bool {
        pointee.isAway.store(false, ordering: .relaxed)
        // Pairs with the heavy fence in freeze.
        pstp_light_fence()
        // acquiring: pairs with thaw
        return !pointee.isFrozen.load(ordering: .acquiring)
    }

    /// Back, in what a behaviour calls. Whether it was away: not when the engine itself called what
    /// calls now, as it releases a payload.
    @inline(__always)
    func comeBack() -> Bool {
        let wasAway = pointee.isAway.load(ordering: .relaxed)
        if wasAway { enter() }
        return wasAway
    }

    /// False: it was not away, or has to wait first; nothing has changed.
    @inline(__always)
    func tryToComeBack() -> Bool {
        if !pointee.isAway.load(ordering: .relaxed) { return false }
        if isBack() { return true }
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
    private func waitForThaw() {
        repeat {
            leave()
            while pointee.isFrozen.load(ordering: .relaxed) { pstp_yield() }
        } while !isBack()
    }

    // MARK: - For the owner

    /// False: its thread is not away, or somebody was first.
    private func freeze() -> Bool {
        guard !pointee.isFrozen.exchange(true, ordering: .acquiring) else { return false }
        pstp_heavy_fence()
        // acquiring: all that the owner did before it left
        if pointee.isAway.load(ordering: .acquiring) { return true }
        thaw()
        return false
    }

    private func thaw() { pointee.isFrozen.store(false, ordering: .releasing) }

    /// Gives what waits for this worker, in its queue, its slot, its heap or at its door, to
    /// workers that have nothing to do; not the actor that is running. For any thread. True if
    /// anything was given.
    func relieve() -> Bool {
        guard freeze() else { return false }
        defer { thaw() }
        guard hasSomething || pointee.timers.earliest <= pointee.clock.now else {
            // Nothing to do since it went into a stage.
            if !pointee.isRunning && !pointee.isIdle { becomeIdle() }
            return false
        }
        // Before the mail is gone from where others can see it.
        if pointee.isIdle { becomeBusy() }
        _ = takeTimers()
        _ = fireTimers()
        _ = takeInbox()
        _ = takeGifts()
        if let cell = pointee.lifo {
            pointee.lifo = nil
            enqueue(cell)
        }
        let any = giveAll()
        pointee.door.pointee.counts.publish(pointee.counts)
        if pointee.hasActorsToRun {
            // It may be about to sleep, and has no mail any more.
            pointee.door.pointee.waker.signal()
        } else if !pointee.isRunning {
            becomeIdle()
        }
        return any
    }

    /// In a simulation, where no call is long: now and then.
    func relieveAtRandom() {
        let core = pointee.core
        pointee.idleRuns &+= 1
        guard pointee.idleRuns % 4 == 0 else { return }
        let turn = Int(pointee.idleRuns / 4 &+ pointee.index) % core.pointee.workerCount
        if let other = core.pointee.workers[turn], other != self { _ = other.relieve() }
    }
}
