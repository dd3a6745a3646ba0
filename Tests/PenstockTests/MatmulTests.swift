import Penstock
import Testing

@Suite struct MatmulTests {
    private struct Sample: Sendable {
        var number: Int32 = 0
        var input = InlineArray<6, Float>(repeating: 0)
        var output = InlineArray<3, Float>(repeating: -1)
        var check: Int32 = 0
    }

    /// Small whole numbers, so that sums are exact in any order.
    private func weights() throws -> Matrix {
        try Matrix(rows: 6, columns: 3, (0..<18).map { Float($0 % 5) - 2 })
    }

    private static func row(_ n: Int) -> InlineArray<6, Float> {
        InlineArray { Float((n + $0 * 3) % 7) - 3 }
    }

    private static func product(
        _ row: InlineArray<6, Float>, _ weights: Matrix, bias: [Float] = [0, 0, 0],
        relu: Bool = false
    ) -> [Float] {
        (0..<3).map { j in
            let sum = (0..<6).reduce(bias[j]) { $0 + row[$1] * weights[$1, j] }
            return relu ? max(sum, 0) : sum
        }
    }

    @Test(arguments: executors) func rows(_ executor: EngineOptions.Executor) throws {
        let weights = try weights()
        let graph = Graph("rows")
        let products = graph.source(0..<500).map { Self.row($0) }
            .matmul(to: InlineArray<3, Float>.self, weights: weights)
            .map { row in [row[0], row[1], row[2]] }.collect()
        try graph.run(on: Engine(executor))
        #expect(products.elements == (0..<500).map { Self.product(Self.row($0), weights) })
    }

    @Test(arguments: executors, [false, true])
    func fields(_ executor: EngineOptions.Executor, _ live: Bool) throws {
        let weights = try weights()
        let bias = try Matrix(rows: 1, columns: 3, [1, -2, 3])
        let graph = Graph("fields")
        let samples = graph.source(0..<300).map { n in
            Sample(number: Int32(n), input: Self.row(n), check: Int32(2 * n))
        }
        let layers = samples.batch(16).matmul(
            \.input, into: \.output, weights: weights, bias: bias, activation: .relu, live: live)
        let all = layers.collect()
        try graph.run(on: Engine(executor))
        for (n, sample) in all.elements.enumerated() {
            let expected = Self.product(Self.row(n), weights, bias: [1, -2, 3], relu: true)
            #expect([sample.output[0], sample.output[1], sample.output[2]] == expected)
            #expect(
                sample.number == n && sample.check == 2 * n && sample.input[1] == Self.row(n)[1])
        }
        #expect(all.elements.count == 300)
    }

    @Test func products() throws {
        let a = try Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
        let b = try Matrix(rows: 3, columns: 2, [1, 0, 0, 1, 1, 1])
        let c = try Matrix(rows: 2, columns: 2)
        try multiply(a.view, b.view, into: c.mutableView)
        #expect(c.withElements { Array($0) } == [4, 5, 10, 11])
        try multiply(
            b.view.transposed, a.view.transposed, into: c.mutableView, alpha: -2, beta: 1,
            activation: .relu)
        #expect(c.withElements { Array($0) } == [0, 0, 0, 0])
        #expect(failure { try multiply(a.view, a.view, into: c.mutableView) }?.code == .invalid)
        #expect(failure { _ = try Matrix(rows: 0, columns: 3) }?.code == .invalid)
        #expect(failure { _ = try Matrix(rows: 2, columns: 3, [1]) }?.code == .invalid)
        #expect(failure { _ = try Matrix(rows: .max, columns: 3) }?.code == .outOfMemory)
    }

    @Test func viewsOfFields() throws {
        let samples = (0..<4).map { Sample(input: Self.row($0)) }
        let ones = try Matrix(rows: 1, columns: 4, [1, 1, 1, 1])
        let sums = try Matrix(rows: 1, columns: 6)
        try samples.withUnsafeBufferPointer { buffer in
            let view = try #require(MatrixView(buffer, field: \.input))
            try multiply(ones.view, view, into: sums.mutableView)
        }
        for i in 0..<6 { #expect(sums[0, i] == (0..<4).reduce(0) { $0 + Self.row($1)[i] }) }
    }

    @Test func mistakes() throws {
        let small = try Matrix(rows: 2, columns: 3)
        let graph = Graph("small")
        graph.source(0..<3).map { Self.row($0) }
            .matmul(to: InlineArray<3, Float>.self, weights: small).discard()
        #expect(failure { try graph.validate() }?.code == .invalid)

        let biased = Graph("bias")
        biased.source(0..<3).map { Self.row($0) }
            .matmul(to: InlineArray<3, Float>.self, weights: try weights(), bias: small).discard()
        #expect(failure { try biased.validate() }?.code == .invalid)
    }
}
