import Synchronization

/// What ends at some time, the earliest first: a pairing heap through the blocks themselves
/// (Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", 1986), so that it never needs memory.
/// Guard: the worker.
struct TimerHeap: ~Copyable {
    private var root: UnsafeMutablePointer<Pending>?

    /// `.max`: never.
    var earliest: UInt64 { root?.place.pointee.deadline ?? .max }

    mutating func insert(_ pending: UnsafeMutablePointer<Pending>) {
        assert(!pending.isInHeap)
        pending.isInHeap = true
        pending.place.pointee.child = nil
        pending.place.pointee.sibling = nil
        pending.place.pointee.before = nil
        root = Self.meld(root, pending)
    }

    /// The earliest, if its time has come.
    mutating func take(_ now: UInt64) -> UnsafeMutablePointer<Pending>? {
        guard let first = root, first.place.pointee.deadline <= now else { return nil }
        remove(first)
        return first
    }

    mutating func remove(_ pending: UnsafeMutablePointer<Pending>) {
        let place = pending.place
        let rest = Self.meldAll(place.pointee.child)
        place.pointee.child = nil
        assert(pending.isInHeap)
        pending.isInHeap = false
        if root == pending {
            root = rest
            return
        }
        // Cut it out of its siblings.
        if let before = place.pointee.before {
            if before.place.pointee.child == pending {
                before.place.pointee.child = place.pointee.sibling
            } else {
                before.place.pointee.sibling = place.pointee.sibling
            }
        }
        place.pointee.sibling?.place.pointee.before = place.pointee.before
        place.pointee.sibling = nil
        place.pointee.before = nil
        root = Self.meld(root, rest)
    }

    private static func meld(
        _ a: UnsafeMutablePointer<Pending>?, _ b: UnsafeMutablePointer<Pending>?
    ) -> UnsafeMutablePointer<Pending>? {
        guard let a else { return b }
        guard let b else { return a }
        let aIsFirst = a.place.pointee.deadline <= b.place.pointee.deadline
        let (parent, child) = aIsFirst ? (a, b) : (b, a)
        let oldest = parent.place.pointee.child
        child.place.pointee.sibling = oldest
        oldest?.place.pointee.before = child
        child.place.pointee.before = parent
        parent.place.pointee.child = child
        return parent
    }

    /// Of a list of siblings: in pairs from the left, then those from the right.
    private static func meldAll(
        _ first: UnsafeMutablePointer<Pending>?
    ) -> UnsafeMutablePointer<Pending>? {
        var pairs: UnsafeMutablePointer<Pending>?
        var next = first
        while let a = next {
            let b = a.place.pointee.sibling
            next = b?.place.pointee.sibling
            detach(a)
            if let b { detach(b) }
            let pair = meld(a, b)
            pair?.place.pointee.sibling = pairs
            pairs = pair
        }
        var all: UnsafeMutablePointer<Pending>?
        while let pair = pairs {
            pairs = pair.place.pointee.sibling
            detach(pair)
            all = meld(all, pair)
        }
        return all
    }

    private static func detach(_ pending: UnsafeMutablePointer<Pending>) {
        pending.place.pointee.sibling = nil
        pending.place.pointee.before = nil
    }
}
