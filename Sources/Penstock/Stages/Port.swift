/// One output of a process stage, as its closure sees it: elements are sent to it.
///
/// For the closure that was given it, while it runs.
public final class Port<Element: Sendable> {
    @usableFromInline let cursor: UnsafeMutablePointer<PortCursor>

    @usableFromInline init() {
        cursor = .allocate(capacity: 1)
        cursor.initialize(to: PortCursor())
    }

    deinit { cursor.deallocate() }

    /// Sends an element on. At most the stage's `atMost` for each element it takes (and 64 when it
    /// finishes); one more fails the element.
    @inlinable public func send(_ element: Element) {
        let at = cursor.pointee.count
        guard at < cursor.pointee.limit, let base = cursor.pointee.base else {
            cursor.pointee.overflow = true
            return
        }
        (base.assumingMemoryBound(to: Element.self) + at).initialize(to: element)
        cursor.pointee.count = at &+ 1
    }

    // MARK: - For the span loop

    /// Room for `want` elements. False when there is not.
    @inlinable func open(_ context: StageContext, _ number: Int, _ want: Int) -> Bool {
        let (base, room) = context.reserve(number, want)
        cursor.pointee = PortCursor(base: base)
        return room == want
    }

    @inlinable func allow(_ more: Int) {
        cursor.pointee.mark = cursor.pointee.count
        cursor.pointee.limit = cursor.pointee.count &+ more
    }

    /// Takes back what was sent since `allow`.
    @inlinable func takeBack() {
        let extra = cursor.pointee.count &- cursor.pointee.mark
        if extra > 0, let base = cursor.pointee.base {
            (base.assumingMemoryBound(to: Element.self) + cursor.pointee.mark)
                .deinitialize(count: extra)
        }
        cursor.pointee.count = cursor.pointee.mark
    }

    @inlinable func close(_ context: StageContext, _ number: Int) {
        context.commit(number, cursor.pointee.count)
        cursor.pointee = PortCursor()
    }
}

/// Where a port is in the room it has. Plain memory, so that sending checks nothing of the object.
@usableFromInline struct PortCursor {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var count = 0
    @usableFromInline var mark = 0
    @usableFromInline var limit = 0
    @usableFromInline var overflow = false

    @inlinable init(base: UnsafeMutableRawPointer? = nil) { self.base = base }
}
