import PenstockMatrix
import Testing

/// bf16 rounding stays within the componentwise bound of Higham ("Accuracy and Stability of
/// Numerical Algorithms", section 3.5): gamma(k + 2) * (|alpha| |A| |B| + |beta| |C|), with the
/// unit roundoff of f32, since products of bf16 are exact and sums are f32.
@Suite struct NarrowBoundTests {
    @Test(arguments: [(1, 1, 1), (7, 33, 300), (31, 17, 64), (45, 40, 1515), (70, 65, 30)])
    func normalNumbers(_ m: Int, _ n: Int, _ k: Int) {
        var generator = SeededGenerator(201)
        for settings in allNarrowSettings {
            for blocks in [settings, crossing(settings, BF16.self, &generator)] {
                expectBound(m, n, k, blocks, flushes: false) { UInt16(bf16: $0) }
            }
        }
    }

    /// The avx512 path takes subnormal inputs for zero and makes zero of subnormal sums, which adds
    /// the products of the former and at most 2^-126 for each step.
    @Test func subnormalNumbers() {
        for settings in allNarrowSettings {
            expectBound(20, 40, 50, settings, flushes: true) { value in
                let scaled = value * 0x1p-62
                return UInt16(bf16: value.bitPattern % 3 == 0 ? scaled * 0x1p-66 : scaled)
            }
        }
    }

    private func expectBound(
        _ m: Int, _ n: Int, _ k: Int, _ settings: NarrowSettings, flushes: Bool,
        _ narrow: (Float) -> UInt16
    ) {
        let noiseA = Operand<Float>.noise(m, k, seed: 211)
        let noiseB = Operand<Float>.noise(k, n, seed: 212)
        let a = Operand<UInt16>.rowMajor(m, k) { narrow(noiseA[$0, $1]) }
        let b = Operand<UInt16>.rowMajor(k, n) { narrow(noiseB[$0, $1]) }
        let (alpha, beta): (Float, Float) = flushes ? (1, 0) : (0.7, -1.3)
        let c = Operand<Float>.noise(m, n, seed: 213)
        let roundings = Double(k + 2) * 0x1p-24
        let gamma = roundings / (1 - roundings)
        let call = NarrowCall<BF16>(
            m: m, n: n, k: k, alpha: Double(alpha), a: a.view, b: b.view, beta: Double(beta),
            c: c.mutableView)
        #expect(BF16.gemm(call, settings) == .done)
        var worst = 0.0
        for i in 0..<m {
            for j in 0..<n {
                var sum = 0.0
                var magnitude = 0.0
                var flushed = flushes ? Double(k) * 0x1p-126 : 0
                for p in 0..<k {
                    let (x, y) = (a[i, p].bf16, b[p, j].bf16)
                    let term = Double(x) * Double(y)
                    sum += term
                    magnitude += term.magnitude
                    if flushes, x.isSubnormal || y.isSubnormal { flushed += term.magnitude }
                }
                let old = beta == 0 ? 0 : Double(beta) * Double(c.initial(i, j))
                let exact = Double(alpha) * sum + old
                let bound = gamma * (Double(alpha).magnitude * magnitude + old.magnitude) + flushed
                worst = max(worst, (Double(c[i, j]) - exact).magnitude / bound)
            }
        }
        #expect(worst <= 1, "\(settings.path.name): \(worst) of the bound")
    }
}
