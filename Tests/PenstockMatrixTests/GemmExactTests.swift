import PenstockMatrix
import Testing

/// Small integers multiply and add without rounding, so every path must agree with the naive sum to
/// the last bit, and an index that is off by one cannot hide in a tolerance.
@Suite struct GemmExactTests {
    @Test func float32() throws { try run(Float.self, cases: 4000, seed: 1) }
    @Test func float64() throws { try run(Double.self, cases: 4000, seed: 2) }

    private func run<Element: Multiplied>(
        _: Element.Type, cases: Int, seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed)
        for number in 0..<cases {
            let one = ExactCase<Element>(&generator)
            for settings in allSettings {
                let blocks =
                    generator.oneIn(3) ? settings : crossing(settings, Element.self, &generator)
                one.c.reset()
                let status = Element.gemm(one.call, blocks)
                try #require(status == .done, "case \(number): \(one.text)")
                try one.expectResult("case \(number), \(settings.path.name): \(one.text)")

                one.c.reset()
                let packed = try Element.pack(one.b.view, k: one.k, n: one.n, blocks)
                try #require(Element.gemm(one.call, packed) == .done)
                try one.expectResult("case \(number), \(settings.path.name) packed: \(one.text)")
            }
            try #require(one.a.isIntactOutside() && one.b.isIntactOutside(), "\(one.text)")
            try #require(one.c.isIntactOutside(), "wrote outside C: \(one.text)")
        }
    }
}

private struct ExactCase<Element: Multiplied> {
    let (m, n, k): (Int, Int, Int)
    let alpha: Int
    let beta: Int
    let a: Operand<Element>
    let b: Operand<Element>
    let c: Operand<Element>
    let bias: Operand<Element>?
    let relu: Bool
    let expected: [Element]

    init(_ generator: inout SeededGenerator) {
        func size() -> Int {
            generator.oneIn(10) ? generator.pick(30...75) : generator.pick(0...24)
        }
        func small() -> Element { Element(generator.pick(-4...4)) }
        let (m, n, k) = (size(), size(), size())
        let beta = [0, 0, 1, -1, 3][generator.pick(0...4)]
        let alpha = [0, 1, 1, -1, 2][generator.pick(0...4)]
        let layoutA = Layout.random(m, k, writable: false, &generator)
        let layoutB = Layout.random(k, n, writable: false, &generator)
        let layoutC = Layout.random(m, n, writable: true, &generator)
        let a = Operand<Element>(m, k, layoutA) { _, _ in small() }
        let b = Operand<Element>(k, n, layoutB) { _, _ in small() }
        // beta = 0 must not read C: there it holds NaN. alpha = 0 must not read A.
        let c = Operand<Element>(m, n, layoutC) { _, _ in beta == 0 ? .nan : small() }
        if alpha == 0 { a.fill { _, _ in .nan } }
        let bias =
            generator.oneIn(3)
            ? Operand<Element>(1, n, Layout(rowStride: 1, columnStride: 1)) { _, _ in small() }
            : nil
        relu = generator.oneIn(3)

        var expected: [Element] = []
        expected.reserveCapacity(m * n)
        for i in 0..<m {
            for j in 0..<n {
                var sum: Element = 0
                if alpha != 0 {
                    var left = UnsafePointer(a.origin) + i * layoutA.rowStride
                    var right = UnsafePointer(b.origin) + j * layoutB.columnStride
                    var p = 0
                    while p < k {
                        sum += left.pointee * right.pointee
                        left += layoutA.columnStride
                        right += layoutB.rowStride
                        p += 1
                    }
                }
                var value = Element(alpha) * sum
                if beta != 0 { value += Element(beta) * c[i, j] }
                if let bias { value += bias[0, j] }
                expected.append(relu ? max(value, 0) : value)
            }
        }
        (self.m, self.n, self.k) = (m, n, k)
        (self.alpha, self.beta) = (alpha, beta)
        (self.a, self.b, self.c, self.bias) = (a, b, c, bias)
        self.expected = expected
    }

    var call: Call<Element> {
        Call(
            m: m, n: n, k: k, alpha: Element(alpha), a: a.view, b: b.view, beta: Element(beta),
            c: c.mutableView,
            epilogue: Epilogue(
                bias: bias.map { UnsafePointer($0.origin) }, activation: relu ? .relu : .none))
    }

    var text: String {
        "m \(m) n \(n) k \(k) alpha \(alpha) beta \(beta) A \(a.layout) B \(b.layout) C \(c.layout)"
            + " bias \(bias != nil) relu \(relu)"
    }

    /// Equal as numbers: only the sign of a zero may differ from the naive sum's.
    func expectResult(_ text: String) throws {
        var index = 0
        var wrong: [String] = []
        for i in 0..<m {
            for j in 0..<n {
                if c[i, j] != expected[index] {
                    wrong.append("C(\(i), \(j)) is \(c[i, j]), not \(expected[index])")
                }
                index += 1
            }
        }
        try #require(wrong.isEmpty, "\(wrong.first ?? "") and \(wrong.count - 1) more; \(text)")
    }
}
