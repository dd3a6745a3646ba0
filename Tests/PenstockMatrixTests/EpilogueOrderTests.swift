import PenstockMatrix
import Testing

/// v += bias; v = activation(v); v *= scale; v += residual: every step on its own, with the same
/// bits as arithmetic done one element at a time, wherever the element lies, and on all paths that
/// have fused multiply-adds.
@Suite struct EpilogueOrderTests {
    @Test func float32() throws { try run(Float.self, seed: 81) }
    @Test func float64() throws { try run(Double.self, seed: 82) }

    private func run<Element: Multiplied>(_: Element.Type, seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        for number in 0..<150 {
            let one = EpilogueCase<Element>(&generator)
            var fused: [Element.Bits]?
            for settings in allSettings {
                let expected = try one.expected(settings)
                let blocks = crossing(settings, Element.self, &generator)
                one.c.reset()
                try #require(Element.gemm(one.call, blocks) == .done)
                let text = "case \(number), \(settings.path.name): \(one)"
                let isRight = one.c.bits == expected
                try #require(isRight, "\(text)")
                if settings.isFused {
                    let agrees = fused == nil || fused == expected
                    try #require(agrees, "not as on other paths: \(text)")
                    fused = expected
                }

                one.c.reset()
                let packed = try Element.pack(one.b.view, k: one.k, n: one.n, blocks)
                try #require(Element.gemm(one.call, packed) == .done)
                let isRightPacked = one.c.bits == expected
                try #require(isRightPacked, "packed, \(text)")
            }
            try #require(one.c.isIntactOutside(), "\(one)")
            try #require(one.residual?.isIntactOutside() ?? true, "\(one)")
        }
    }

    /// A stage's span may be cut anywhere.
    @Test(arguments: Curve.allCases)
    func cuttingRowsChangesNoBit(_ curve: Curve) throws {
        var generator = SeededGenerator(83)
        for settings in allSettings {
            for _ in 0..<4 {
                let (rows, k, n) = (
                    generator.pick(1...60), generator.pick(1...40), generator.pick(1...40)
                )
                let input = Operand<Float>.noise(rows, k, seed: 84)
                let weights = Operand<Float>.noise(k, n, seed: 85)
                let packed = try PackedMatrixF32(
                    weights.view, k: k, n: n,
                    settings: crossing(settings, Float.self, &generator))
                let epilogue = Epilogue<Float>(activation: curve.activation)
                let whole = Operand<Float>.noise(rows, n, seed: 86)
                let cut = Operand<Float>.noise(rows, n, seed: 87)
                let status = matmulRows(
                    input: input.origin, rows: rows, packed: packed, output: whole.origin,
                    epilogue: epilogue)
                try #require(status == .done)
                try matmulSpans(
                    input: input.origin, rows: rows, packed: packed, output: cut.origin,
                    epilogue: epilogue, &generator)
                let isSame = cut.bits == whole.bits
                try #require(isSame, "\(settings.path.name)")
            }
        }
    }

    /// Each lane of each register of a tile, and any number of columns.
    @Test(arguments: Curve.allCases)
    func positionChangesNoBit(_ curve: Curve) {
        let epilogue = Epilogue<Double>(activation: curve.activation)
        let values = (0..<40).map { Double($0) * 0.37 - 7 }
        for settings in allSettings {
            let whole = applied(epilogue, to: values, settings)
            for count in 1...40 {
                for first in Set([0, 1, 40 - count]) where first + count <= 40 {
                    let part = applied(epilogue, to: Array(values[first..<first + count]), settings)
                    #expect(part == Array(whole[first..<first + count]), "\(count) from \(first)")
                }
            }
        }
    }
}

/// A product with a random epilogue.
private struct EpilogueCase<Element: Multiplied>: CustomStringConvertible {
    let (m, n, k): (Int, Int, Int)
    let alpha: Element
    let beta: Element
    let a: Operand<Element>
    let b: Operand<Element>
    let c: Operand<Element>
    let bias: Operand<Element>?
    let biasAlong: Epilogue<Element>.BiasAlong
    let activation: GemmActivation
    let scale: Element
    let residual: Operand<Element>?

    init(_ generator: inout SeededGenerator) {
        m = generator.pick(1...40)
        n = generator.pick(1...70)
        k = generator.oneIn(6) ? 0 : generator.pick(1...30)
        // Exact, for it is A or B that alpha scales.
        alpha = generator.oneIn(3) ? 0.5 : 1
        beta = [0, 1, -1.3][generator.pick(0...2)]
        a = .noise(m, k, .random(m, k, writable: false, &generator), seed: generator.next())
        b = .noise(k, n, .random(k, n, writable: false, &generator), seed: generator.next())
        c = .noise(m, n, .random(m, n, writable: true, &generator), seed: generator.next())
        biasAlong = generator.oneIn(2) ? .rows : .columns
        bias =
            generator.oneIn(2)
            ? nil : .noise(1, biasAlong == .rows ? m : n, seed: generator.next())
        activation =
            [
                .none, .relu, .gelu, .geluTanh, .sigmoid, .tanh, .clamp(low: -0.4, high: 0.7),
            ][generator.pick(0...6)]
        scale = [1, -0.3, 1.7][generator.pick(0...2)]
        let layout = Layout.random(m, n, writable: false, &generator)
        residual = generator.oneIn(2) ? nil : .noise(m, n, layout, seed: generator.next())
    }

    var call: Call<Element> {
        Call(
            m: m, n: n, k: k, alpha: alpha, a: a.view, b: b.view, beta: beta, c: c.mutableView,
            epilogue: Epilogue(
                bias: bias.map { UnsafePointer($0.origin) }, biasAlong: biasAlong,
                activation: activation, scale: Double(scale), residual: residual?.view))
    }

    /// The bits that C must have: the product alone, and then one step after the other.
    func expected(_ settings: GemmSettings) throws -> [Element.Bits] {
        c.reset()
        var plain = call
        plain.epilogue = .none
        try #require(Element.gemm(plain, settings) == .done)
        var values: [Element] = []
        for i in 0..<m {
            for j in 0..<n {
                let added = bias.map { $0[0, biasAlong == .rows ? i : j] }
                values.append(added.map { c[i, j] + $0 } ?? c[i, j])
            }
        }
        switch activation {
        case .none: break
        case .relu: values = values.map { max($0, 0) }
        case .clamp(let low, let high):
            values = values.map { min(max($0, Element(low)), Element(high)) }
        default: values = applied(Epilogue(activation: activation), to: values, settings)
        }
        return values.enumerated().map { index, value in
            let scaled = value * scale
            return (residual.map { scaled + $0[index / n, index % n] } ?? scaled).bitPattern
        }
    }

    var description: String {
        "m \(m) n \(n) k \(k) alpha \(alpha) beta \(beta) A \(a.layout) B \(b.layout) C \(c.layout)"
            + " bias \(bias != nil) along \(biasAlong) \(activation) scale \(scale)"
            + " residual \(residual.map { "\($0.layout)" } ?? "none")"
    }
}
