import CPenstockPlatform

/// Nanoseconds since the engine was created; virtual in a simulation. Plain data, so that hot code
/// reads the time without touching an object.
package struct Clock: @unchecked Sendable {
    private let nanosecondsPerTick: Double
    private let firstTick: UInt64
    /// The environment keeps it alive.
    package let simulation: Unmanaged<Simulation>?

    package init(simulation: Simulation?) {
        self.simulation = simulation.map { .passUnretained($0) }
        nanosecondsPerTick = 1e9 / pstp_ticks_per_second()
        firstTick = pstp_ticks()
    }

    package var now: UInt64 {
        if let simulation { return simulation._withUnsafeGuaranteedRef { $0.now } }
        return UInt64(Double(pstp_ticks() &- firstTick) * nanosecondsPerTick)
    }
}
