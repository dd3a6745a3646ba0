import CPenstockText
import Glibc
package import PenstockDataflow
import PenstockRuntime

/// A source of the bytes of files, in blocks that end where the program may cut. It reads, and does
/// not map: a page of the cache that is mapped costs more than its copy, and one that is cut off by
/// somebody else ends the process.
package final class FileSource: @unchecked Sendable {
    /// Where a block may end, other than with its file.
    package enum Cut: Sendable {
        case lines
        case spaces
        /// After a multiple of so many bytes.
        case records(Int)
        case nowhere
    }

    let paths: PathList
    let cut: Cut
    let blockBytes: Int
    let largestBytes: Int

    // Of the run, touched only by the task that runs the source.
    private var pool: UnsafeMutablePointer<BlockPool>?
    private var file: InputFile?
    private var next = 0
    /// Being filled, how far, and how much of that is known to have no cut.
    private var block: UnsafeMutablePointer<Block>?
    private var filled = 0
    private var searched = 0

    /// `blockBytes`: of memory, the block's head included.
    package init(paths: PathList, cut: Cut, blockBytes: Int, largestBytes: Int) {
        self.paths = paths
        self.cut = cut
        var data = max(blockBytes, 2 * Block.headBytes) - Block.headBytes
        if case .records(let size) = cut { data = max(data - data % size, size) }
        self.blockBytes = data
        self.largestBytes = max(largestBytes, data)
    }

    package var builtIn: BuiltIn {
        var result = BuiltIn()
        result.setup = { FileSource.of($0)?.open($0) ?? Status.internal.rawValue }
        result.teardown = { FileSource.of($0)?.close() }
        result.channelElements = 4
        return result
    }

    package static let fill: SourceFunction = { context, out, capacity, count in
        guard let source = FileSource.of(context), let out, let count, capacity > 0 else {
            return Status.internal.rawValue
        }
        return source.fill(context, out.assumingMemoryBound(to: Bytes.self), count)
    }

    private static func of(_ context: Context?) -> FileSource? {
        Step.user(context).map { Unmanaged<FileSource>.fromOpaque($0).takeUnretainedValue() }
    }

    private func open(_ context: Context?) -> Int32 {
        next = 0
        pool = Step.allocationFails(context) ? nil : BlockPool.make(blockBytes: blockBytes)
        return pool == nil ? noMemory(context, blockBytes) : Status.ok.rawValue
    }

    private func close() {
        closeFile()
        if let block { Owner.drop(Block.owner(block), 1) }
        block = nil
        filled = 0
        searched = 0
        if let pool { BlockPool.close(pool) }
        pool = nil
    }

    // MARK: - Reading

    /// Makes one block, or none now: it waits neither for who writes into a pipe nor, once the run
    /// is to stop, for the end of a long line. After a failure it goes on where it was.
    private func fill(
        _ context: Context?, _ out: UnsafeMutablePointer<Bytes>, _ count: UnsafeMutablePointer<Int>
    ) -> Int32 {
        while !Step.shouldStop(context) {
            if file == nil && next == paths.count { return Status.end.rawValue }
            guard let file = file ?? openNext() else { return failed(context, "cannot open") }
            guard let block = room(context, file) else { return noMemory(context, blockBytes) }
            let whole = lastCut(Block.data(block))
            if whole > 0 {
                guard let rest = carry(block, whole) else { return noMemory(context, blockBytes) }
                hand(block, whole, to: out, count)
                self.block = rest
                return Status.ok.rawValue
            }
            searched = filled
            if filled == block.pointee.capacity {
                if filled > largestBytes { return tooLong(context) }
                if !grow(block) { return noMemory(context, 2 * filled) }
                continue
            }
            switch file.read(Block.data(block) + filled, block.pointee.capacity - filled) {
            case .bytes(let got): filled += got
            case .nothingNow: return Status.ok.rawValue
            case .failed: return failed(context, "cannot read")
            case .end:
                if let failure = checkEnd(context) { return failure }
                closeFile()
                if filled == 0 { continue }
                hand(block, filled, to: out, count)
                return Status.ok.rawValue
            }
        }
        return Status.ok.rawValue
    }

    private func room(
        _ context: Context?, _ file: InputFile
    ) -> UnsafeMutablePointer<Block>? {
        if let block { return block }
        guard let pool, !Step.allocationFails(context) else { return nil }
        block = BlockPool.take(pool, bytes: firstBytes(file))
        return block
    }

    /// A file that may not be cut is read into one block; one byte more, to see its end.
    private func firstBytes(_ file: InputFile) -> Int {
        guard case .nowhere = cut else { return blockBytes }
        return min(file.size, largestBytes) + 1
    }

    /// How much of the block is whole.
    private func lastCut(_ data: UnsafeMutablePointer<UInt8>) -> Int {
        let from = data + searched
        let new = filled - searched
        if new == 0 { return 0 }
        let found: Int
        switch cut {
        case .lines: found = pstx_last_byte(from, new, 10)
        case .spaces: found = pstx_last_space(from, new)
        case .records(let size): return filled - filled % size
        case .nowhere: return 0
        }
        return found == new ? 0 : searched + found + 1
    }

    /// Gives the first `size` bytes away. What is behind them, which has no cut, is in the next
    /// block.
    private func hand(
        _ block: UnsafeMutablePointer<Block>, _ size: Int, to out: UnsafeMutablePointer<Bytes>,
        _ count: UnsafeMutablePointer<Int>
    ) {
        out.pointee = Bytes(
            data: Block.data(block), size: size, owner: UnsafeMutableRawPointer(block),
            release: Owner.release)
        count.pointee = 1
        filled -= size
        searched = filled
        self.block = nil
    }

    /// The block's bytes behind `whole` in a new one.
    private func carry(
        _ block: UnsafeMutablePointer<Block>, _ whole: Int
    ) -> UnsafeMutablePointer<Block>? {
        guard let pool, let rest = BlockPool.take(pool, bytes: max(blockBytes, filled - whole + 1))
        else { return nil }
        Block.data(rest).update(from: Block.data(block) + whole, count: filled - whole)
        return rest
    }

    /// Goes on in a block twice as large; false when memory is out.
    private func grow(_ block: UnsafeMutablePointer<Block>) -> Bool {
        let bytes = min(2 * filled, largestBytes + 1)
        guard let pool, let larger = BlockPool.take(pool, bytes: bytes) else { return false }
        Block.data(larger).update(from: Block.data(block), count: filled)
        Owner.drop(Block.owner(block), 1)
        self.block = larger
        return true
    }

    // MARK: - Files

    private func openNext() -> InputFile? {
        file = InputFile(paths[next])
        return file
    }

    private func closeFile() {
        if file == nil { return }
        file?.close()
        file = nil
        next += 1
    }

    private func checkEnd(_ context: Context?) -> Int32? {
        guard case .records(let size) = cut, filled % size != 0 else { return nil }
        return fail(
            context, .invalid, "its last \(filled) bytes are no record of \(size) bytes")
    }

    // MARK: - Failures

    private func failed(_ context: Context?, _ what: String) -> Int32 {
        let reason = String(cString: strerror(errno))
        return fail(context, .system, "\(what) it: \(reason)")
    }

    private func tooLong(_ context: Context?) -> Int32 {
        if case .nowhere = cut {
            return fail(context, .invalid, "it is longer than largest, \(largestBytes) bytes")
        }
        let piece = if case .lines = cut { "a line" } else { "a word" }
        return fail(context, .invalid, "\(piece) in it is longer than \(largestBytes) bytes")
    }

    private func fail(_ context: Context?, _ status: Status, _ what: String) -> Int32 {
        let path = String(cString: paths[next])
        return Step.fail(context, status.rawValue, 0, "file '\(path)': \(what)")
    }

    private func noMemory(_ context: Context?, _ bytes: Int) -> Int32 {
        Step.fail(context, Status.noMemory.rawValue, 0, "no memory for a block of \(bytes) bytes")
    }
}
