/// How far each of the five loops steps.
///
/// The shape is that of Goto and van de Geijn (2008); the sizes follow Low et al. ("Analytical
/// Modeling Is Enough for High-Performance BLIS", 2016) with one change. Our kernel keeps a panel
/// of A in the L1 cache and streams panels of B past it, because walking along the rows of C was 11
/// to 13 % faster than walking down it where rows are a multiple of 4 KiB apart. So only the reused
/// panel has to fit in L1, and kc may be larger than the model's.
///
/// kc depends on the kernel and the caches alone. Never on m, n, or the number of threads: where k
/// is cut decides how a sum is rounded.
package struct Blocking: Equatable, Sendable {
    /// The kernel's largest tile.
    package var mr: Int
    package var nr: Int
    /// Steps of k in one pass over C, a multiple of 4 (the kernel's unrolling).
    package var kc: Int
    /// Rows of A packed at a time, a multiple of mr.
    package var mc: Int
    /// Columns of B packed at a time, a multiple of nr.
    package var nc: Int
    package var elementSize: Int
    /// A of at most so many bytes is read where it lies.
    package var directBytes: Int
    /// The caches that the sizes come from, fallbacks filled in.
    package let caches: CacheSizes

    package init(mr: Int, nr: Int, elementSize: Int, caches: CacheSizes) {
        let caches = caches.resolved
        let reused = caches.l1d / 2 / (mr * elementSize)
        let kc = min(max(reused / 16 * 16, 192), 512)
        let mc = caches.l2 / 2 / (kc * elementSize)
        let nc = min(caches.l3 / 2 / (kc * elementSize), 8192)
        self.mr = mr
        self.nr = nr
        self.kc = kc
        self.mc = max(mc / mr, 1) * mr
        self.nc = max(nc / nr, 1) * nr
        self.elementSize = elementSize
        self.directBytes = caches.l2
        self.caches = caches
    }

    /// The sizes and the reason for each, one to a line.
    package var explain: String {
        let panel = mr * kc * elementSize
        let block = mc * kc * elementSize
        let columns = nc * kc * elementSize
        return """
            tile   \(mr) x \(nr), \(elementSize)-byte elements
            kc \(kc): a panel of A, \(kib(panel)), takes at most half of L1d, \(kib(caches.l1d))
            mc \(mc): a block of A, \(kib(block)), takes at most half of L2, \(kib(caches.l2))
            nc \(nc): a block of B, \(kib(columns)), takes at most half of L3, \(kib(caches.l3))
            """
    }

    private func kib(_ bytes: Int) -> String { "\((bytes + 1023) / 1024) KiB" }
}

extension Blocking {
    /// Cuts `count` into the fewest pieces of at most `limit`, all nearly equal and a multiple of
    /// `unit`, so that no last piece is a sliver. `limit` is a multiple of `unit`.
    static func piece(_ count: Int, limit: Int, unit: Int) -> Int {
        guard count > limit else { return max(count, 1) }
        let pieces = (count - 1) / limit + 1
        return ((count - 1) / pieces / unit + 1) * unit
    }
}
