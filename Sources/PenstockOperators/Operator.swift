import CPenstockPlatform

/// What makes elements of one layout out of those of another: passes, one after the other, over
/// blocks of elements that stay in cache. Immutable; for any number of threads.
package final class Operator: @unchecked Sendable {
    package let input: Layout
    package let output: Layout
    /// Whether elements depend on their number in the stream.
    package let isRandom: Bool
    /// Whether there may be elements that it cannot make, and then why.
    package let canFail: Bool
    package let complaint: StaticString
    /// Operators that it chains, those in chains counted: 1 for any other.
    let length: Int
    /// How many passes stand in one another.
    let nesting: Int

    let passes: [Pass]
    /// The same, to be used without counting references.
    private let first: UnsafeMutablePointer<Uncounted<Pass>>
    private let count: Int
    /// Elements of a block, and what the largest of them between two passes take.
    private let block: Int
    private let blockBytes: Int
    /// nil where none is needed.
    private let pool: ScratchPool?
    private let scratch: Uncounted<ScratchPool>?
    private static let wantedBytes = 1 << 14
    /// Calls nest on the stack of whoever applies it, and the ends of its parts on that of whoever
    /// lets go of it.
    private static let mostNesting = 1000
    static let mostLength = 1 << 14

    /// `passes`: at least one, each taking what the one before makes.
    init(_ passes: [Pass], isRandom: Bool, length: Int = 1) throws(OperatorFault) {
        let nesting = passes.map(\.nesting).max() ?? 0
        guard nesting <= Operator.mostNesting else {
            throw .invalid("operators stand more than \(Operator.mostNesting) deep in one another")
        }
        self.passes = passes
        self.isRandom = isRandom
        self.length = length
        self.nesting = nesting
        let failing = passes.first { $0.canFail }
        canFail = failing != nil
        complaint = failing?.complaint ?? ""
        count = passes.count
        input = passes[0].input
        output = passes[passes.count - 1].output
        first = .allocate(capacity: passes.count)
        for (i, pass) in passes.enumerated() {
            (first + i).initialize(to: Uncounted(pass))
        }
        let between = passes.dropLast().map(\.output.bytes).max() ?? 0
        block = between == 0 ? Int.max : max(1, Operator.wantedBytes / between)
        blockBytes = between == 0 ? 0 : (block * between + 63) / 64 * 64
        let own = passes.map(\.scratchBytes).max() ?? 0
        let bytes = 2 * blockBytes + own
        pool = bytes > 0 ? ScratchPool(bytes) : nil
        scratch = pool.map { Uncounted($0) }
    }

    deinit { first.deallocate() }

    /// Makes `n` elements of as many; the first is number `index` of the stream. Returns n, or the
    /// index of the element on which it stopped: those before are made. -1: there was no memory.
    package func apply(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ index: UInt64
    ) -> Int {
        guard let scratch else {
            // Passes without scratch do not look at it.
            return first.pointee.use { $0.run(from, to, n, index, to) }
        }
        guard let memory = scratch.use({ $0.take() }) else { return -1 }
        defer { scratch.use { $0.give(memory) } }
        let own = memory + 2 &* blockBytes
        var done = 0
        while done < n {
            let size = min(block, n &- done)
            let good = runBlock(
                from + done &* input.bytes, to + done &* output.bytes, size,
                index &+ UInt64(done), memory, own)
            if good < 0 { return -1 }
            done &+= good
            if good < size { return done }
        }
        return n
    }

    private func runBlock(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ index: UInt64,
        _ memory: UnsafeMutableRawPointer, _ own: UnsafeMutableRawPointer
    ) -> Int {
        let last = self.count &- 1
        var source = from
        var count = n
        for i in 0...last {
            let target = i == last ? to : memory + (i & 1) &* blockBytes
            // Elements behind one that failed have nothing to come from.
            count = first[i].use { $0.run(source, target, count, index, own) }
            if count <= 0 { return count }
            source = UnsafeRawPointer(target)
        }
        return count
    }
}
