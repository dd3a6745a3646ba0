/// Round tick marks for a stretch of time.
package struct TimeAxis: Sendable, Equatable {
    package struct Tick: Sendable, Equatable {
        package var ns: UInt64
        package var label: String
    }

    package private(set) var ticks: [Tick] = []

    /// About `target` ticks, 1, 2 or 5 times a power of ten apart, labelled in one unit.
    package init(wallNs: UInt64, target: Int = 9) {
        let least = max(1, wallNs / UInt64(max(1, target)))
        var power: UInt64 = 1
        while power <= UInt64.max / 100, power * 10 <= least { power *= 10 }
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= least } ?? 10 * power

        let units: [(ns: UInt64, name: String)] = [
            (1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s"),
        ]
        // The largest unit in which the picture is at least two units long.
        let unit = units.last { wallNs >= 2 * $0.ns } ?? units[0]
        var decimals = 0
        var rest = unit.ns
        while rest > step, decimals < 9 {
            rest /= 10
            decimals += 1
        }
        var ns: UInt64 = 0
        while ns <= wallNs {
            let value = Double(ns) / Double(unit.ns)
            ticks.append(
                Tick(ns: ns, label: NumberText.fixed(value, decimals: decimals) + " " + unit.name))
            let (next, overflow) = ns.addingReportingOverflow(step)
            if overflow { break }
            ns = next
        }
    }
}
