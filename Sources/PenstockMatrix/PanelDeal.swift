/// How rows are dealt to panels: `higher` ones of `low + 1`, then others of `low`, so that no panel
/// is too low to keep the arithmetic units busy. The kernels' own loop deals the same.
@frozen public struct PanelDeal {
    public let panels: Int
    public let higher: Int
    public let low: Int

    /// `rows` and `limit` are positive and fit in 32 bits, whose division is the faster one.
    @inlinable @inline(__always)
    public init(_ rows: Int, limit: Int) {
        let count = UInt32(truncatingIfNeeded: rows)
        let panels = (count &- 1) / UInt32(truncatingIfNeeded: limit) &+ 1
        self.panels = Int(panels)
        low = Int(count / panels)
        higher = Int(count % panels)
    }

    @inlinable @inline(__always)
    public func rows(_ panel: Int) -> Int { panel < higher ? low &+ 1 : low }
}
