/// Whom a message is for: a slot and the generation of the actor that had it when the reference was
/// made. A reference outlives its actor and then is stale; it is never somebody else's.
package struct ActorRef: Equatable, Hashable, Sendable {
    package let bits: UInt64

    package init(bits: UInt64) { self.bits = bits }

    init(slot: UInt32, generation: UInt32) {
        bits = UInt64(generation & 0xff_ffff) << 32 | UInt64(slot)
    }

    var slot: UInt32 { UInt32(truncatingIfNeeded: bits) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }

    /// Nobody.
    package static let none = ActorRef(bits: 0)
}
