import CPenstockText
import Glibc
package import PenstockDataflow
import PenstockRuntime

/// A source of the bytes of files, in blocks that end where the program may cut. It reads, and does not
/// map: a page of the cache that is mapped costs more than its copy, and one that is cut off by somebody
/// else ends the process.
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
    /// The file that is open, or -1.
    private var file: Int32 = -1
    private var next = 0
    /// Being filled, and how far.
    private var block: UnsafeMutablePointer<Block>?
    private var filled = 0

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
        if let pool { BlockPool.close(pool) }
        pool = nil
    }

    // MARK: - Reading

    /// Makes one block.
    private func fill(
        _ context: Context?, _ out: UnsafeMutablePointer<Bytes>, _ count: UnsafeMutablePointer<Int>
    ) -> Int32 {
        while true {
            if file < 0 {
                if next == paths.count { return Status.end.rawValue }
                if let failure = openNext(context) { return failure }
            }
            guard let block = room(context) else { return noMemory(context, blockBytes) }
            let data = Block.data(block)
            let wanted = block.pointee.capacity - filled
            let got = read(file, data + filled, wanted)
            if got < 0 {
                if errno == EINTR { continue }
                return failed(context, "cannot read")
            }
            if got == 0 {
                if let failure = checkEnd(context) { return failure }
                closeFile()
                if filled == 0 { continue }
                out.pointee = hand(block, filled)
                self.block = nil
                filled = 0
                count.pointee = 1
                return Status.ok.rawValue
            }
            let before = filled
            filled += got
            let whole = lastCut(data, from: before)
            if whole > 0 {
                guard let rest = carry(block, whole) else { return noMemory(context, blockBytes) }
                out.pointee = hand(block, whole)
                self.block = rest
                filled -= whole
                count.pointee = 1
                return Status.ok.rawValue
            }
            if filled == block.pointee.capacity {
                if filled > largestBytes { return tooLong(context) }
                guard let larger = grown(block) else { return noMemory(context, 2 * filled) }
                self.block = larger
            }
        }
    }

    /// A block that is not full.
    private func room(_ context: Context?) -> UnsafeMutablePointer<Block>? {
        if let block { return block }
        guard let pool, !Step.allocationFails(context) else { return nil }
        block = BlockPool.take(pool, bytes: firstBytes())
        return block
    }

    /// A file that may not be cut is read into one block; one byte more, to see its end.
    private func firstBytes() -> Int {
        guard case .nowhere = cut else { return blockBytes }
        var status = stat()
        if fstat(file, &status) != 0 { return blockBytes }
        return min(max(Int(status.st_size), 0), largestBytes) + 1
    }

    /// How much of the block is whole. Before `from` there is no cut.
    private func lastCut(_ data: UnsafeMutablePointer<UInt8>, from: Int) -> Int {
        let new = filled - from
        let found: Int
        switch cut {
        case .lines: found = pstx_last_byte(data + from, new, 10)
        case .spaces: found = pstx_last_space(data + from, new)
        case .records(let size): return filled - filled % size
        case .nowhere: return 0
        }
        return found == new ? 0 : from + found + 1
    }

    private func hand(_ block: UnsafeMutablePointer<Block>, _ size: Int) -> Bytes {
        Bytes(
            data: Block.data(block), size: size, owner: UnsafeMutableRawPointer(block),
            release: Owner.release)
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

    private func grown(_ block: UnsafeMutablePointer<Block>) -> UnsafeMutablePointer<Block>? {
        let bytes = min(2 * filled, largestBytes + 1)
        guard let pool, let larger = BlockPool.take(pool, bytes: bytes) else { return nil }
        Block.data(larger).update(from: Block.data(block), count: filled)
        Owner.drop(Block.owner(block), 1)
        return larger
    }

    // MARK: - Files

    private func openNext(_ context: Context?) -> Int32? {
        file = Glibc.open(paths[next], O_RDONLY | O_CLOEXEC)
        if file < 0 { return failed(context, "cannot open") }
        // Only advice; a pipe cannot take it.
        posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL)
        return nil
    }

    private func closeFile() {
        if file < 0 { return }
        _ = Glibc.close(file)
        file = -1
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
