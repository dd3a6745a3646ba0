import PenstockMatrix
import Testing

/// Integers are exact, and so are small ones as bf16: every path must agree with the naive sum to
/// the last bit.
@Suite struct NarrowExactTests {
    @Test func bf16() throws { try run(BF16.self, cases: 3000, seed: 101) }
    @Test func s8() throws { try run(S8.self, cases: 3000, seed: 102) }
    @Test func u8s8() throws { try run(U8S8.self, cases: 3000, seed: 103) }

    private func run<T: NarrowInputs>(_: T.Type, cases: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        for number in 0..<cases {
            let one = NarrowCase<T>(&generator)
            for settings in allNarrowSettings {
                let blocks = generator.oneIn(3) ? settings : crossing(settings, T.self, &generator)
                one.c.reset()
                let status = T.gemm(one.call, blocks)
                try #require(status == .done, "case \(number): \(one.text)")
                try one.expectResult("case \(number), \(settings.path.name)")

                one.c.reset()
                let packed = try T.pack(one.b.view, k: one.k, n: one.n, blocks)
                try #require(T.gemm(one.call, packed) == .done)
                try one.expectResult("case \(number), \(settings.path.name) packed")
            }
            try #require(one.a.isIntactOutside() && one.b.isIntactOutside(), "\(one.text)")
            try #require(one.c.isIntactOutside(), "wrote outside C: \(one.text)")
        }
    }

    /// The worst cases of instructions that saturate: VPMADDUBSW adds two products in 16 bits.
    @Test func extremesDoNotSaturate() {
        for (left, right) in [(255, -128), (255, 127), (128, -128), (0, -128)] {
            expectConstant(U8S8.self, UInt8(left), Int8(right), Int32(left * right))
        }
        for (left, right) in [(-128, -128), (-128, 127), (127, 127), (127, -128)] {
            expectConstant(S8.self, Int8(left), Int8(right), Int32(left * right))
        }
    }

    private func expectConstant<T: NarrowInputs>(
        _: T.Type, _ left: T.A, _ right: T.B, _ product: Int32
    ) where T.C == Int32 {
        // 70 000 * 2^14 * 2 is past 2^31.
        let (m, n, k) = (3, 5, 140_000)
        let a = Operand<T.A>.rowMajor(m, k) { _, _ in left }
        let b = Operand<T.B>.rowMajor(k, n) { _, _ in right }
        let c = Operand<Int32>.rowMajor(m, n) { _, _ in 0 }
        for settings in allNarrowSettings {
            let call = NarrowCall<T>(
                m: m, n: n, k: k, a: a.view, b: b.view, beta: 1, c: c.mutableView)
            c.reset()
            #expect(T.gemm(call, settings) == .done)
            #expect(c.bits.allSatisfy { $0 == product &* Int32(k) }, "\(settings.path.name)")
        }
    }

    /// Every value of one operand against every value of the other.
    @Test func allPairsOfBytes() {
        let a = Operand<Int8>.rowMajor(256, 1) { i, _ in Int8(truncatingIfNeeded: i) }
        let u = Operand<UInt8>.rowMajor(256, 1) { i, _ in UInt8(i) }
        let b = Operand<Int8>.rowMajor(1, 256) { _, j in Int8(truncatingIfNeeded: j) }
        let c = Operand<Int32>.rowMajor(256, 256) { _, _ in 0 }
        func isProduct(_ value: (Int) -> Int) -> Bool {
            (0..<256).allSatisfy { i in
                (0..<256).allSatisfy { j in
                    c[i, j] == Int32(value(i) * Int(Int8(truncatingIfNeeded: j)))
                }
            }
        }
        for settings in allNarrowSettings {
            let signed = NarrowCall<S8>(
                m: 256, n: 256, k: 1, a: a.view, b: b.view, c: c.mutableView)
            #expect(S8.gemm(signed, settings) == .done)
            #expect(isProduct { Int(Int8(truncatingIfNeeded: $0)) }, "\(settings.path.name)")
            let unsigned = NarrowCall<U8S8>(
                m: 256, n: 256, k: 1, a: u.view, b: b.view, c: c.mutableView)
            #expect(U8S8.gemm(unsigned, settings) == .done)
            #expect(isProduct { $0 }, "\(settings.path.name)")
        }
    }
}

private struct NarrowCase<T: NarrowInputs> {
    let (m, n, k): (Int, Int, Int)
    let alpha: Double
    let beta: Double
    let a: Operand<T.A>
    let b: Operand<T.B>
    let c: Operand<T.C>
    let bias: Operand<T.C>?
    let byRow: Bool
    let residual: Operand<T.C>?
    let activation: GemmActivation
    let scale: Double
    let expected: [T.C]

    init(_ generator: inout SeededGenerator) {
        func size() -> Int {
            generator.oneIn(8) ? generator.pick(30...140) : generator.pick(0...30)
        }
        let (m, n, k) = (size(), size(), size())
        let isFloat = T.C.self == Float.self
        let alpha: Double = isFloat ? [1, 1, 0, -1, 2][generator.pick(0...4)] : 1
        let beta =
            isFloat ? [0, 0, 1, -1, 3][generator.pick(0...4)] : Double(generator.pick(0...1))
        let a = Operand<T.A>(m, k, .random(m, k, writable: false, &generator)) { _, _ in
            T.left(&generator)
        }
        let b = Operand<T.B>(k, n, .random(k, n, writable: false, &generator)) { _, _ in
            T.right(&generator)
        }
        // beta = 0 must not read C: there it holds what lies around it. alpha = 0 must not read A.
        let c = Operand<T.C>(m, n, .random(m, n, writable: true, &generator)) { _, _ in
            beta == 0 ? .outside : T.result(&generator)
        }
        if alpha == 0 { a.fill { _, _ in .outside } }
        let byRow = generator.oneIn(2)
        let bias =
            generator.oneIn(2)
            ? Operand<T.C>.rowMajor(1, byRow ? m : n) { _, _ in T.result(&generator) } : nil
        let residual =
            generator.oneIn(3)
            ? Operand<T.C>(m, n, .random(m, n, writable: true, &generator)) { _, _ in
                T.result(&generator)
            } : nil
        let activation: GemmActivation =
            isFloat ? [.none, .relu, .clamp(low: -7, high: 30)][generator.pick(0...2)] : .none
        let scale = isFloat ? [1, 1, -2, 0.5][generator.pick(0...3)] : 1

        var expected: [T.C] = []
        expected.reserveCapacity(m * n)
        for i in 0..<m {
            for j in 0..<n {
                var sum: T.C = 0
                if alpha != 0 {
                    var left = UnsafePointer(a.origin) + i * a.layout.rowStride
                    var right = UnsafePointer(b.origin) + j * b.layout.columnStride
                    var p = 0
                    while p < k {
                        sum = T.add(sum, left.pointee, right.pointee)
                        left += a.layout.columnStride
                        right += b.layout.rowStride
                        p += 1
                    }
                }
                expected.append(
                    T.finish(
                        sum, alpha, beta, c[i, j], bias.map { $0[0, byRow ? i : j] }, activation,
                        scale, residual.map { $0[i, j] }))
            }
        }
        (self.m, self.n, self.k) = (m, n, k)
        (self.alpha, self.beta) = (alpha, beta)
        (self.a, self.b, self.c, self.bias, self.residual) = (a, b, c, bias, residual)
        (self.byRow, self.activation, self.scale) = (byRow, activation, scale)
        self.expected = expected
    }

    var call: NarrowCall<T> {
        NarrowCall(
            m: m, n: n, k: k, alpha: alpha, a: a.view, b: b.view, beta: beta, c: c.mutableView,
            epilogue: Epilogue(
                bias: bias.map { UnsafePointer($0.origin) }, biasAlong: byRow ? .rows : .columns,
                activation: activation, scale: scale, residual: residual?.view))
    }

    var text: String {
        "\(T.name) m \(m) n \(n) k \(k) alpha \(alpha) beta \(beta) A \(a.layout) B \(b.layout)"
            + " C \(c.layout) bias \(bias != nil) by row \(byRow) \(activation) scale \(scale)"
            + " residual \(String(describing: residual?.layout))"
    }

    /// Equal as numbers: only the sign of a zero may differ from the naive sum's.
    func expectResult(_ text: String) throws {
        var index = 0
        for i in 0..<m {
            for j in 0..<n {
                if c[i, j] != expected[index] {
                    try #require(
                        c[i, j] == expected[index], "C(\(i), \(j)); \(text), \(self.text)")
                }
                index += 1
            }
        }
    }
}
