import PenstockMatrix
import Testing

/// `output = activation(input * packed + bias)` as a matmul stage computes it for a span of rows
/// without gaps: `input` is rows x k, `output` rows x n.
func matmulRows(
    input: UnsafePointer<Float>?, rows: Int, packed: PackedMatrixF32,
    output: UnsafeMutablePointer<Float>?, epilogue: Epilogue<Float> = .none
) -> GemmStatus {
    gemmF32(
        m: rows, a: .rowMajor(input, leading: packed.k), packedB: packed,
        c: .rowMajor(output, leading: packed.n), epilogue: epilogue)
}

/// The same in spans of random lengths.
func matmulSpans(
    input: UnsafePointer<Float>, rows: Int, packed: PackedMatrixF32,
    output: UnsafeMutablePointer<Float>, epilogue: Epilogue<Float>,
    _ generator: inout SeededGenerator
) throws {
    var row = 0
    while row < rows {
        let span = min(generator.pick(1...17), rows - row)
        let status = matmulRows(
            input: input + row * packed.k, rows: span, packed: packed,
            output: output + row * packed.n, epilogue: epilogue)
        try #require(status == .done)
        row += span
    }
}
