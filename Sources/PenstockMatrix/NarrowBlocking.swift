import CPenstockKernels

/// What the sizes of a narrow product's blocks follow from: the kernel's tile and the caches. A
/// product's own sizes follow from this and its shape (`NarrowPlan`).
///
/// The idea is `Blocking`'s with fewer levels: two or four times as many operations for each word
/// make it cheap to read A again for each block of B, so B is packed once and A only where its rows
/// cannot be read in place.
package struct NarrowBlocking: Equatable, Sendable {
    /// The kernel's tile.
    package let mr: Int
    package let nr: Int
    /// Steps of k that fill 32 bits: 2 of bf16, 4 of int8.
    package let group: Int
    /// Bytes that a group of one row or column takes when packed: 4, or 8 if it is widened.
    let groupBytes: Int
    /// The caches that the sizes come from, fallbacks filled in.
    package let caches: CacheSizes
    /// Steps of k in one pass over C, rows of A and columns of B packed at a time; nil: chosen for
    /// each product. For experiments and tests; no choice changes a bit.
    package var kc: Int?
    package var mc: Int?
    package var nc: Int?

    init(_ kernel: pstk_narrow_kernel, caches: CacheSizes) {
        mr = Int(kernel.mr)
        nr = Int(kernel.nr)
        group = Int(kernel.group)
        groupBytes = 4 * Int(kernel.parts)
        self.caches = caches.resolved
    }

    /// Groups in one pass over C. A strip of A may fill L1: a line of it serves 16 groups, so it is
    /// missed rarely and early, and each pass over C costs more. Twice the share that a panel of
    /// f32 takes was 2 to 5 % faster.
    var passGroups: Int { min(max(caches.l1d / (mr * groupBytes) / 16 * 16, 256), 768) }
    /// Packed rows of A take a quarter of L2: the rest is for B and C on their way.
    var rowBytes: Int { caches.l2 / 4 }
    /// Packed columns of B take half of this core's share of L3.
    var columnBytes: Int { caches.l3 / 2 }

    /// Groups that `steps` steps of k take, the last one padded.
    func groups(_ steps: Int) -> Int { steps / group + (steps % group == 0 ? 0 : 1) }
}
