package import PenstockRuntime

extension Operator {
    package static func unary(_ input: Layout, _ kind: Unary) throws(OperatorFault) -> Operator {
        try Operator([Pointwise.unary(input, kind)], isRandom: false)
    }

    package static func cast(_ input: Layout, _ scalar: Scalar) throws(OperatorFault) -> Operator {
        try Operator([Pointwise.cast(input, scalar)], isRandom: false)
    }

    /// `values`: of the input's type and of `shape`, which broadcasts to an element's; copied.
    package static func binary(
        _ input: Layout, _ kind: Binary, _ values: UnsafeRawPointer, _ shape: [Int],
        isReversed: Bool
    ) throws(OperatorFault) -> Operator {
        let pass = try Pointwise.binary(input, kind, values, shape, isReversed: isReversed)
        return try Operator([pass], isRandom: false)
    }

    package static func combine(
        _ kind: Binary, _ left: Operator, _ right: Operator
    ) throws(OperatorFault) -> Operator {
        try Operator(
            [Combine.binary(kind, left, right)], isRandom: left.isRandom || right.isRandom)
    }

    package static func select(
        _ chosen: Operator, _ left: Operator, _ right: Operator
    ) throws(OperatorFault) -> Operator {
        try Operator(
            [Combine.select(chosen, left, right)],
            isRandom: chosen.isRandom || left.isRandom || right.isRandom)
    }

    package static func constant(
        _ input: Layout, _ values: UnsafeRawPointer, _ output: Layout
    ) throws(OperatorFault) -> Operator {
        try Operator([Repeated(input, values, output)], isRandom: false)
    }

    /// Number (i, j, ...) of what is made is number offset + i * strides[0] + j * strides[1] + ...
    package static func arranged(
        _ input: Layout, _ output: Layout, strides: [Int], offset: Int
    ) throws(OperatorFault) -> Operator {
        try Operator([Arranged(input, output, strides, offset)], isRandom: false)
    }

    package static func gather(
        _ input: Layout, _ table: UnsafeRawPointer, _ layout: Layout, isLive: Bool
    ) throws(OperatorFault) -> Operator {
        try Operator([Gather(input, table, layout, isLive: isLive)], isRandom: false)
    }

    package static func oneHot(
        _ input: Layout, _ depth: Int, _ scalar: Scalar
    ) throws(OperatorFault) -> Operator {
        try Operator([OneHot(input, depth, scalar)], isRandom: false)
    }

    package static func field(
        size: Int, offset: Int, _ field: Layout
    ) throws(OperatorFault) -> Operator {
        try Operator([Field(size, offset, field)], isRandom: false)
    }

    package static func record(
        _ parts: [(made: Operator, offset: Int)], size: Int
    ) throws(OperatorFault) -> Operator {
        try Operator([Record(parts, size: size)], isRandom: parts.contains { $0.made.isRandom })
    }

    /// `made`, with the number of each element not from its place in the stream but from its 8
    /// bytes at `offset`.
    package static func numbered(
        _ made: Operator, offset: Int
    ) throws(OperatorFault) -> Operator {
        try Operator([Numbered(made, offset)], isRandom: false)
    }

    /// (x - mean) / deviation, in f64 for f64 and in f32 for all others; of `count` values each, 1
    /// or as many as the last axis is long.
    package static func normalise(
        _ input: Layout, _ mean: UnsafePointer<Float>, _ deviation: UnsafePointer<Float>,
        _ count: Int
    ) throws(OperatorFault) -> Operator {
        guard count == 1 || count == input.shape.last else {
            throw .invalid(
                "count \(count) is neither 1 nor the length of the last axis of \(input)")
        }
        let real: Scalar = input.scalar == .f64 ? .f64 : .f32
        let memory = try Memory(2 * count * real.bytes)
        let divisors = memory.base + count * real.bytes
        Loops.chosen.cast(.f32, real)(mean, memory.base, count)
        Loops.chosen.cast(.f32, real)(deviation, divisors, count)
        let shape = count == 1 ? [] : [count]
        var steps = [try Operator.cast(input, real)]
        if input.scalar == real { steps = [] }
        let made = try input.with(real)
        steps.append(try binary(made, .subtract, memory.base, shape, isReversed: false))
        steps.append(try binary(made, .divide, divisors, shape, isReversed: false))
        return try chain(steps)
    }

    package static func image(_ input: Layout, _ step: ImageStep) throws(OperatorFault) -> Operator
    {
        try Operator([Image(input, step)], isRandom: step.isRandom)
    }

    /// Each takes what the one before makes. Neighbours that can go over an element together do.
    package static func chain(_ operators: [Operator]) throws(OperatorFault) -> Operator {
        guard let first = operators.first else { throw .invalid("a chain has no operator") }
        // Each that is joined copies those before it.
        let length = operators.reduce(0) { $0 + $1.length }
        guard length <= Operator.mostLength else {
            throw .invalid("a chain of \(length) operators is longer than \(Operator.mostLength)")
        }
        var passes = first.passes
        for (i, next) in operators.enumerated().dropFirst() {
            let made = operators[i - 1].output
            guard made == next.input else {
                throw .invalid(
                    "operator \(i - 1) makes \(made), and operator \(i) takes \(next.input)")
            }
            for pass in next.passes {
                if let joined = try passes[passes.count - 1].joined(with: pass) {
                    passes[passes.count - 1] = joined
                } else {
                    passes.append(pass)
                }
            }
        }
        return try Operator(
            passes, isRandom: operators.contains { $0.isRandom }, length: length)
    }
}
