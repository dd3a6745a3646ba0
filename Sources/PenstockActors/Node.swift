import Synchronization

/// A message on its way: 64 bytes, of which 48 carry the payload, or 32 with 16, for plain messages
/// only. Owned by whoever holds it: a free list, a lane, the worker whose behaviour sees it.
struct Node: ~Copyable {
    static let size = 64
    static let inlineBytes = 48
    static let shortSize = 32
    static let shortBytes = 16
    /// Of messages that carry a token behind their payload.
    static let inlineAskBytes = 40

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
        // Messages of programs. `bytes`: the payload is an `OwnedBytes`.
        case plain = 0
        case bytes = 1
        /// The token stands behind the payload.
        case ask = 2
        case askBytes = 3

        // Messages of the engine, in the user lane.
        /// The payload is a `Birth`.
        case birth = 4
        /// Ends the actor.
        case stop = 5
        /// The payload is a `Down`, the node was a watch.
        case down = 6
        // The node is a Pending's.
        case answer = 7
        case tick = 8

        // The control lane.
        case kill = 9
        /// The payload is a `WatchRequest`.
        case watch = 10
        case unwatch = 11
        /// The node is a Kin's: what its parent wants of a child, and what a child tells its
        /// parent.
        case command = 12
        case news = 13

        /// The node is part of something else, which says what becomes of it.
        var isEmbedded: Bool {
            switch self {
            case .answer, .tick, .command, .news: true
            default: false
            }
        }
    }

    // generation 0..<24, kind 24..<29, counted 29, size 32..<38, type 48..<64
    private static let generationMask: UInt64 = 0xff_ffff
    private static let countedBit: UInt64 = 1 << 29

    @inline(__always)
    init(generation: UInt32, kind: Kind, size: Int, type: UInt16) {
        bits =
            UInt64(generation) & Self.generationMask | kind.rawValue << 24
            | UInt64(truncatingIfNeeded: size) << 32 | UInt64(type) << 48
    }

    /// All but size and type. Of a plain message to a mailbox without a bound this is the word of
    /// the cell that it is for.
    @inline(__always)
    var word: UInt32 { UInt32(truncatingIfNeeded: bits) }

    var generation: UInt32 { UInt32(truncatingIfNeeded: bits & Self.generationMask) }
    var kind: Kind { Kind(rawValue: bits >> 24 & 0x1f).unsafelyUnwrapped }
    var size: Int { Int(truncatingIfNeeded: bits >> 32 & 0x3f) }
    var type: UInt16 { UInt16(truncatingIfNeeded: bits >> 48) }

    /// Takes a place in a mailbox with a bound.
    var isCounted: Bool { bits & Self.countedBit != 0 }
    mutating func count() { bits |= Self.countedBit }
    mutating func uncount() { bits &= ~Self.countedBit }
}

extension UnsafeMutablePointer where Pointee == Node {
    var payload: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) + Node.payloadOffset }
    var bits: UInt { UInt(bitPattern: self) }

    /// Of an ask.
    var token: UInt64 {
        get { payload.load(fromByteOffset: Node.inlineAskBytes, as: UInt64.self) }
        nonmutating set {
            payload.storeBytes(of: newValue, toByteOffset: Node.inlineAskBytes, as: UInt64.self)
        }
    }

    var nextNode: UnsafeMutablePointer<Node>? {
        get { UnsafeMutablePointer(bitPattern: pointee.next.load(ordering: .relaxed)) }
        nonmutating set {
            pointee.next.store(UInt(bitPattern: newValue), ordering: .relaxed)
        }
    }
}

/// A payload in memory of somebody's who gave it away: `pst_bytes`.
package struct OwnedBytes: BitwiseCopyable {
    package var data: UnsafeRawPointer?
    package var size: Int
    package var owner: UnsafeMutableRawPointer?
    package var release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?

    package init(
        data: UnsafeRawPointer?, size: Int, owner: UnsafeMutableRawPointer?,
        release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
    ) {
        self.data = data
        self.size = size
        self.owner = owner
        self.release = release
    }
}
