import PenstockMatrix
import Testing

@Suite struct BlockingTests {
    @Test func unknownCachesHaveFallbacks() throws {
        for path in KernelPath.available {
            let fallback = GemmSettings(path: path, caches: .fallback)
            let unknown = GemmSettings(path: path, caches: CacheSizes())
            #expect(unknown.f32 == fallback.f32 && unknown.f64 == fallback.f64)
            let absurd = GemmSettings(path: path, caches: CacheSizes(l1d: -1, l2: .max, l3: .min))
            #expect(absurd.f32 == fallback.f32 && absurd.f64 == fallback.f64)
        }
    }
}
