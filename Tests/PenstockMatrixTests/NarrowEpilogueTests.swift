import PenstockMatrix
import Testing

/// The epilogue of a bf16 product is that of an f32 product, bit for bit.
@Suite struct NarrowEpilogueTests {
    @Test(arguments: [
        GemmActivation.none, .relu, .gelu, .geluTanh, .sigmoid, .tanh, .clamp(low: -0.3, high: 2.5),
    ])
    func itIsThatOfF32(_ activation: GemmActivation) {
        // Multiples of 1/8 up to 8, so that the sums are exact, and a row of NaN and infinity.
        let (m, n, k) = (19, 41, 3)
        func value(_ i: Int, _ j: Int) -> Float {
            i == 17 ? (j == 0 ? .nan : .infinity) : Float((i * 31 + j * 7) % 128 - 64) / 8
        }
        let a = Operand<Float>.rowMajor(m, k) { value($0, $1) }
        let b = Operand<Float>.rowMajor(k, n) { p, j in p == j % k ? 1 : 0 }
        let narrowA = Operand<UInt16>.rowMajor(m, k) { UInt16(bf16: a[$0, $1]) }
        let narrowB = Operand<UInt16>.rowMajor(k, n) { UInt16(bf16: b[$0, $1]) }
        let bias = Operand<Float>.noise(1, m + n, seed: 191)
        let residual = Operand<Float>.noise(m, n, seed: 192)
        let wide = Operand<Float>.noise(m, n, seed: 193)
        let narrow = Operand<Float>.noise(m, n, seed: 193)
        for (settings, narrowSettings) in zip(allSettings, allNarrowSettings) {
            for along in [Epilogue<Float>.BiasAlong.columns, .rows] {
                for scale in [1, 0.7] {
                    let epilogue = Epilogue<Float>(
                        bias: UnsafePointer(bias.origin), biasAlong: along, activation: activation,
                        scale: scale, residual: scale == 1 ? nil : residual.view)
                    let call = Call<Float>(
                        m: m, n: n, k: k, a: a.view, b: b.view, c: wide.mutableView,
                        epilogue: epilogue)
                    #expect(Float.gemm(call, settings) == .done)
                    let narrowCall = NarrowCall<BF16>(
                        m: m, n: n, k: k, a: narrowA.view, b: narrowB.view, c: narrow.mutableView,
                        epilogue: epilogue)
                    #expect(BF16.gemm(narrowCall, narrowSettings) == .done)
                    let isSame = (0..<m).allSatisfy { i in
                        (0..<n).allSatisfy { j in
                            narrow[i, j].bitPattern == wide[i, j].bitPattern
                                || (narrow[i, j].isNaN && wide[i, j].isNaN)
                        }
                    }
                    #expect(isSame, "\(settings.path.name)")
                }
            }
        }
    }
}
