import Glibc
import PenstockMatrix
import Testing

/// Not a benchmark: says whether a path is of the right order. Run it alone and optimized:
/// `PST_SPEED=1 swift test -c release --filter SpeedSanity`.
@Suite(.serialized, .enabled(if: getenv("PST_SPEED") != nil))
struct SpeedSanityTests {
    @Test func float32() { run(Float.self, "f32") }
    @Test func float64() { run(Double.self, "f64") }

    private func run<Element: Multiplied>(_: Element.Type, _ name: String) {
        for size in [16, 32, 64, 128, 256, 512, 1000, 1023, 1024, 2048] {
            let a = Operand<Element>.noise(size, size, seed: 1)
            let b = Operand<Element>.noise(size, size, seed: 2)
            let c = Operand<Element>.noise(size, size, seed: 3)
            let call = Call(
                m: size, n: size, k: size, a: a.view, b: b.view, c: c.mutableView)
            for settings in allSettings {
                var best = Double.infinity
                let flops = 2.0 * Double(size * size * size)
                for _ in 0..<max(5, Int(1e10 / flops)) {
                    let time = ContinuousClock().measure { _ = Element.gemm(call, settings) }
                    best = min(best, time / .nanoseconds(1))
                }
                print("\(name) \(size) \(settings.path.name) \(flops / best) GFLOP/s")
            }
        }
    }
}
