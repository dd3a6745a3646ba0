import CPenstockOperators
import PenstockRuntime

/// One number of two, or three, that operators make of the same input.
final class Combine: Pass, @unchecked Sendable {
    private let operands: [Operator]
    private let left: Uncounted<Operator>
    private let right: Uncounted<Operator>
    /// Whose numbers say which of the two is taken; nil for an operation on both.
    private let flags: Uncounted<Operator>?
    private let operation: psto_binary?
    private let choice: psto_select
    private let leftValues: Int
    /// Elements at a time, and bytes of the operands of so many.
    private let block: Int
    private let operandBytes: Int
    private static let blockBytes = 1 << 14

    private init(
        _ left: Operator, _ right: Operator, _ output: Layout, operation: psto_binary? = nil,
        flags: Operator? = nil
    ) {
        operands = [left, right] + (flags.map { [$0] } ?? [])
        self.left = Uncounted(left)
        self.right = Uncounted(right)
        self.flags = flags.map { Uncounted($0) }
        leftValues = left.output.values
        self.operation = operation
        choice = Loops.chosen.select(left.output.scalar)
        block = max(1, Combine.blockBytes / left.output.bytes)
        operandBytes = (block * left.output.bytes + 63) / 64 * 64
        super.init(
            left.input, output, inner: max(left.nesting, right.nesting, flags?.nesting ?? 0))
    }

    static func binary(
        _ kind: Binary, _ left: Operator, _ right: Operator
    ) throws(OperatorFault) -> Combine {
        try check(left, right)
        let loop = try Loops.chosen.binary(kind, left.output.scalar)
        let output = try left.output.with(kind.isComparison ? .bool : left.output.scalar)
        return Combine(left, right, output, operation: loop)
    }

    static func select(
        _ flags: Operator, _ left: Operator, _ right: Operator
    ) throws(OperatorFault) -> Combine {
        try check(left, right)
        guard flags.input == left.input else {
            throw .invalid("chosen takes \(flags.input), and left \(left.input)")
        }
        guard flags.output == (try left.output.with(.bool)) else {
            throw .invalid(
                "chosen makes \(flags.output); for operands \(left.output) it must be "
                    + "\(try left.output.with(.bool))")
        }
        return Combine(left, right, left.output, flags: flags)
    }

    private static func check(_ left: Operator, _ right: Operator) throws(OperatorFault) {
        guard left.input == right.input else {
            throw .invalid("left takes \(left.input), and right \(right.input)")
        }
        guard left.output == right.output else {
            throw .invalid("left makes \(left.output), and right \(right.output)")
        }
    }

    override var scratchBytes: Int { (flags == nil ? 2 : 3) * operandBytes }
    override var canFail: Bool { operands.contains { $0.canFail } }
    override var complaint: StaticString { operands.first { $0.canFail }?.complaint ?? "" }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        let a = scratch
        let b = scratch + operandBytes
        let c = b + operandBytes
        var done = 0
        while done < n {
            let size = min(block, n &- done)
            let source = from + done &* input.bytes
            let index = first &+ UInt64(done)
            var good = left.use { $0.apply(source, a, size, index) }
            if good > 0 { good = right.use { $0.apply(source, b, good, index) } }
            if let flags, good > 0 { good = flags.use { $0.apply(source, c, good, index) } }
            if good < 0 { return -1 }
            let out = to + done &* output.bytes
            let count = good &* leftValues
            if let operation {
                operation(a, b, out, count)
            } else {
                choice(c.assumingMemoryBound(to: UInt8.self), a, b, out, count)
            }
            done &+= good
            if good < size { return done }
        }
        return n
    }
}
