import CPenstockOperators
import PenstockRuntime

/// What is large is not copied for the pass behind: that works on it where it lies.
enum InPlace {
    /// Below so many bytes of an element a copy into the first cache is cheaper than a call for
    /// each.
    static let leastBytes = 1 << 12

    /// Whether a pass may be called for one element at a time: not where it may fail, nor again and
    /// again within another.
    static func takes(_ next: Pass) -> Bool { !next.canFail && next.nesting < mostNesting }

    /// Fields of fields, say.
    private static let mostNesting = 64
}

/// A gather of large rows, each read from the table by the pass behind.
final class GatherInPlace: Pass, @unchecked Sendable {
    private let gather: Gather
    private let next: Pass
    private let rows: Uncounted<Gather>
    private let work: Uncounted<Pass>

    init(_ gather: Gather, _ next: Pass) {
        self.gather = gather
        self.next = next
        rows = Uncounted(gather)
        work = Uncounted(next)
        super.init(gather.input, next.output, inner: next.nesting)
    }

    override var canFail: Bool { true }
    override var complaint: StaticString { gather.complaint }
    override var scratchBytes: Int { IndexReader.scratchBytes + next.scratchBytes }

    override func joined(with other: Pass) throws(OperatorFault) -> Pass? {
        guard let joined = try next.joined(with: other) else { return nil }
        return GatherInPlace(gather, joined)
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let own = scratch + IndexReader.scratchBytes
        for i in 0..<n {
            guard let row = rows.use({ $0.row(from, i, scratch) }) else { return i }
            let target = to + i &* output.bytes
            if work.use({ $0.run(row, target, 1, first &+ UInt64(i), own) }) < 1 { return -1 }
        }
        return n
    }
}

/// A large field, read from the record by the pass behind.
final class FieldInPlace: Pass, @unchecked Sendable {
    private let field: Field
    private let next: Pass
    private let work: Uncounted<Pass>
    private let offset: Int
    private let alignment: UInt
    private let bytes: Int

    init(_ field: Field, _ next: Pass) {
        self.field = field
        self.next = next
        work = Uncounted(next)
        offset = field.offset
        alignment = UInt(field.output.scalar.bytes)
        bytes = field.output.bytes
        super.init(field.input, next.output, inner: next.nesting)
    }

    /// A field that is not aligned is copied after all.
    override var scratchBytes: Int {
        (alignment > 1 ? (bytes + 63) / 64 * 64 : 0) + next.scratchBytes
    }

    override func joined(with other: Pass) throws(OperatorFault) -> Pass? {
        guard let joined = try next.joined(with: other) else { return nil }
        return FieldInPlace(field, joined)
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let own = scratch + (alignment > 1 ? (bytes &+ 63) / 64 &* 64 : 0)
        for i in 0..<n {
            var source = from + i &* input.bytes + offset
            if UInt(bitPattern: source) % alignment != 0 {
                scratch.copyMemory(from: source, byteCount: bytes)
                source = UnsafeRawPointer(scratch)
            }
            let target = to + i &* output.bytes
            if work.use({ $0.run(source, target, 1, first &+ UInt64(i), own) }) < 1 { return -1 }
        }
        return n
    }
}
