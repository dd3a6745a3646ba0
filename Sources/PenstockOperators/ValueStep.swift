import CPenstockOperators
import PenstockRuntime

/// One loop of a pass that makes one number of each.
struct ValueStep: Sendable {
    enum Loop {
        case unary(psto_unary)
        case binary(psto_binary, constant: Constant, isReversed: Bool)
    }

    let loop: Loop
    /// Bytes of a number before and after.
    let inBytes: Int
    let outBytes: Int

    init(_ loop: Loop, from: Scalar, to: Scalar) {
        self.loop = loop
        inBytes = from.bytes
        outBytes = to.bytes
    }

    /// `n` numbers, of which the first is number `start` of its element.
    @inline(__always)
    func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, start: Int
    ) {
        switch loop {
        case .unary(let loop): loop(from, to, n)
        case .binary(let loop, let constant, let isReversed):
            var done = 0
            var at = start % constant.count
            while done < n {
                let run = min(n &- done, constant.count &- at)
                let value = from + done &* inBytes
                let operand = UnsafeRawPointer(constant.base + at &* inBytes)
                loop(
                    isReversed ? operand : value, isReversed ? value : operand,
                    to + done &* outBytes, run)
                done &+= run
                at = 0
            }
        }
    }
}

/// The second operand of a loop: numbers that go with those of an element, again and again. A
/// single number is written down often enough that a loop over it is long.
struct Constant: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let count: Int

    private static let leastCount = 1024

    /// `values` of `shape`, spread over an element as NumPy broadcasts.
    init(
        _ values: UnsafeRawPointer, _ shape: [Int], over layout: Layout, in memory: inout [Memory]
    ) throws(OperatorFault) {
        let strides = try Constant.strides(shape, over: layout)
        let size = layout.scalar.bytes
        let period = Constant.period(strides, layout)
        let times = max(1, Constant.leastCount / period)
        let owner = try Memory(period * times * size)
        memory.append(owner)
        base = owner.base
        count = period * times
        for i in 0..<period {
            // Which value goes with number i of an element.
            var rest = i
            var index = 0
            for axis in layout.shape.indices.reversed() {
                index += rest % layout.shape[axis] * strides[axis]
                rest /= layout.shape[axis]
            }
            (base + i * size).copyMemory(from: values + index * size, byteCount: size)
        }
        for i in 1..<max(times, 1) {
            (base + i * period * size).copyMemory(from: base, byteCount: period * size)
        }
    }

    /// Of the values along each axis of an element; 0 where one value serves all.
    private static func strides(
        _ shape: [Int], over layout: Layout
    ) throws(OperatorFault) -> [Int] {
        var strides = [Int](repeating: 0, count: layout.shape.count)
        var stride = 1
        for (i, length) in shape.reversed().enumerated() {
            let axis = layout.shape.count - 1 - i
            guard axis >= 0 ? length == layout.shape[axis] || length == 1 : length == 1 else {
                throw .invalid(
                    "operand of shape \(shape) does not broadcast to elements of shape "
                        + "\(layout.shape)")
            }
            if length > 1 { strides[axis] = stride }
            stride *= length
        }
        return strides
    }

    /// After how many numbers the values come again: the axes behind the first that has any.
    private static func period(_ strides: [Int], _ layout: Layout) -> Int {
        guard let outermost = strides.firstIndex(where: { $0 > 0 }) else { return 1 }
        return layout.shape[outermost...].reduce(1, *)
    }
}
