import Glibc
import KernelPeaks
import PenstockMatrix
import Testing

/// Not a benchmark: says whether a path is of the right order, packing included. Run it alone and
/// optimized: `PST_SPEED=1 swift test -c release --filter NarrowSpeed`.
@Suite(.serialized, .enabled(if: getenv("PST_SPEED") != nil))
struct NarrowSpeedTests {
    @Test func bf16() { run(BF16.self, .bf16) }
    @Test func s8() { run(S8.self, .s8) }
    @Test func u8s8() { run(U8S8.self, .u8s8) }

    private func run<T: NarrowInputs>(_: T.Type, _ type: NarrowType) {
        for settings in allNarrowSettings {
            let kernel = settings.kernelName(type)
            let peak = kernel_peak(kernel, type == .bf16 ? 0 : 1)
            print("\(T.name) \(kernel) peak \(Int(peak)) GOP/s")
            for size in [64, 128, 256, 512, 1000, 1024, 2048] {
                measure(T.self, size, size, size, settings, peak)
            }
            for left in [false, true] {
                for right in [false, true] where left || right {
                    measure(T.self, 1024, 1024, 1024, settings, peak, left, right)
                }
            }
            measure(T.self, 64, 1024, 1024, settings, peak)
            measure(T.self, 1024, 64, 1024, settings, peak)
            measure(T.self, 1024, 1024, 64, settings, peak)
        }
    }

    private func measure<T: NarrowInputs>(
        _: T.Type, _ m: Int, _ n: Int, _ k: Int, _ settings: NarrowSettings, _ peak: Double,
        _ transposesA: Bool = false, _ transposesB: Bool = false
    ) {
        var generator = SeededGenerator(1)
        func layout(_ rows: Int, _ columns: Int, _ transposed: Bool) -> Layout {
            Layout(rowStride: transposed ? 1 : columns, columnStride: transposed ? rows : 1)
        }
        let a = Operand<T.A>(m, k, layout(m, k, transposesA)) { _, _ in T.left(&generator) }
        let b = Operand<T.B>(k, n, layout(k, n, transposesB)) { _, _ in T.right(&generator) }
        let c = Operand<T.C>.rowMajor(m, n) { _, _ in 0 }
        let call = NarrowCall<T>(m: m, n: n, k: k, a: a.view, b: b.view, c: c.mutableView)
        let operations = 2.0 * Double(m * n * k)
        let calls = max(1, Int(2e7 / operations))
        var best = Double.infinity
        for _ in 0..<max(4, min(40, Int(2e10 / operations))) {
            let start = thread_nanoseconds()
            for _ in 0..<calls { _ = T.gemm(call, settings) }
            best = min(best, (thread_nanoseconds() - start) / Double(calls))
        }
        let rate = operations / best
        let share = peak > 0 ? " \(Int(100 * rate / peak + 0.5)) %" : ""
        let order = "\(transposesA ? "T" : "N")\(transposesB ? "T" : "N")"
        print("  \(m) x \(n) x \(k) \(order): \(Int(rate)) GOP/s\(share)")
    }
}
