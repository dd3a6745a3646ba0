import CPenstockOperators
import PenstockRuntime

/// Numbers of any integer type as 64-bit indexes, a block at a time. Those of `u64` above the
/// largest index become negative.
struct IndexReader: Sendable {
    static let block = 512
    static let scratchBytes = block * 8

    private let loop: psto_unary
    private let bytes: Int
    private let isWide: Bool

    init(_ input: Layout, _ what: String) throws(OperatorFault) {
        guard input.scalar.isInteger else {
            throw .invalid("\(what) takes integers, not \(input)")
        }
        loop = Loops.chosen.cast(input.scalar, .i64)
        bytes = input.scalar.bytes
        isWide = bytes == 8
    }

    /// The `n` indexes from number `start` on, at most a block of them.
    @inline(__always)
    func read(
        _ from: UnsafeRawPointer, _ start: Int, _ n: Int, _ scratch: UnsafeMutableRawPointer
    ) -> UnsafePointer<Int> {
        let at = from + start &* bytes
        if isWide { return at.assumingMemoryBound(to: Int.self) }
        loop(at, scratch, n)
        return UnsafePointer(scratch.assumingMemoryBound(to: Int.self))
    }
}
