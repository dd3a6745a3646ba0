import PenstockOperators

/// Numbers of one type, made of so many by an operator.
func apply<In: BitwiseCopyable, Out: BitwiseCopyable>(
    _ made: Operator, to values: [In], as _: Out.Type = Out.self, first: UInt64 = 0
) -> [Out] {
    let n = values.count / made.input.values
    return [Out](unsafeUninitializedCapacity: n * made.output.values) { out, count in
        let done = values.withUnsafeBytes {
            made.apply($0.baseAddress!, UnsafeMutableRawPointer(out.baseAddress!), n, first)
        }
        count = max(done, 0) * made.output.values
    }
}

func constant<T: BitwiseCopyable>(
    _ kind: Binary, _ input: Layout, _ value: T, isReversed: Bool = false
) throws -> Operator {
    try withUnsafeBytes(of: value) {
        try Operator.binary(input, kind, $0.baseAddress!, [], isReversed: isReversed)
    }
}
