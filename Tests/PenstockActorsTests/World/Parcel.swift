import PenstockActors

/// What members of a world send each other: at most 40 bytes, so that it may be an ask, too.
struct Parcel: BitwiseCopyable {
    /// The member that sent it.
    var from: Int32
    /// The member that it was sent to; another one gets it when it is forwarded.
    var to: Int32
    /// Counted for each pair.
    var number: UInt32
    /// How much it may cause yet.
    var hops: UInt16
    var isTick: Bool

    static let type: UInt16 = 7
}
