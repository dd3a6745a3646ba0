/// How far the loops of a narrow product step. The idea is `Blocking`'s, with one loop less: eight
/// or sixteen times as many operations for each byte make it cheap to read A again for each block of
/// B, so B is packed once and A only where its rows cannot be read in place.
///
/// kc depends on the kernel and the caches alone. Never on m, n, or the number of threads: where k
/// is cut decides how a bf16 sum is rounded.
package struct NarrowBlocking: Equatable, Sendable {
    /// The kernel's largest tile.
    package let mr: Int
    package let nr: Int
    /// Steps of k that fill 32 bits: 2 of bf16, 4 of int8.
    package let group: Int
    /// Bytes that a group of one row or column takes when packed: 4, or 8 if it is widened.
    let groupBytes: Int
    /// Steps of k in one pass over C.
    package var kc: Int
    /// Rows of A packed at a time, if they are.
    package var mc: Int
    /// Columns of B packed at a time.
    package var nc: Int
    /// The caches that the sizes come from, fallbacks filled in.
    package let caches: CacheSizes

    init(mr: Int, nr: Int, group: Int, parts: Int, caches: CacheSizes) {
        let caches = caches.resolved
        let groupBytes = 4 * parts
        // A strip may fill L1: a line of it serves 16 groups, so it is missed rarely and early, and
        // each pass over C costs more. Twice the share that f32 takes was 2 to 5 % faster.
        let groups = min(max(caches.l1d / (mr * groupBytes) / 16 * 16, 256), 768)
        let mc = caches.l2 / 4 / (groups * groupBytes)
        let nc = min(caches.l3 / 2 / (groups * groupBytes), 8192)
        self.mr = mr
        self.nr = nr
        self.group = group
        self.groupBytes = groupBytes
        self.kc = groups * group
        self.mc = max(mc / mr, 1) * mr
        self.nc = max(nc / nr, 1) * nr
        self.caches = caches
    }

    /// The sizes and the reason for each, one to a line.
    package var explain: String {
        func kib(_ bytes: Int) -> String { "\((bytes + 1023) / 1024) KiB" }
        let line = kc / group * groupBytes
        return """
            tile   \(mr) x \(nr), \(group) steps of k in 32 bits
            kc \(kc): a strip of A, \(kib(mr * line)), fits L1d, \(kib(caches.l1d))
            mc \(mc): a block of A, \(kib(mc * line)), takes at most a quarter of L2, \
            \(kib(caches.l2))
            nc \(nc): a block of B, \(kib(nc * line)), takes at most half of L3, \(kib(caches.l3))
            """
    }
}
