import PenstockTopology

/// Bytes of data cache that one core can count on, from which block sizes follow.
///
/// A size of zero means unknown: virtual machines hide caches and synthetic topologies leave them
/// out. The fallbacks are the smallest caches of a server core of the last ten years, because a
/// block that is too large costs more than one that is too small.
package struct CacheSizes: Equatable, Sendable {
    package static let fallback = CacheSizes(l1d: 32 << 10, l2: 512 << 10, l3: 4 << 20)

    /// What hwloc says of this machine's first core; the fallback where it says nothing.
    static let live: CacheSizes = {
        guard let core = (try? Machine.load(.live))?.cores.first else { return .fallback }
        return CacheSizes(
            l1d: core.caches.l1d.bytes, l2: core.caches.l2.bytes, l3: core.caches.lastCacheShare)
    }()

    package var l1d: Int
    package var l2: Int
    /// This core's share: the cache divided among the cores that work on it.
    package var l3: Int

    package init(l1d: Int = 0, l2: Int = 0, l3: Int = 0) {
        self.l1d = l1d
        self.l2 = l2
        self.l3 = l3
    }

    /// The same with every unknown or absurd size replaced. A missing L3 counts as a larger L2.
    var resolved: CacheSizes {
        func plausible(_ size: Int, _ range: ClosedRange<Int>, else other: Int) -> Int {
            range.contains(size) ? size : other
        }
        let l1d = plausible(self.l1d, 4 << 10...1 << 20, else: Self.fallback.l1d)
        let l2 = plausible(self.l2, l1d...256 << 20, else: Self.fallback.l2)
        let l3 = plausible(self.l3, l2...16 << 30, else: max(Self.fallback.l3, l2))
        return CacheSizes(l1d: l1d, l2: l2, l3: l3)
    }
}
