import CPenstockPlatform

/// Memory of the library for bytes that several elements share from the start.
package struct SharedBytes: ~Copyable {
    private let head: Owner
    private let size: Int

    /// Where the bytes begin.
    private static let headBytes = 64

    private static let end: @convention(c) (UnsafeMutableRawPointer) -> Void = { owner in
        let memory = owner.assumingMemoryBound(to: SharedBytes.self)
        pstp_free(memory, 1, headBytes + memory.pointee.size)
    }

    package static var release: Bytes.Release { Owner.release }

    private init(size: Int) {
        head = Owner(end: SharedBytes.end)
        self.size = size
    }

    /// With one reference for each of at least one share; nil when memory is out.
    package static func make(
        _ size: Int, shares: Int
    ) -> (owner: UnsafeMutableRawPointer, bytes: UnsafeMutableRawPointer)? {
        guard size <= Int.max - headBytes, let memory = pstp_alloc(1, headBytes + size, 64) else {
            return nil
        }
        let shared = memory.bindMemory(to: SharedBytes.self, capacity: 1)
        shared.initialize(to: SharedBytes(size: size))
        Owner.hold(memory.assumingMemoryBound(to: Owner.self), shares - 1)
        return (memory, memory + headBytes)
    }
}
