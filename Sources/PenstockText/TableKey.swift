import CPenstockText
import Glibc

/// A key of a table, as entries store it and as input is compared with.
protocol TableKey: BitwiseCopyable {
    var hash: UInt64 { get }
    /// False for what is no key; the table has none such.
    var isValid: Bool { get }
    func equals(_ other: Self) -> Bool
    /// Makes what it points to the table's own; false when memory is out.
    mutating func own(in bytes: inout ChunkList) -> Bool

    /// As part of a group.
    static var groupBytes: Int { get }
    /// Writes the key of an entry into a group. `owner`: of the memory that it lies in.
    static func write(
        _ entry: UnsafeRawPointer, to group: UnsafeMutableRawPointer,
        owner: UnsafeMutablePointer<Owner>)
}

/// An integer of up to 64 bits, as its 64-bit pattern.
struct IntegerKey: TableKey {
    let value: UInt64

    var hash: UInt64 { Hash.mix(value ^ Hash.first, Hash.second) }
    var isValid: Bool { true }

    @inline(__always)
    func equals(_ other: IntegerKey) -> Bool { value == other.value }

    mutating func own(in bytes: inout ChunkList) -> Bool { true }

    static var groupBytes: Int { 8 }

    static func write(
        _ entry: UnsafeRawPointer, to group: UnsafeMutableRawPointer,
        owner: UnsafeMutablePointer<Owner>
    ) {
        group.storeBytes(of: entry.load(as: UInt64.self), as: UInt64.self)
        // A number holds on to nothing.
        Owner.drop(owner, 1)
    }
}

/// A string of bytes. Up to 16 it stands here, filled up with zeros, and is compared without a look
/// elsewhere; of a longer one, where it lies and its hash. So an entry with one count is half a
/// line.
struct BytesKey: TableKey {
    private(set) var low: UInt64
    let high: UInt64
    let size: Int

    private static let inlineBytes = 16

    @inline(__always)
    init(_ data: UnsafeRawPointer?, _ size: Int) {
        if size >= 0 && size <= BytesKey.inlineBytes {
            let short = pstx_short_load(data, size)
            low = short.low
            high = short.high
            self.size = data == nil && size > 0 ? -1 : size
        } else if let data, size > 0 {
            low = UInt64(UInt(bitPattern: data))
            high = Hash.long(data, size)
            self.size = size
        } else {
            low = 0
            high = 0
            self.size = -1
        }
    }

    /// A size without bytes, or one beyond 2^63, is none.
    var isValid: Bool { size >= 0 }

    @inline(__always)
    var hash: UInt64 { size <= BytesKey.inlineBytes ? Hash.short(low, high, size) : high }

    /// As memcmp has it, and a string before those that it begins.
    func isBefore(_ other: BytesKey) -> Bool {
        let isShort = size <= BytesKey.inlineBytes && other.size <= BytesKey.inlineBytes
        if isShort {
            // The first byte counts most; zeros behind the end sort before all else.
            let (a, b) = (low.bigEndian, other.low.bigEndian)
            let (c, d) = (high.bigEndian, other.high.bigEndian)
            return a != b ? a < b : c != d ? c < d : size < other.size
        }
        let order = withBytes { mine in
            other.withBytes { memcmp(mine, $0, min(size, other.size)) }
        }
        return order != 0 ? order < 0 : size < other.size
    }

    private func withBytes<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        if size > BytesKey.inlineBytes { return body(pointer) }
        return withUnsafeBytes(of: self) { body($0.baseAddress.unsafelyUnwrapped) }
    }

    private var pointer: UnsafeRawPointer {
        UnsafeRawPointer(bitPattern: UInt(low)).unsafelyUnwrapped
    }

    @inline(__always)
    func equals(_ other: BytesKey) -> Bool {
        if (high ^ other.high) | UInt64(truncatingIfNeeded: size ^ other.size) != 0 { return false }
        return low == other.low || (size > BytesKey.inlineBytes && equalsLong(other))
    }

    @inline(never)
    private func equalsLong(_ other: BytesKey) -> Bool {
        memcmp(pointer, other.pointer, size) == 0
    }

    mutating func own(in bytes: inout ChunkList) -> Bool {
        if size <= BytesKey.inlineBytes { return true }
        guard let copy = bytes.allocate(size) else { return false }
        copy.copyMemory(from: pointer, byteCount: size)
        low = UInt64(UInt(bitPattern: copy))
        return true
    }

    static var groupBytes: Int { MemoryLayout<Bytes>.stride }

    static func write(
        _ entry: UnsafeRawPointer, to group: UnsafeMutableRawPointer,
        owner: UnsafeMutablePointer<Owner>
    ) {
        let key = entry.load(as: BytesKey.self)
        let isInline = key.size <= inlineBytes
        group.storeBytes(
            of: Bytes(
                data: isInline ? entry : key.pointer, size: key.size,
                owner: UnsafeMutableRawPointer(owner), release: Owner.release), as: Bytes.self)
    }
}

/// Multiply and fold, as in wyhash (public domain). Not stable from version to version, nor made to
/// withstand keys that are chosen to collide.
package enum Hash {
    static let first: UInt64 = 0xa076_1d64_78bd_642f
    static let second: UInt64 = 0xe703_7ed1_a0b4_28db
    private static let third: UInt64 = 0x8ebc_6af0_9c88_c6e3

    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return high ^ low
    }

    @inline(__always)
    static func short(_ low: UInt64, _ high: UInt64, _ size: Int) -> UInt64 {
        mix(low ^ first, high ^ second ^ UInt64(truncatingIfNeeded: size) &* third)
    }

    /// More than 16 bytes.
    static func long(_ data: UnsafeRawPointer, _ size: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: size) &* third
        var at = 0
        while at &+ 16 < size {
            hash = mix(
                data.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ first,
                data.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self) ^ second ^ hash)
            at &+= 16
        }
        // The last 16, some of them again.
        return mix(
            data.loadUnaligned(fromByteOffset: size &- 16, as: UInt64.self) ^ first,
            data.loadUnaligned(fromByteOffset: size &- 8, as: UInt64.self) ^ second ^ hash)
    }

    package static func of(_ data: UnsafeRawPointer?, _ size: Int) -> UInt64 {
        BytesKey(data, size).hash
    }
}
