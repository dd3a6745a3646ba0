import CPenstockKernels

/// What the sizes of blocks follow from: the kernel's tiles and the caches. A product's own sizes
/// follow from this and its shape (`GemmPlan`).
///
/// The shape of the loops is that of Goto and van de Geijn (2008) with one exchange: a chunk of B
/// stays in L2 while panels of A pass it, and C is walked along its rows. Walking down C was 11 to
/// 13 % slower where rows are a multiple of 4 KiB apart. So kc is not bound by L1 as in the model
/// of Low et al. ("Analytical Modeling Is Enough for High-Performance BLIS", 2016): what has to
/// stay somewhere is the chunk.
package struct Blocking: Equatable, Sendable {
    /// The kernel's tile, and the rows of its tall and wide tiles.
    package let mr: Int
    package let nr: Int
    package let tallRows: Int
    package let wideRows: Int
    package let elementSize: Int
    /// The caches that the sizes come from, fallbacks filled in.
    package let caches: CacheSizes
    /// Steps of k in one pass over C, rows of A copied at a time, columns of B packed at a time;
    /// nil: chosen for each product. For experiments and tests; no choice changes a bit.
    package var kc: Int?
    package var mc: Int?
    package var nc: Int?

    init(_ kernel: pstk_kernel, caches: CacheSizes) {
        mr = Int(kernel.mr)
        nr = Int(kernel.nr)
        tallRows = Int(kernel.tall_rows)
        wideRows = Int(kernel.wide_rows)
        elementSize = Int(kernel.element_size)
        self.caches = caches.resolved
    }

    /// A chunk of B takes half of L2: the rest is for panels of A and for C.
    var chunkBytes: Int { caches.l2 / 2 }
    /// B of at most so many bytes is read in place by all panels of A: beside C it stays in L2.
    var smallBytes: Int { caches.l2 / 2 }
    /// A copied block of A takes half of this core's share of L3.
    var copyBytes: Int { caches.l3 / 2 }
}

extension Blocking {
    var hasWideTiles: Bool { wideRows > 2 }

    /// Rows of a panel, if A's strides do not say otherwise. A wide tile reads B and C in runs
    /// twice as long, and its panel has fewer rows to walk at once. That is no faster in L1. It is
    /// up to half as fast again where B comes from memory, and 1 to 2 % where there is much of A
    /// and C.
    func panelRows(_ m: Int, _ n: Int, bInPlace: Bool, aInPlace: Bool) -> Int {
        if n <= nr / 2 { return tallRows }
        if !hasWideTiles { return mr }
        if bInPlace && n % (2 * nr) == 0 { return wideRows }
        // A first panel that packs B, and columns that are left for narrow tiles, must not tell.
        let isLarge = m >= Self.manyPanels * mr && n >= Self.chunkPanels * nr
        return !bInPlace && aInPlace && isLarge ? wideRows : mr
    }

    /// Panels of nr columns in a chunk of B, so that a panel of A is loaded into L1 once for so
    /// many tiles. From this and half of L2 follows kc.
    static let chunkPanels = 8
    /// The same for the low panels under wide tiles, whose rows fit in L1 when they are longer: the
    /// chunk is narrower and kc larger, and C is passed over less often.
    static let lowChunkColumns = 128
    /// With at most so many panels of A, packing B costs more than it gives.
    static let fewPanels = 2
    /// From so many panels of A on, wide tiles pay although the first panel packs B more slowly.
    static let manyPanels = 16
    /// kc lies between these whatever L2 says: shorter passes load and store C too often, longer
    /// ones gain nothing.
    static let kcRange = 256...4096

    /// Cuts `count` into the fewest pieces of at most `limit`, all nearly equal and a multiple of
    /// `unit`, so that no last piece is a sliver. `limit` is a multiple of `unit`.
    static func piece(_ count: Int, limit: Int, unit: Int) -> Int {
        guard count > limit else { return max(count, 1) }
        let pieces = (count - 1) / limit + 1
        return ((count - 1) / pieces / unit + 1) * unit
    }

    /// Whether `rows` rows that lie `stride` elements apart fight for one set of L1. Its sets
    /// repeat every 4 KiB (an index within the page), so the ways are the size over that.
    func aliases(stride: Int, rows: Int) -> Bool {
        let ways = caches.l1d / 4096
        var sharing = 0
        for i in 0..<rows {
            let offset = (i &* stride &* elementSize) & 4095
            if offset < 64 || offset > 4096 - 64 { sharing += 1 }
        }
        return sharing >= ways
    }
}
