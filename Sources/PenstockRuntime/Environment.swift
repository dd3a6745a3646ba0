import CPenstockPlatform

/// Everything that can differ from run to run stands behind this: time, random choices, allocation
/// failure and wake-ups. One per engine; `simulation` decides between the two executors.
package final class Environment: @unchecked Sendable {
    /// nil: real threads and the real clock.
    package let simulation: Simulation?
    package let clock: Clock

    package init(simulation: Simulation?) {
        self.simulation = simulation
        clock = Clock(simulation: simulation)
    }

    package var now: UInt64 { clock.now }

    /// Zeroed memory from the checked allocator, or nil when there is none (or the simulation says so).
    package func allocate(count: Int, size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        if let simulation, simulation.allocationFails() { return nil }
        return pstp_alloc(count, size, alignment)
    }
}
