import CPenstockPlatform
import PenstockRuntime

/// The memory of one run, freed together. Every request is checked; a failure names what it was
/// for.
struct Arena {
    private struct Block {
        let memory: UnsafeMutableRawPointer
        let count: Int
        let size: Int
    }

    private let environment: Environment
    private var blocks: [Block] = []

    init(environment: Environment) { self.environment = environment }

    mutating func bytes(
        _ count: Int, size: Int = 1, alignment: Int = 64, for purpose: String
    ) throws(Failure) -> UnsafeMutableRawPointer {
        guard
            let memory = environment.allocate(count: count, size: size, alignment: alignment)
        else {
            throw Failure(.noMemory, "no memory for \(count) x \(size) bytes: \(purpose)")
        }
        blocks.append(Block(memory: memory, count: count, size: size))
        return memory
    }

    /// Uninitialised as far as Swift is concerned, zero bytes in fact.
    mutating func array<T: ~Copyable>(
        _ type: T.Type, _ count: Int, for purpose: String
    ) throws(Failure) -> UnsafeMutablePointer<T> {
        try bytes(max(count, 1), size: MemoryLayout<T>.stride, alignment: 128, for: purpose)
            .bindMemory(to: type, capacity: max(count, 1))
    }

    mutating func freeAll() {
        for block in blocks { pstp_free(block.memory, block.count, block.size) }
        blocks = []
    }
}
