import CPenstockPlatform

/// Memory for packed panels, kept from call to call: a call that needs no more than an earlier one
/// allocates nothing. One thread uses it at a time.
package struct GemmWorkspace: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutableRawPointer?
    package private(set) var bytes = 0

    package init() {}

    deinit { pstp_free(base, bytes, 1) }

    /// At least `count` bytes on a cache line, or nil when there is no memory. What an earlier call
    /// returned is gone.
    mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer? {
        if let base, count <= bytes { return base }
        release()
        base = pstp_alloc(count, 1, Self.alignment)
        bytes = base == nil ? 0 : count
        return base
    }

    /// Gives the memory back; the next call allocates again.
    package mutating func release() {
        pstp_free(base, bytes, 1)
        base = nil
        bytes = 0
    }

    static let alignment = 128
}
