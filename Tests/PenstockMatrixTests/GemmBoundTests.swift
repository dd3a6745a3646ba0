import PenstockMatrix
import Testing

/// Rounding stays within the componentwise bound of Higham ("Accuracy and Stability of Numerical
/// Algorithms", section 3.5): gamma(k + 2) * (|alpha| |A| |B| + |beta| |C|).
@Suite struct GemmBoundTests {
    @Test(arguments: [(1, 1, 1), (7, 33, 300), (31, 17, 64), (45, 40, 515), (70, 65, 30)])
    func float32(_ m: Int, _ n: Int, _ k: Int) { run(Float.self, m, n, k) }

    @Test(arguments: [(1, 1, 1), (7, 33, 300), (31, 17, 64), (45, 40, 515), (70, 65, 30)])
    func float64(_ m: Int, _ n: Int, _ k: Int) { run(Double.self, m, n, k) }

    private func run<Element: Multiplied>(_: Element.Type, _ m: Int, _ n: Int, _ k: Int) {
        let a = Operand<Element>.noise(m, k, seed: 11)
        let b = Operand<Element>.noise(k, n, Layout(rowStride: 1, columnStride: k), seed: 12)
        let c = Operand<Element>.noise(m, n, seed: 13)
        let (alpha, beta): (Element, Element) = (0.7, -1.3)
        let roundings = Double(k + 2) * Element.unitRoundoff
        let gamma = roundings / (1 - roundings)

        for settings in allSettings {
            c.reset()
            let call = Call(
                m: m, n: n, k: k, alpha: alpha, a: a.view, b: b.view, beta: beta,
                c: c.mutableView)
            #expect(Element.gemm(call, settings) == .done)
            var worst = 0.0
            for i in 0..<m {
                for j in 0..<n {
                    var sum: Element.Wide = 0
                    var magnitude: Element.Wide = 0
                    for p in 0..<k {
                        let term = Element.Wide(a[i, p]) * Element.Wide(b[p, j])
                        sum += term
                        magnitude += term.magnitude
                    }
                    let old = Element.Wide(beta) * Element.Wide(c.initial(i, j))
                    let exact = Element.Wide(alpha) * sum + old
                    let bound = Element.Wide(alpha).magnitude * magnitude + old.magnitude
                    let error = (Element.Wide(c[i, j]) - exact).magnitude
                    worst = max(worst, Double(error / bound))
                }
            }
            #expect(worst <= gamma, "\(settings.path.name): \(worst / gamma) of the bound")
        }
    }
}
