import Glibc

/// Mapped zero pages with a page that cannot be touched on either side.
final class Region {
    let base: UnsafeMutableRawPointer
    let bytes: Int
    private let mapping: UnsafeMutableRawPointer
    private static var page: Int { 4096 }

    init?(bytes: Int) {
        let rounded = (bytes + Self.page - 1) / Self.page * Self.page
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let mapping = mmap(nil, rounded + 2 * Self.page, PROT_NONE, flags, -1, 0),
            mapping != MAP_FAILED
        else { return nil }
        self.mapping = mapping
        self.bytes = rounded
        base = mapping + Self.page
        guard mprotect(base, rounded, PROT_READ | PROT_WRITE) == 0 else { return nil }
    }

    deinit { munmap(mapping, bytes + 2 * Self.page) }

    /// The first or the last `count` elements.
    func elements<T>(_ count: Int, _ type: T.Type, atEnd: Bool) -> UnsafeMutablePointer<T> {
        let offset = atEnd ? bytes - count * MemoryLayout<T>.size : 0
        return (base + offset).bindMemory(to: type, capacity: count)
    }
}
