import CPenstockPlatform
import PenstockRuntime

/// Drives a simulation from the thread that waits for a run.
enum SimulatedWait {
    /// One step. False: the time is over, or only the host can go on.
    static func step(_ simulation: Simulation, _ run: Run, until limit: UInt64) throws(Failure)
        -> Bool
    {
        // All graphs of the engine run on the thread that steps, so any callback would wait for
        // itself.
        if simulation.isOwned || CallbackMark.isInside(run) {
            throw Failure(
                .deadlock, "\(run.description.name): waits for itself inside its own callback")
        }
        // One with the step: a host thread that acts in between would make both answers no.
        let (moved, hostMayAct) = simulation.exclusively {
            let hostMayAct = run.hostEdges.values.contains(where: \.waitsForHost) || run.isPaused
            return (CallbackMark.during(run) { simulation.step() }, hostMayAct)
        }
        if moved { return simulation.now < limit || run.hasEnded }
        if run.hasEnded { return true }
        if hostMayAct {
            if limit == .max {
                // Another thread of the host may feed it.
                pstp_futex_wait(run.control.memory + 192, 0, 1_000_000)
                return true
            }
            return false
        }
        run.fail(
            .deadlock,
            "nothing can go on: \(run.stallReport()) (replay with \(simulation.replay))")
        return true
    }
}
