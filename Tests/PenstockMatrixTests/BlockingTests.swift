import PenstockMatrix
import Testing

@Suite struct BlockingTests {
    @Test func sizesFollowTheCaches() {
        let caches = CacheSizes(l1d: 32 << 10, l2: 1 << 20, l3: 16 << 20)
        let blocking = Blocking(mr: 14, nr: 32, elementSize: 4, caches: caches)
        #expect(blocking.kc == 288)
        #expect(blocking.mc == 448)
        #expect(blocking.nc == 7264)
        #expect(
            blocking.explain == """
                tile   14 x 32, 4-byte elements
                kc 288: a panel of A, 16 KiB, takes at most half of L1d, 32 KiB
                mc 448: a block of A, 504 KiB, takes at most half of L2, 1024 KiB
                nc 7264: a block of B, 8172 KiB, takes at most half of L3, 16384 KiB
                """)
        let larger = CacheSizes(l1d: 48 << 10, l2: 1 << 20, l3: 16 << 20)
        #expect(Blocking(mr: 14, nr: 32, elementSize: 4, caches: larger).kc == 432)
    }

    @Test func unknownCachesHaveFallbacks() {
        let unknown = Blocking(mr: 6, nr: 16, elementSize: 8, caches: CacheSizes())
        let fallback = Blocking(mr: 6, nr: 16, elementSize: 8, caches: .fallback)
        #expect(unknown == fallback)
        let absurd = CacheSizes(l1d: -1, l2: .max, l3: .min)
        #expect(Blocking(mr: 6, nr: 16, elementSize: 8, caches: absurd) == fallback)
    }

    @Test func everySizeIsAWholeNumberOfTiles() {
        let sizes = [0, 1, 4 << 10, 8 << 10, 32 << 10, 64 << 10, 1 << 20, 96 << 20, .max]
        for l1d in sizes {
            for l2 in sizes {
                for l3 in sizes {
                    let caches = CacheSizes(l1d: l1d, l2: l2, l3: l3)
                    for path in KernelPath.available {
                        let settings = GemmSettings(path: path, caches: caches)
                        for blocking in [settings.f32, settings.f64] {
                            #expect((192...512).contains(blocking.kc) && blocking.kc % 16 == 0)
                            #expect(blocking.mc >= blocking.mr && blocking.mc % blocking.mr == 0)
                            #expect(blocking.nc >= blocking.nr && blocking.nc % blocking.nr == 0)
                        }
                    }
                }
            }
        }
    }

    /// k is cut alike whatever a core's share of the outer caches is, so sharing changes no bit.
    @Test func kcFollowsL1Alone() {
        for l3 in [1 << 20, 4 << 20, 64 << 20] {
            for l2 in [256 << 10, 1 << 20] {
                let caches = CacheSizes(l1d: 32 << 10, l2: l2, l3: l3)
                #expect(Blocking(mr: 14, nr: 32, elementSize: 4, caches: caches).kc == 288)
            }
        }
    }
}
