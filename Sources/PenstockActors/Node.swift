import Synchronization

/// A message on its way: 64 bytes, of which 48 carry the payload. Owned by whoever holds it: a free
/// list, a lane, the behaviour that is given it.
struct Node: ~Copyable {
    static let size = 64
    static let inlineBytes = 48

    /// The next of a lane or of a free list; 0: none yet.
    let next: Atomic<UInt>
    /// Written once per send; see `Header`.
    var header: Header

    /// Where the payload begins.
    static let payloadOffset = 16
}

/// All of a message but its payload, in one word.
struct Header: BitwiseCopyable {
    var bits: UInt64

    enum Kind: UInt64 {
        /// The payload is inline.
        case plain = 0
        /// The payload is an `OwnedPayload`.
        case owned = 1
        /// The payload is a `Birth`.
        case birth = 2
        /// Ends the actor.
        case stop = 3
    }

    // generation 0..<24, pool 24..<36, kind 36..<40, size 40..<48, type 48..<64
    /// Pools that there can be: one for each worker, and one for all other threads.
    static let poolLimit = 1 << 12

    init(generation: UInt32, kind: Kind, size: Int, type: UInt16) {
        bits =
            UInt64(generation & 0xff_ffff) | kind.rawValue << 36
            | UInt64(truncatingIfNeeded: size) << 40 | UInt64(type) << 48
    }

    var generation: UInt32 { UInt32(truncatingIfNeeded: bits) & 0xff_ffff }
    var pool: Int { Int(bits >> 24 & 0xfff) }
    var kind: Kind { Kind(rawValue: bits >> 36 & 0xf).unsafelyUnwrapped }
    var size: Int { Int(bits >> 40 & 0xff) }
    var type: UInt16 { UInt16(truncatingIfNeeded: bits >> 48) }

    /// The pool is the node's own and survives its messages.
    mutating func replace(by other: Header) {
        bits = bits & 0xfff_00_0000 | other.bits
    }

    static func empty(pool: Int) -> Header {
        var header = Header(generation: 0, kind: .plain, size: 0, type: 0)
        header.bits |= UInt64(pool) << 24
        return header
    }
}

extension UnsafeMutablePointer where Pointee == Node {
    var payload: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) + Node.payloadOffset }
    var bits: UInt { UInt(bitPattern: self) }
}

/// A payload in memory of its sender's, who gave it away.
struct OwnedPayload: BitwiseCopyable {
    var data: UnsafeMutableRawPointer?
    var size: Int
    var destroy: (@convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void)?
    var user: UnsafeMutableRawPointer?
}
