import Penstock
import Testing

@Suite struct MatrixProductTests {
    /// Small whole numbers, so that sums are exact in any order.
    private func matrix(_ rows: Int, _ columns: Int, _ seed: Int) throws -> Matrix {
        try Matrix(
            rows: rows, columns: columns,
            (0..<rows * columns).map { Float(($0 &* 31 &+ seed &* 17) % 7) - 3 })
    }

    private func elements(_ matrix: Matrix) -> [Float] { matrix.withElements { Array($0) } }

    private func product(_ a: Matrix, _ b: Matrix) -> [Float] {
        (0..<a.rows).flatMap { i in
            (0..<b.columns).map { j in
                (0..<a.columns).reduce(Float(0)) { $0 + a[i, $1] * b[$1, j] }
            }
        }
    }

    @Test func epilogues() throws {
        let (a, b) = (try matrix(3, 4, 1), try matrix(4, 5, 2))
        let (row, column) = (try matrix(1, 5, 3), try matrix(3, 1, 4))
        let residual = try matrix(3, 5, 5)
        let c = try Matrix(rows: 3, columns: 5)
        let plain = product(a, b)

        var work = MatrixProduct(a.view, b.view, into: c.mutableView)
        work.alpha = 2
        work.bias = row.view
        work.activation = .clamp(-4...5)
        work.scale = 0.5
        work.residual = residual.view
        try work.compute()
        for (at, sum) in plain.enumerated() {
            let clamped = min(max(2 * sum + row[0, at % 5], -4), 5)
            #expect(c[at / 5, at % 5] == 0.5 * clamped + residual[at / 5, at % 5])
        }

        work = MatrixProduct(a.view, b.view, into: c.mutableView)
        work.bias = column.view
        work.activation = .relu
        try work.compute()
        #expect(elements(c) == plain.enumerated().map { max($1 + column[$0 / 5, 0], 0) })

        work.bias = nil
        work.activation = .linear
        work.beta = 1
        let before = elements(c)
        try work.compute()
        #expect(elements(c) == zip(before, plain).map { $0 + $1 })
    }

    @Test func packedWeights() throws {
        let (a, b) = (try matrix(3, 4, 1), try matrix(4, 5, 2))
        let c = try Matrix(rows: 3, columns: 5)
        let packed = try PackedMatrix(b)
        #expect(packed.rows == 4 && packed.columns == 5)
        for i in 0..<4 { b[i, 2] = 99 }  // a copy was packed
        try multiply(a.view, packed, into: c.mutableView)
        #expect(elements(c) == product(a, try matrix(4, 5, 2)))
        let turned = try PackedMatrix(try matrix(5, 4, 6).view.transposed)
        try multiply(a.view, turned, into: c.mutableView, alpha: -1, activation: .relu)
        let small = try Matrix(rows: 3, columns: 4)
        #expect(failure { try multiply(a.view, turned, into: small.mutableView) }?.code == .invalid)
    }

    @Test func batches() throws {
        // Two heads of one matrix; weights for all; results one after the other.
        let (a, b) = (try matrix(6, 8, 1), try matrix(4, 3, 2))
        let c = try Matrix(rows: 12, columns: 3)
        let head = MatrixView(a.view.base, rows: 6, columns: 4, rowStride: 8)
        var first = c.mutableView
        first.rows = 6
        var work = MatrixProduct(head, b.view, into: first)
        work.batch = .init(count: 2, a: 4, b: 0, c: 18)
        try work.compute()
        for i in 0..<12 {
            for j in 0..<3 {
                let sum = (0..<4).reduce(Float(0)) { $0 + a[i % 6, i / 6 * 4 + $1] * b[$1, j] }
                #expect(c[i, j] == sum)
            }
        }
        work.batch?.c = 17
        #expect(failure { try work.compute() }?.code == .invalid)
        work.batch = .init(count: -1, a: 0, b: 0, c: 0)
        #expect(failure { try work.compute() }?.code == .invalid)
        work.batch = .init(count: 2, a: .max, b: 0, c: 18)
        #expect(failure { try work.compute() }?.code == .invalid)
        work.batch = .init(count: 0, a: 0, b: 0, c: 0)
        try work.compute()
    }

    /// Enough work for several threads; the bits are those of one.
    @Test(arguments: [1, 2, 3, 8]) func engines(_ workers: Int) throws {
        let a = try Matrix(rows: 310, columns: 190, (0..<310 * 190).map { 1 / Float($0 + 1) })
        let b = try Matrix(rows: 190, columns: 250, (0..<190 * 250).map { 1 / Float($0 + 7) })
        let alone = try Matrix(rows: 310, columns: 250)
        try multiply(a.view, b.view, into: alone.mutableView, activation: .relu)
        let c = try Matrix(rows: 310, columns: 250)
        var work = MatrixProduct(a.view, try PackedMatrix(b), into: c.mutableView)
        work.activation = .relu
        work.engine = try Engine(EngineOptions(workers: workers))
        for threads in [0, 1, 2, 5] {
            c[0, 0] = -1
            work.threads = threads
            try work.compute()
            #expect(elements(c) == elements(alone))
        }
        work.threads = -1
        #expect(failure { try work.compute() }?.code == .invalid)
    }

    @Test(arguments: executors) func insideAStage(_ executor: EngineOptions.Executor) throws {
        let (a, b) = (try matrix(30, 40, 1), try matrix(40, 20, 2))
        let expected = product(a, b)
        let engine = try Engine(executor)
        let graph = Graph("inside")
        let right = graph.source(0..<20).map { _ in
            let c = try Matrix(rows: 30, columns: 20)
            var work = MatrixProduct(a.view, b.view, into: c.mutableView)
            work.engine = engine
            try work.compute()
            return c.withElements { Array($0) } == expected
        }.collect()
        try graph.run(on: engine)
        #expect(right.elements == Array(repeating: true, count: 20))
    }

    @Test func explanations() throws {
        let (a, b) = (try matrix(3, 4, 1), try matrix(4, 5, 2))
        let c = try Matrix(rows: 3, columns: 5)
        var work = MatrixProduct(a.view, b.view, into: c.mutableView)
        #expect(try work.explain().contains("m 3, n 5, k 4"))
        #expect(try work.explain().contains("no engine"))
        work = MatrixProduct(a.view, try PackedMatrix(b), into: c.mutableView)
        #expect(try work.explain().contains("packed ahead"))
        #expect(elements(c).allSatisfy { $0 == 0 })
    }

    @Test func mistakes() throws {
        let (a, b) = (try matrix(3, 4, 1), try matrix(4, 5, 2))
        let c = try Matrix(rows: 3, columns: 5)
        func message(_ change: (inout MatrixProduct) throws -> Void) rethrows -> String? {
            var work = MatrixProduct(a.view, b.view, into: c.mutableView)
            try change(&work)
            let error = failure { try work.compute() }
            #expect(error?.code == .invalid)
            #expect(failure { _ = try work.explain() } == nil || error != nil)
            #expect(elements(c).allSatisfy { $0 == 0 })
            return error?.message
        }
        #expect(message { $0.a.columns = 3 }?.contains("3 x 3 and 4 x 5") == true)
        #expect(message { $0.c.rows = 2 }?.contains("does not fit in 2 x 5") == true)
        #expect(message { $0.bias = a.view }?.contains("bias") == true)
        #expect(message { $0.bias = b.view }?.contains("bias") == true)
        #expect(message { $0.residual = a.view }?.contains("residual of 3 x 4") == true)
        #expect(message { $0.c.rowStride = 4 }?.contains("C overlaps itself") == true)
        #expect(message { $0.residual = c.view }?.contains("residual shares") == true)
        #expect(
            message { $0.a = MatrixView(c.view.base, rows: 3, columns: 4, rowStride: 4) } != nil)
        // A bias with gaps.
        let gaps = MatrixView(b.view.base, rows: 1, columns: 5, rowStride: 0, columnStride: 2)
        #expect(message { $0.bias = gaps }?.contains("without gaps") == true)
    }

    /// All activations are a layer's, too; their values are the kernel's matter.
    @Test(arguments: [Activation.linear, .relu, .gelu, .geluTanh, .sigmoid, .tanh, .clamp(-1...2)])
    func activationsOfStages(_ activation: Activation) throws {
        let weights = try matrix(2, 2, 3)
        let graph = Graph("layer")
        let rows = graph.source(0..<10).map { InlineArray<2, Float>(repeating: Float($0)) }
            .matmul(
                to: InlineArray<2, Float>.self, weights: weights, activation: activation
            ).map { max($0[0], $0[1]) }.collect()
        try graph.run(on: Engine())
        #expect(rows.elements.count == 10)
        if case .clamp = activation { #expect(rows.elements.allSatisfy { $0 <= 2 && $0 >= -1 }) }
    }
}
