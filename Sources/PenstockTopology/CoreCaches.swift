/// One cache as a core sees it. Never 0: what the source hides is assumed, and says so.
package struct Cache: Sendable, Hashable {
    package let bytes: Int
    package let lineBytes: Int
    package let ways: Int
    /// Cores that share it.
    package let sharers: Int
    /// Whether size or associativity is a fallback instead of what the source reports.
    package let isAssumed: Bool

    /// Fallbacks, small enough that blocks computed from them fit any machine of the last decade:
    /// L1d 32 KiB 8 ways, L2 512 KiB 8 ways, L3 2 MiB per sharing core 16 ways, lines of 64 bytes.
    /// Virtual machines report size 0, synthetic topologies associativity 0; -1 is hwloc's word for
    /// fully associative, where the ways are the lines.
    init(level: Int, bytes: Int, lineBytes: Int, associativity: Int, sharers: Int) {
        let sharers = max(sharers, 1)
        self.sharers = sharers
        self.lineBytes = lineBytes > 0 ? lineBytes : 64
        switch (bytes > 0, level) {
        case (true, _): self.bytes = bytes
        case (false, 1): self.bytes = 32 << 10
        case (false, 2): self.bytes = 512 << 10
        default: self.bytes = sharers * (2 << 20)
        }
        switch associativity {
        case 1...: ways = associativity
        case -1: ways = max(self.bytes / self.lineBytes, 1)
        default: ways = level < 3 ? 8 : 16
        }
        isAssumed = bytes <= 0 || associativity == 0
    }
}

/// The data caches above one core.
package struct CoreCaches: Sendable, Hashable {
    package let l1d: Cache
    package let l2: Cache
    /// nil when the machine shows no L3.
    package let l3: Cache?

    /// The part of the last cache that one core may count on when all its sharers are busy.
    package var lastCacheShare: Int {
        let last = l3 ?? l2
        return max(last.bytes / last.sharers, l2.bytes / l2.sharers)
    }
}
