import CPenstockOperators
import PenstockRuntime

/// The same numbers in another order or shape: transposed, reshaped, every second one, backwards.
final class Arranged: Pass, @unchecked Sendable {
    private let loop: psto_strided
    /// A line of the result, which the loop makes, and of how many there are.
    private let lineLength: Int
    private let lineStep: Int
    private let lines: Int
    /// Where each line begins, in numbers of the element.
    private let begins: Memory

    /// Number (i, j, ...) of the result is number offset + i * strides[0] + j * strides[1] + ... of
    /// the element.
    init(
        _ input: Layout, _ output: Layout, _ strides: [Int], _ offset: Int
    ) throws(OperatorFault) {
        guard input.scalar == output.scalar else {
            throw .invalid("the output is of \(output.scalar), and the input of \(input.scalar)")
        }
        try Arranged.check(input, output, strides, offset)
        loop = Loops.chosen.strided(input.scalar)
        // Axes that go on where the one behind them ends are one.
        var length = 1
        var step = 1
        var outer = output.shape.count
        while outer > 0 {
            let axis = outer - 1
            if length == 1 {
                step = strides[axis]
            } else if output.shape[axis] > 1 && strides[axis] != length * step {
                break
            }
            length *= output.shape[axis]
            outer -= 1
        }
        lineLength = length
        lineStep = step
        lines = output.values / length
        begins = try Memory(lines * 8)
        let places = begins.base.assumingMemoryBound(to: Int.self)
        for line in 0..<lines {
            var rest = line
            var place = offset
            for axis in (0..<outer).reversed() {
                place += rest % output.shape[axis] * strides[axis]
                rest /= output.shape[axis]
            }
            places[line] = place
        }
        super.init(input, output)
    }

    /// Every number that is named must be there.
    private static func check(
        _ input: Layout, _ output: Layout, _ strides: [Int], _ offset: Int
    ) throws(OperatorFault) {
        var least = offset
        var most = offset
        for (length, stride) in zip(output.shape, strides) {
            let reach = (length - 1).multipliedReportingOverflow(by: stride)
            let end = (stride < 0 ? least : most).addingReportingOverflow(reach.partialValue)
            guard !reach.overflow, !end.overflow else {
                throw .invalid("stride \(stride) leaves the element \(input)")
            }
            if stride < 0 { least = end.partialValue } else { most = end.partialValue }
        }
        guard least >= 0, most < input.values else {
            throw .invalid(
                "the numbers \(least) to \(most) of an element are asked for, and \(input) has "
                    + "\(input.values)")
        }
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _: UnsafeMutableRawPointer
    ) -> Int {
        let size = input.scalar.bytes
        let places = begins.base.assumingMemoryBound(to: Int.self)
        var out = to
        for i in 0..<n {
            let element = from + i &* input.bytes
            for line in 0..<lines {
                loop(element + places[line] &* size, lineStep, out, lineLength)
                out += lineLength &* size
            }
        }
        return n
    }
}
