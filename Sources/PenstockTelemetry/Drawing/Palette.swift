/// The colours of every picture, in one place.
package enum Palette {
    package static let paper = "#ffffff"
    package static let ink = "#17212b"
    package static let muted = "#55636f"
    package static let line = "#8795a1"
    package static let faint = "#e4e9ed"
    package static let neutral = Color(red: 0x64, green: 0x74, blue: 0x82)

    package struct Color: Sendable, Equatable {
        package var red: Int
        package var green: Int
        package var blue: Int

        package var hex: String {
            "#"
                + [red, green, blue].map {
                    let digits = String($0, radix: 16)
                    return digits.count == 1 ? "0" + digits : digits
                }.joined()
        }

        /// A share of this colour mixed with white (or with another grey).
        package func mixed(_ share: Double, with other: Int = 255) -> Color {
            func mix(_ part: Int) -> Int {
                Int((Double(part) * share + Double(other) * (1 - share)).nearest)
            }
            return Color(red: mix(red), green: mix(green), blue: mix(blue))
        }

        /// White or ink, whichever is easier to read on this colour.
        package var contrast: String {
            let light = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
            return light < 150 ? paper : ink
        }
    }

    /// Distinct colours by index: ten chosen ones that hold white text, then computed ones.
    package static func color(_ index: Int) -> Color {
        if index < 0 { return neutral }
        if index < chosen.count { return chosen[index] }
        // Steps of the golden angle never fall on the same hue twice.
        let hue = Double(index - chosen.count) * 137.508 + 20
        return color(hue: hue, light: index % 2 == 0 ? 0.40 : 0.55)
    }

    private static let chosen: [Color] = [
        Color(red: 0x2b, green: 0x6c, blue: 0xc4), Color(red: 0xd1, green: 0x6d, blue: 0x0c),
        Color(red: 0x2a, green: 0x8f, blue: 0x57), Color(red: 0x8a, green: 0x55, blue: 0xc0),
        Color(red: 0xc2, green: 0x3b, blue: 0x5e), Color(red: 0x12, green: 0x89, blue: 0x98),
        Color(red: 0x9a, green: 0x76, blue: 0x14), Color(red: 0x55, green: 0x64, blue: 0xc8),
        Color(red: 0xb3, green: 0x4a, blue: 0x9a), Color(red: 0x6f, green: 0x80, blue: 0x1f),
    ]

    private static func color(hue: Double, light: Double) -> Color {
        let saturation = 0.55
        let amplitude = saturation * min(light, 1 - light)
        func part(_ offset: Double) -> Int {
            let turn = offset + hue / 30
            let k = turn - 12 * Double(Int(turn / 12))
            return Int((255 * (light - amplitude * max(-1, min(k - 3, 9 - k, 1)))).nearest)
        }
        return Color(red: part(0), green: part(8), blue: part(4))
    }
}
