/// A field of a record, which is so many bytes.
final class Field: Piece, @unchecked Sendable {
    private let offset: Int

    init(_ size: Int, _ offset: Int, _ field: Layout) throws(OperatorFault) {
        self.offset = offset
        let record = try Layout(.u8, [size])
        guard offset >= 0, offset <= size, field.bytes <= size - offset else {
            throw .invalid("a field \(field) at offset \(offset) is not in \(size) bytes")
        }
        super.init(record, field)
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _: UnsafeMutableRawPointer
    ) -> Int {
        copyRun(
            from + offset, every: input.bytes, to, every: output.bytes, bytes: output.bytes, n)
        return n
    }
}

/// A record whose fields are what operators make of the same input; bytes between them are zero.
final class Record: Piece, @unchecked Sendable {
    struct Part {
        let made: Operator
        let offset: Int
    }

    private let parts: [Part]
    private let isGapless: Bool
    private static let blockBytes = 1 << 14
    /// From so many bytes on a field is made in its place, an element at a time.
    private static let large = 1 << 12

    init(_ parts: [Part], size: Int) throws(OperatorFault) {
        guard let first = parts.first else { throw .invalid("a record has no part") }
        let output = try Layout(.u8, [size])
        var end = 0
        var isGapless = true
        for (i, part) in parts.enumerated() {
            guard part.made.input == first.made.input else {
                throw .invalid(
                    "part 0 takes \(first.made.input), and part \(i) \(part.made.input)")
            }
            guard part.offset >= end, part.made.output.bytes <= size - part.offset else {
                throw .invalid(
                    "part \(i) of \(part.made.output.bytes) bytes at offset \(part.offset) "
                        + "overlaps the one before or the record's end at \(size)")
            }
            if part.offset > end { isGapless = false }
            end = part.offset + part.made.output.bytes
        }
        self.parts = parts
        self.isGapless = isGapless && end == size
        super.init(first.made.input, output)
    }

    override var scratchBytes: Int { Record.blockBytes }
    override var canFail: Bool { parts.contains { $0.made.canFail } }
    override var complaint: StaticString { parts.first { $0.made.canFail }?.made.complaint ?? "" }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let stride = output.bytes
        if !isGapless {
            to.initializeMemory(as: UInt8.self, repeating: 0, count: n &* stride)
        }
        var good = n
        for part in parts {
            let made = part.made
            let bytes = made.output.bytes
            let isLarge =
                bytes >= Record.large && stride % made.output.scalar.bytes == 0
                && UInt(bitPattern: to + part.offset) % UInt(made.output.scalar.bytes) == 0
            let block = isLarge ? 1 : max(1, Record.blockBytes / bytes)
            var done = 0
            while done < good {
                let size = min(block, good &- done)
                let target = to + done &* stride + part.offset
                let count = made.apply(
                    from + done &* input.bytes, isLarge ? target : scratch, size,
                    first &+ UInt64(done))
                if count < 0 { return -1 }
                if !isLarge {
                    copyRun(scratch, every: bytes, target, every: stride, bytes: bytes, count)
                }
                done &+= count
                if count < size {
                    good = done
                    break
                }
            }
        }
        return good
    }
}

/// `n` pieces of `bytes` from places so far apart to places so far apart.
private func copyRun(
    _ from: UnsafeRawPointer, every inStride: Int, _ to: UnsafeMutableRawPointer,
    every outStride: Int, bytes: Int, _ n: Int
) {
    @inline(__always)
    func copy<T: BitwiseCopyable>(_ type: T.Type) {
        for i in 0..<n {
            let value = (from + i &* inStride).loadUnaligned(as: T.self)
            (to + i &* outStride).storeBytes(of: value, as: T.self)
        }
    }
    switch bytes {
    case 1: copy(UInt8.self)
    case 2: copy(UInt16.self)
    case 4: copy(UInt32.self)
    case 8: copy(UInt64.self)
    default:
        for i in 0..<n {
            (to + i &* outStride).copyMemory(from: from + i &* inStride, byteCount: bytes)
        }
    }
}
