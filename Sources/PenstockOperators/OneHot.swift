import CPenstockOperators
import PenstockRuntime

/// Each number of an element becomes `depth` numbers: 1 where the index says, 0 elsewhere.
final class OneHot: Pass, @unchecked Sendable {
    private let reader: IndexReader
    private let depth: Int
    private let size: Int
    /// The number 1.
    private let one: UInt64

    init(_ input: Layout, _ depth: Int, _ scalar: Scalar) throws(OperatorFault) {
        reader = try IndexReader(input, "one_hot")
        self.depth = depth
        size = scalar.bytes
        var source: UInt8 = 1
        var made: UInt64 = 0
        Loops.chosen.cast(.u8, scalar)(&source, &made, 1)
        one = made
        super.init(input, try Layout(scalar, input.shape + [depth]))
    }

    override var scratchBytes: Int { IndexReader.scratchBytes }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let count = n &* input.values
        to.initializeMemory(as: UInt8.self, repeating: 0, count: n &* output.bytes)
        var done = 0
        while done < count {
            let block = min(IndexReader.block, count &- done)
            let indexes = reader.read(from, done, block, scratch)
            switch size {
            case 1: mark(indexes, block, to, done, UInt8(truncatingIfNeeded: one))
            case 2: mark(indexes, block, to, done, UInt16(truncatingIfNeeded: one))
            case 4: mark(indexes, block, to, done, UInt32(truncatingIfNeeded: one))
            default: mark(indexes, block, to, done, one)
            }
            done &+= block
        }
        return n
    }

    /// An index outside of 0 ..< depth marks nothing.
    @inline(__always)
    private func mark<T: BitwiseCopyable>(
        _ indexes: UnsafePointer<Int>, _ n: Int, _ to: UnsafeMutableRawPointer, _ start: Int,
        _ one: T
    ) {
        let out = (to + start &* depth &* MemoryLayout<T>.size).assumingMemoryBound(to: T.self)
        for i in 0..<n where indexes[i] >= 0 && indexes[i] < depth {
            out[i &* depth &+ indexes[i]] = one
        }
    }
}
