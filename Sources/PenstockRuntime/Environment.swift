import CPenstockPlatform

/// Everything that can differ from run to run stands behind this: time, random choices, allocation
/// failure and wake-ups. One per engine; `simulation` decides between the two executors.
package final class Environment: @unchecked Sendable {
    /// nil: real threads and the real clock.
    package let simulation: Simulation?
    package let clock: Clock
    /// Rung by each worker's thread when it wakes up: for who looks after them, and rests while all
    /// sleep. nil: nobody does. Written by the initializer alone.
    package private(set) nonisolated(unsafe) var vigil: Waker?

    package init(simulation: Simulation?) {
        self.simulation = simulation
        clock = Clock(simulation: simulation)
        if simulation == nil { vigil = Waker(environment: self) }
    }

    deinit { vigil?.free() }

    package var now: UInt64 { clock.now }

    /// Zeroed memory from the checked allocator, or nil when there is none (or the simulation says
    /// so).
    package func allocate(count: Int, size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        if let simulation, simulation.allocationFails() { return nil }
        return pstp_alloc(count, size, alignment)
    }
}
