/// Whom a message is for: a slot and the generation of the actor that had it when the reference was
/// made. A reference outlives its actor and then is stale; it is never somebody else's.
package struct ActorRef: BitwiseCopyable, Equatable, Hashable, Sendable {
    package let bits: UInt64

    package init(bits: UInt64) { self.bits = bits }

    init(slot: UInt32, generation: UInt32) {
        bits = UInt64(generation & Self.generationMask) << 32 | UInt64(slot)
    }

    static let generationMask: UInt32 = 0xff_ffff

    var slot: UInt32 { UInt32(truncatingIfNeeded: bits) }
    /// Never 0 for an actor; one that is wider than 24 bits is nobody's.
    var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }

    /// Nobody.
    package static let none = ActorRef(bits: 0)
}
