// What flows through the graphs.

let side = 8
let classes = 10
let batch = 32

/// A line of the file, not yet looked at.
struct Line {
    let epoch: Int
    let number: Int
    let text: String
}

/// An image: 0 to 16 a pixel, or in units of standard deviations once it is standardised.
struct Row {
    let epoch: Int
    let number: Int
    let label: Int
    var pixels: InlineArray<64, Float>
}

/// What the network works on. One element has room for the input and the result of every layer, so
/// a matmul stage reads one field and fills another, and the rest travels along.
struct Sample {
    var features = InlineArray<128, Float>(repeating: 0)
    var hidden = InlineArray<256, Float>(repeating: 0)
    var scores = InlineArray<10, Float>(repeating: 0)
    let label: Int
    let epoch: Int
    let number: Int

    var bestClass: Int { (1..<classes).reduce(0) { scores[$1] > scores[$0] ? $1 : $0 } }
}

/// How one mini-batch went.
struct Metrics {
    let epoch: Int
    var samples = 0
    var correct = 0
    var loss: Float = 0
}

/// Of every five neighbouring rows a hash of their place picks one: the same rows in every epoch.
func isHeldOut(_ number: Int) -> Bool {
    var random = Random(state: UInt64(number / 5))
    return number % 5 == Int(random.next() % 5)
}

/// Splitmix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators",
/// 2014).
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Between -most and most.
    mutating func within(_ most: Float) -> Float { most * (Float(next() >> 40) * 0x1p-23 - 1) }

    /// Twelve uniform numbers add up to nearly a normal one.
    mutating func normal() -> Float {
        (0..<12).reduce(-6) { sum, _ in sum + Float(next() >> 40) * 0x1p-24 }
    }
}
