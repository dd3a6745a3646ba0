/// Numbers for people, in one style everywhere: three significant digits, a space before the unit.
package enum NumberText {
    /// Fixed decimals, rounded half away from zero.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).nearest
        // Past 2^53 a Double holds no fraction, and its digits as an integer may not fit.
        guard scaled < 9e15 else { return "\(value)" }
        let whole = UInt64(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + "\(whole)" }
        let unit = UInt64(scale)
        let fraction = "\(whole % unit)"
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return sign + "\(whole / unit)." + zeros + fraction
    }

    /// At most one decimal and no trailing zero: coordinates of a picture.
    package static func coordinate(_ value: Double) -> String {
        let text = fixed(value, decimals: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Every digit, in groups of three: "12 345 678".
    package static func grouped(_ value: UInt64) -> String {
        var result = ""
        for (position, digit) in "\(value)".reversed().enumerated() {
            if position > 0, position % 3 == 0 { result.append(" ") }
            result.append(digit)
        }
        return String(result.reversed())
    }

    /// "812", "12.3 k", "4.5 M".
    package static func count(_ value: UInt64) -> String {
        value < 1000
            ? "\(value)"
            : scaled(Double(value), step: 1000, units: ["", "k", "M", "G", "T", "P", "E"])
    }

    /// "4.5 M/s"; slow rates keep a decimal: "0.3/s".
    package static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite, perSecond >= 0 else { return "–" }
        if perSecond < 10 { return (perSecond == 0 ? "0" : fixed(perSecond, decimals: 1)) + "/s" }
        if perSecond < 999.5 { return fixed(perSecond, decimals: 0) + "/s" }
        return scaled(perSecond, step: 1000, units: ["", "k", "M", "G", "T", "P", "E"]) + "/s"
    }

    /// A share of one: "93 %"; a trace of something is not nothing: "<1 %".
    package static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "–" }
        if share > 0, share < 0.005 { return "<1 %" }
        return fixed(share * 100, decimals: 0) + " %"
    }

    /// "812 ns", "1.2 µs", "93.0 ms", "1.5 s".
    package static func duration(ns: UInt64) -> String {
        ns < 1000 ? "\(ns) ns" : scaled(Double(ns), step: 1000, units: ["ns", "µs", "ms", "s"])
    }

    /// One decimal below 100 and none above. The unit is chosen after rounding, so that 999 960
    /// reads "1.0 M" and never "1000 k".
    private static func scaled(_ value: Double, step: Double, units: [String]) -> String {
        var value = value
        var unit = 0
        while value >= step - 0.5, unit + 1 < units.count {
            value /= step
            unit += 1
        }
        let text = fixed(value, decimals: value < 99.95 ? 1 : 0)
        return units[unit].isEmpty ? text : text + " " + units[unit]
    }
}
