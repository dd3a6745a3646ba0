import PenstockRuntime

/// Random numbers of an element: they depend on the seed and the element's number alone.
struct Draws {
    private var random: Random

    /// `purpose` keeps draws of different kinds with one seed apart.
    init(seed: UInt64, purpose: UInt64, element: UInt64) {
        random = Random(seed: Random.mix(Random.mix(seed ^ purpose) &+ element))
    }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }
    mutating func chance(_ probability: Double) -> Bool { random.chance(probability) }
}
