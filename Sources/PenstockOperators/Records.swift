import PenstockRuntime

/// A field of a record, which is so many bytes.
final class Field: Pass, @unchecked Sendable {
    let offset: Int

    init(_ size: Int, _ offset: Int, _ field: Layout) throws(OperatorFault) {
        self.offset = offset
        let record = try Layout(.u8, [size])
        guard offset >= 0, offset <= size, field.bytes <= size - offset else {
            throw .invalid("a field \(field) at offset \(offset) is not in \(size) bytes")
        }
        super.init(record, field)
    }

    override func joined(with next: Pass) -> Pass? {
        guard output.bytes >= InPlace.leastBytes, InPlace.takes(next) else { return nil }
        return FieldInPlace(self, next)
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
final class Record: Pass, @unchecked Sendable {
    private struct Part {
        let made: Uncounted<Operator>
        let offset: Int
    }

    private let operators: [Operator]
    private let parts: UnsafeMutablePointer<Part>
    private let count: Int
    private let isGapless: Bool
    private static let blockBytes = 1 << 14
    /// From so many bytes on a field is made in its place, an element at a time.
    private static let large = 1 << 12

    init(_ given: [(made: Operator, offset: Int)], size: Int) throws(OperatorFault) {
        guard let input = given.first?.made.input else { throw .invalid("a record has no part") }
        let output = try Layout(.u8, [size])
        var end = 0
        var isGapless = true
        var inner = 0
        for (i, part) in given.enumerated() {
            let bytes = part.made.output.bytes
            guard part.made.input == input else {
                throw .invalid("part 0 takes \(input), and part \(i) \(part.made.input)")
            }
            guard part.offset >= end, bytes <= size - part.offset else {
                throw .invalid(
                    "part \(i) of \(bytes) bytes at offset \(part.offset) overlaps the one before "
                        + "or the record's end at \(size)")
            }
            if part.offset > end { isGapless = false }
            end = part.offset + bytes
            inner = max(inner, part.made.nesting)
        }
        operators = given.map(\.made)
        count = given.count
        parts = .allocate(capacity: count)
        for (i, part) in given.enumerated() {
            (parts + i).initialize(
                to: Part(made: Uncounted(part.made), offset: part.offset))
        }
        self.isGapless = isGapless && end == size
        super.init(input, output, inner: inner)
    }

    deinit {
        parts.deinitialize(count: count)
        parts.deallocate()
    }

    /// Of a field that is not made in its place; one of an odd offset may be large all the same.
    override var scratchBytes: Int {
        max(Record.blockBytes, operators.map(\.output.bytes).max() ?? 0)
    }
    override var canFail: Bool { operators.contains { $0.canFail } }
    override var complaint: StaticString { operators.first { $0.canFail }?.complaint ?? "" }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let stride = output.bytes
        if !isGapless {
            to.initializeMemory(as: UInt8.self, repeating: 0, count: n &* stride)
        }
        var good = n
        for i in 0..<count {
            let offset = parts[i].offset
            good = parts[i].made.use { make($0, from, to + offset, good, first, scratch) }
            if good <= 0 { return good }
        }
        return good
    }

    /// Makes one field of `n` records; returns as `run` does.
    @inline(__always)
    private func make(
        _ made: Operator, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int,
        _ first: UInt64, _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let stride = output.bytes
        let bytes = made.output.bytes
        let alignment = made.output.scalar.bytes
        let isInPlace =
            bytes >= Record.large && stride % alignment == 0
            && UInt(bitPattern: to) % UInt(alignment) == 0
        let block = isInPlace ? 1 : max(1, Record.blockBytes / bytes)
        var done = 0
        while done < n {
            let size = min(block, n &- done)
            let target = to + done &* stride
            let count = made.apply(
                from + done &* input.bytes, isInPlace ? target : scratch, size,
                first &+ UInt64(done))
            if count < 0 { return -1 }
            if !isInPlace {
                copyRun(scratch, every: bytes, target, every: stride, bytes: bytes, count)
            }
            done &+= count
            if count < size { break }
        }
        return done
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
