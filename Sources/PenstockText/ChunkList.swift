import CPenstockPlatform

/// Memory that only grows and never moves, in chunks that double in size up to a limit.
struct ChunkList: BitwiseCopyable {
    private struct Chunk {
        var next: UnsafeMutablePointer<Chunk>?
        let bytes: Int
        var used: Int

        static let head = 64
    }

    private var first: UnsafeMutablePointer<Chunk>?
    private var last: UnsafeMutablePointer<Chunk>?
    private var nextBytes = 16 << 10

    private static let largestBytes = 1 << 20

    /// Aligned to 8 bytes; nil when memory is out.
    @inline(__always)
    mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let rounded = (bytes &+ 7) & ~7
        if let last, last.pointee.bytes &- last.pointee.used >= rounded {
            let found = UnsafeMutableRawPointer(last) + last.pointee.used
            last.pointee.used &+= rounded
            return found
        }
        return allocateChunk(rounded)
    }

    @inline(never)
    private mutating func allocateChunk(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let size = max(nextBytes, bytes + Chunk.head)
        guard let memory = pstp_alloc(1, size, 64) else { return nil }
        let chunk = memory.bindMemory(to: Chunk.self, capacity: 1)
        chunk.initialize(to: Chunk(next: nil, bytes: size, used: Chunk.head + bytes))
        if let last { last.pointee.next = chunk } else { first = chunk }
        last = chunk
        nextBytes = min(2 * nextBytes, ChunkList.largestBytes)
        return memory + Chunk.head
    }

    /// The last allocation, of so many bytes, was for nothing.
    func giveBack(_ bytes: Int) { last?.pointee.used -= (bytes + 7) & ~7 }

    mutating func freeAll() {
        var chunk = first
        while let it = chunk {
            chunk = it.pointee.next
            pstp_free(it, 1, it.pointee.bytes)
        }
        self = ChunkList()
    }

    /// Goes through what was allocated in pieces of one size, in order.
    struct Cursor: BitwiseCopyable {
        private var chunk: UnsafeMutablePointer<Chunk>?
        private var at = Chunk.head

        init(_ list: ChunkList) { chunk = list.first }

        mutating func next(_ bytes: Int) -> UnsafeMutableRawPointer? {
            while let it = chunk {
                if at < it.pointee.used {
                    defer { at &+= bytes }
                    return UnsafeMutableRawPointer(it) + at
                }
                chunk = it.pointee.next
                at = Chunk.head
            }
            return nil
        }
    }
}
