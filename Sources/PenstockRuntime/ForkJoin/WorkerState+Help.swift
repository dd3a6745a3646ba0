import CPenstockPlatform
import Synchronization

extension WorkerState {
    /// Takes part in the calls that it is invited to, until they are over or something else wants
    /// it. With tasks of its own it runs a single index, so that they wait no longer than that.
    mutating func help(_ flags: UInt32) {
        guard let forks else { return }
        var rest = flags & Doorbell.invitations
        while rest != 0 {
            let bit = rest & ~(rest &- 1)
            let number = bit.trailingZeroBitCount &- 1
            // At once: to take the invitation off costs a cache miss, for which the call need not
            // wait.
            if takePart(in: number, forks) { return }
            // acquiring: pairs with the releasing bitwiseOr in invite(). The slot's next call may
            // have rung before this, so the slot is looked at once more; what rings after it stays.
            doorbell.flags.pointee.bitwiseAnd(~bit, ordering: .acquiring)
            if takePart(in: number, forks) {
                doorbell.flags.pointee.bitwiseOr(bit, ordering: .relaxed)
                return
            }
            rest &= ~bit
        }
    }

    /// True: it left before the end. False: that is over, or not for this worker.
    private mutating func takePart(in number: Int, _ forks: ForkJoin) -> Bool {
        // Its core is not its own now, and the call has its caller.
        if doorbell.isCallersCore { return false }
        let slot = forks.slot(number)
        guard slot.enter() else { return false }
        let lane = Int(slot.lanes[position])
        var goesOn = lane != 0
        if goesOn {
            doorbell.status = .busy
            pstp_in_body_set(true)
            let ownMode = pstp_float_mode_get()
            pstp_float_mode_set(slot.floatMode)
            repeat {
                forks.invite(number, slot, wakes: 2)
                goesOn = slot.runOne(lane: lane)
            } while goesOn && !isWanted
            pstp_float_mode_set(ownMode)
            pstp_in_body_set(false)
        }
        slot.leave()
        return goesOn
    }

    /// Has something else to do than to help.
    private var isWanted: Bool {
        // relaxed: a glance; takeInbox() looks again
        count > 0 || doorbell.flags.pointee.load(ordering: .relaxed) & Doorbell.inbox != 0
            || doorbell.isCallersCore
    }
}
