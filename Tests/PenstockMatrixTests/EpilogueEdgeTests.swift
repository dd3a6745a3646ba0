import PenstockMatrix
import Testing

/// Zeros, infinities and NaN.
@Suite struct EpilogueEdgeTests {
    @Test func limitsF32() { limits(Float.self) }
    @Test func limitsF64() { limits(Double.self) }

    private func limits<Element: Multiplied>(_: Element.Type) {
        let least = Element.leastNonzeroMagnitude
        for settings in allSettings {
            func value(_ activation: GemmActivation, _ x: Element) -> Element {
                // In the last lane of a register and in a masked one.
                let results = applied(
                    Epilogue(activation: activation), to: [Element](repeating: x, count: 33),
                    settings)
                #expect(results[31].bitPattern == results[32].bitPattern)
                return results[32]
            }
            for huge in [Element.infinity, .greatestFiniteMagnitude, 1000] {
                #expect(value(.tanh, huge) == 1)
                #expect(value(.tanh, -huge) == -1)
                #expect(value(.sigmoid, huge) == 1)
                #expect(value(.sigmoid, -huge) == 0)
                #expect(value(.gelu, huge) == huge)
                #expect(value(.gelu, -huge) == 0)
                #expect(value(.geluTanh, huge) == huge)
                #expect(value(.geluTanh, -huge) == 0)
            }
            for tiny in [0, least, 100 * least, Element.leastNormalMagnitude] {
                #expect(value(.tanh, tiny).bitPattern == tiny.bitPattern)
                #expect(value(.tanh, -tiny).bitPattern == (-tiny).bitPattern)
                #expect(value(.sigmoid, tiny) == 0.5)
                #expect(value(.sigmoid, -tiny) == 0.5)
                #expect((value(.gelu, tiny) - tiny / 2).magnitude <= least)
                #expect((value(.gelu, -tiny) + tiny / 2).magnitude <= least)
                #expect((value(.geluTanh, tiny) - tiny / 2).magnitude <= least)
                #expect((value(.geluTanh, -tiny) + tiny / 2).magnitude <= least)
            }
        }
    }

    @Test func nanStaysNaNF32() {
        nanStaysNaN(
            [0x7F80_0001, 0x7FC0_0000, 0xFF80_0155, 0xFFFF_FFFF].map(Float.init(bitPattern:)))
    }

    @Test func nanStaysNaNF64() {
        nanStaysNaN(
            [0x7FF0_0000_0000_0001, 0x7FF8_0000_0000_0000, 0xFFF0_0000_0000_0955, .max]
                .map(Double.init(bitPattern:)))
    }

    /// Payloads matter: bits of the argument become those of an exponent.
    private func nanStaysNaN<Element: Multiplied>(_ values: [Element]) {
        let activations: [GemmActivation] = [
            .relu, .gelu, .geluTanh, .sigmoid, .tanh, .clamp(low: -1, high: 1),
            .clamp(low: -.infinity, high: .infinity),
        ]
        for settings in allSettings {
            for activation in activations {
                let row: [Element] = values.flatMap { [1, $0, -1] as [Element] }
                let results = applied(Epilogue(activation: activation), to: row, settings)
                for (x, y) in zip(row, results) {
                    #expect(x.isNaN == y.isNaN, "\(settings.path.name) \(activation) \(x)")
                }
            }
        }
    }

    @Test func clamp() {
        let values: [Float] = [-.infinity, -3, -1, -0.5, 0, 0.5, 2, 7, .infinity]
        for settings in allSettings {
            func clamped(_ low: Double, _ high: Double) -> [Float] {
                applied(
                    Epilogue(activation: .clamp(low: low, high: high)), to: values, settings)
            }
            #expect(clamped(-1, 2) == [-1, -1, -1, -0.5, 0, 0.5, 2, 2, 2])
            #expect(clamped(0, .infinity) == [0, 0, 0, 0, 0, 0.5, 2, 7, .infinity])
            #expect(clamped(-.infinity, 0.5) == [-.infinity, -3, -1, -0.5, 0, 0.5, 0.5, 0.5, 0.5])
            #expect(clamped(3, 3) == [Float](repeating: 3, count: 9))
            // Bounds beyond f32 are infinities there.
            #expect(clamped(-1e300, 1e300) == values)
        }
    }

    /// A scale of NaN is a caller's right, and a scale of zero does not hide one.
    @Test func scale() {
        for settings in allSettings {
            let values: [Double] = [1, -2, .nan, .infinity]
            let lost = applied(Epilogue(scale: .nan), to: values, settings)
            #expect(lost.filter(\.isNaN).count == 4)
            let zero = applied(Epilogue(scale: 0), to: values, settings)
            #expect(zero[0] == 0 && zero[1] == 0 && zero[2].isNaN && zero[3].isNaN)
        }
    }

    /// beta = 0 must not read C, whatever the epilogue does after.
    @Test(arguments: Curve.allCases)
    func uninitializedResult(_ curve: Curve) {
        for settings in allSettings {
            let a = Operand<Float>.noise(9, 5, seed: 91)
            let b = Operand<Float>.noise(5, 37, seed: 92)
            let c = Operand<Float>(9, 37, Layout(rowStride: 1, columnStride: 11)) { _, _ in .nan }
            let call = Call(
                m: 9, n: 37, k: 5, a: a.view, b: b.view, c: c.mutableView,
                epilogue: Epilogue(activation: curve.activation, scale: 2))
            #expect(Float.gemm(call, settings) == .done)
            let hasNaN = (0..<9).contains { i in (0..<37).contains { j in c[i, j].isNaN } }
            #expect(!hasNaN)
            #expect(c.isIntactOutside())
        }
    }
}
