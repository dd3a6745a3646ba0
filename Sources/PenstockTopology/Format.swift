/// A number with a fixed count of decimals, without Foundation and the same in every locale.
/// Decimals: 0 to 6.
func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let whole = scaled / Int(scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let digits = String(scaled % Int(scale))
    return "\(sign)\(whole).\(String(repeating: "0", count: decimals - digits.count))\(digits)"
}

/// "48 KiB", "32 MiB": whole units where they fit, one decimal where not.
func byteText(_ bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = bytes
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
        value /= 1024
        unit += 1
    }
    return "\(fixed(value, value == value.rounded() ? 0 : 1)) \(units[unit])"
}

/// "1 core", "12 cores".
func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}

extension String {
    /// Columns that the text takes in a monospaced font: East Asian characters and pictographs two.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text, or as much of it as fits with an ellipsis.
    func cut(toWidth limit: Int) -> String {
        guard displayWidth > limit else { return self }
        var width = 1
        return String(
            prefix {
                width += $0.displayWidth
                return width <= limit
            }) + "…"
    }
}

extension Character {
    fileprivate var displayWidth: Int {
        switch unicodeScalars.first?.value ?? 0 {
        case 0x1100...0x115F, 0x2E80...0xFFDC, 0x1F000...0x3FFFF: 2
        default: 1
        }
    }
}
