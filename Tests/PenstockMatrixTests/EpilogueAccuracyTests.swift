import PenstockMatrix
import Testing

/// How far the activations are from the functions that they are named after.
@Suite struct EpilogueAccuracyTests {
    @Test(arguments: Curve.allCases)
    func float32(_ curve: Curve) { run(curve, points(Float.self, exponents: -149...127)) }

    @Test(arguments: Curve.allCases)
    func float64(_ curve: Curve) { run(curve, points(Double.self, exponents: -1074...1023)) }

    private func run<Element: Multiplied>(_ curve: Curve, _ points: [Element])
    where Element.Wide: Transcendental {
        let exact = points.map { curve.exact(Element.Wide($0)) }
        for settings in allSettings {
            let results = applied(
                Epilogue<Element>(activation: curve.activation), to: points, settings)
            var worst = 0.0
            var place: Element = 0
            for (index, x) in points.enumerated() {
                let unit = Element.Wide(Element(exact[index]).ulp)
                let error = Double((Element.Wide(results[index]) - exact[index]).magnitude / unit)
                let share = error / curve.bound(Double(x), fused: settings.isFused)
                // NaN is not at most anything.
                if !(share <= worst) { (worst, place) = (share, x) }
            }
            #expect(worst <= 1, "\(settings.path.name): \(worst) of the bound at \(place)")
            let high = results.max() ?? .nan
            let low = results.min() ?? .nan
            switch curve {
            case .tanh: #expect(low == -1 && high == 1)
            case .sigmoid: #expect(low == 0 && high == 1)
            case .gelu, .geluTanh: #expect(low > -0.1701 && low < -0.1699)
            }
        }
    }

    /// Each binade of both signs, denormal ones too, and many points where the curves bend.
    private func points<Element: Multiplied>(
        _: Element.Type, exponents: ClosedRange<Int>
    ) -> [Element] {
        var generator = SeededGenerator(71)
        var points: [Element] = []
        for exponent in exponents {
            let power = Element(sign: .plus, exponent: Element.Exponent(exponent), significand: 1)
            let beyond = Element(Double.random(in: 1..<2, using: &generator))
            points += [power, -power, power * beyond, -power * beyond]
        }
        for reach in [0.7, 3, 20, 120, 760] {
            for _ in 0..<1500 {
                points.append(Element(Double.random(in: -reach...reach, using: &generator)))
            }
        }
        return points
    }
}
