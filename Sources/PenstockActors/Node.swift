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
    }

    // generation 0..<24, pool 24..<36, kind 36..<41, counted 41, size 42..<48, type 48..<64
    static let generationMask: UInt64 = 0xff_ffff
    /// Kind and counted: zero for a plain message to a mailbox without a bound.
    static let specialMask: UInt64 = 0x3f << 36
    private static let poolMask: UInt64 = 0xfff << 24
    private static let countedBit: UInt64 = 1 << 41

    /// Pools that there can be: workers', dispatchers', and one for all other threads.
    static let poolLimit = 0xff0
    /// Of a node that is part of something else, which says what becomes of it.
    static let embedded = 0xfff

    @inline(__always)
    init(generation: UInt32, kind: Kind, size: Int, type: UInt16) {
        bits =
            UInt64(generation) & Self.generationMask | kind.rawValue << 36
            | UInt64(truncatingIfNeeded: size) << 42 | UInt64(type) << 48
    }

    var generation: UInt32 { UInt32(truncatingIfNeeded: bits & Self.generationMask) }
    var pool: Int { Int(truncatingIfNeeded: bits >> 24 & 0xfff) }
    var kind: Kind { Kind(rawValue: bits >> 36 & 0x1f).unsafelyUnwrapped }
    var size: Int { Int(truncatingIfNeeded: bits >> 42 & 0x3f) }
    var type: UInt16 { UInt16(truncatingIfNeeded: bits >> 48) }

    /// Takes a place in a mailbox with a bound.
    var isCounted: Bool { bits & Self.countedBit != 0 }
    mutating func count() { bits |= Self.countedBit }
    mutating func uncount() { bits &= ~Self.countedBit }

    /// Of a node that was just taken.
    @inline(__always)
    mutating func begin(_ header: Header, pool: UInt64) { bits = header.bits | pool }

    /// The pool is the node's own and stays.
    @inline(__always)
    mutating func replace(by other: Header) {
        bits = bits & Self.poolMask | other.bits
    }

    static func pool(_ index: Int) -> UInt64 { UInt64(index) << 24 }

    /// Of a node that is part of something else.
    static let ofEmbedded: Header = {
        var header = Header(generation: 0, kind: .plain, size: 0, type: 0)
        header.bits |= pool(embedded)
        return header
    }()
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
