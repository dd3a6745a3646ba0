import CPenstockOperators
import PenstockRuntime

/// Loops one after the other, each making one number of each. They go over the numbers in blocks
/// that stay in the first cache, whatever an element's size.
final class Pointwise: Pass, @unchecked Sendable {
    let steps: [ValueStep]
    /// Constants of the steps.
    let memory: [Memory]
    private let first: UnsafeMutablePointer<ValueStep>
    /// Bytes of a block between two steps.
    private static let blockBytes = 1 << 14
    /// Numbers of a block.
    private let block: Int

    init(_ input: Layout, _ output: Layout, _ steps: [ValueStep], _ memory: [Memory]) {
        self.steps = steps
        self.memory = memory
        first = .allocate(capacity: steps.count)
        first.initialize(from: steps, count: steps.count)
        block = Pointwise.blockBytes / max(1, steps.dropLast().map(\.outBytes).max() ?? 1)
        super.init(input, output)
    }

    deinit { first.deallocate() }

    static func unary(_ input: Layout, _ kind: Unary) throws(OperatorFault) -> Pointwise {
        let loop = try Loops.chosen.unary(kind, input.scalar)
        return Pointwise(
            input, input, [ValueStep(.unary(loop), from: input.scalar, to: input.scalar)], [])
    }

    static func cast(_ input: Layout, _ scalar: Scalar) throws(OperatorFault) -> Pointwise {
        let loop = Loops.chosen.cast(input.scalar, scalar)
        return Pointwise(
            input, try input.with(scalar),
            [ValueStep(.unary(loop), from: input.scalar, to: scalar)], [])
    }

    /// `values`, of `shape` and the input's type, is the right operand, or the left one.
    static func binary(
        _ input: Layout, _ kind: Binary, _ values: UnsafeRawPointer, _ shape: [Int],
        isReversed: Bool
    ) throws(OperatorFault) -> Pointwise {
        let loop = try Loops.chosen.binary(kind, input.scalar)
        let output = try input.with(kind.isComparison ? .bool : input.scalar)
        var memory: [Memory] = []
        let constant = try Constant(values, shape, over: input, in: &memory)
        let step = ValueStep(
            .binary(loop, constant: constant, isReversed: isReversed), from: input.scalar,
            to: output.scalar)
        return Pointwise(input, output, [step], memory)
    }

    override func joined(with next: Pass) -> Pass? {
        guard let next = next as? Pointwise else { return nil }
        return Pointwise(input, next.output, steps + next.steps, memory + next.memory)
    }

    override var scratchBytes: Int { steps.count > 1 ? 2 * Pointwise.blockBytes : 0 }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        runValues(from, to, n &* input.values, start: 0, scratch)
        return n
    }

    /// `n` numbers, of which the first is number `start` of its element.
    func runValues(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, start: Int,
        _ scratch: UnsafeMutableRawPointer
    ) {
        let count = steps.count
        if count == 1 {
            first.pointee.run(from, to, n, start: start)
            return
        }
        let last = count &- 1
        var done = 0
        while done < n {
            let size = min(block, n &- done)
            var source = from + done &* first.pointee.inBytes
            for i in 0..<last {
                let next = scratch + (i & 1) &* Pointwise.blockBytes
                first[i].run(source, next, size, start: start &+ done)
                source = UnsafeRawPointer(next)
            }
            first[last].run(
                source, to + done &* first[last].outBytes, size, start: start &+ done)
            done &+= size
        }
    }
}
