import CPenstockPlatform
import CPenstockText
import Glibc
package import PenstockDataflow
import PenstockRuntime

/// Splits blocks of bytes into pieces that lie in them: the pieces share the block's owner, nothing
/// is copied. Resumable, so that the pieces of a block go on in spans that fit in L1.
package final class Splitter: @unchecked Sendable {
    package enum Kind: Sendable {
        /// Runs of bytes without ASCII white space.
        case words
        /// Each ends with the byte, which is no part of it, or with the block. Of lines a carriage
        /// return before it is no part either.
        case pieces(UInt8, isLine: Bool)
        case records(Int)
    }

    let kind: Kind
    let scanner: UnsafePointer<pstx_scanner>

    /// Pieces that move on together.
    static let spanPieces = 256
    /// Bytes scanned at once; each may be an edge.
    static let scanBytes = 1024

    package init(_ kind: Kind) {
        self.kind = kind
        scanner = Scanner.chosen
    }

    package var builtIn: BuiltIn {
        var result = BuiltIn()
        result.setup = { context in
            guard !Step.allocationFails(context), let memory = pstp_alloc(1, Progress.bytes, 64)
            else {
                return Step.fail(
                    context, Status.noMemory.rawValue, 0, "no memory for its positions")
            }
            memory.bindMemory(to: Progress.self, capacity: 1)
                .initialize(to: Progress(at: memory))
            Step.setState(context, memory)
            return Status.ok.rawValue
        }
        result.teardown = { context in
            pstp_free(Step.state(context), 1, Progress.bytes)
            Step.setState(context, nil)
        }
        result.maxOutputs = Splitter.spanPieces
        result.isResumable = true
        return result
    }

    package static let process: ProcessFunction = { context, input, _ in
        guard let user = Step.user(context), let state = Step.state(context), let input else {
            return Status.internal.rawValue
        }
        // The element is the segment's own: what is written here, the engine finds again.
        let block = UnsafeMutableRawPointer(mutating: input).assumingMemoryBound(to: Bytes.self)
        let progress = state.assumingMemoryBound(to: Progress.self)
        return Unmanaged<Splitter>.fromOpaque(user)._withUnsafeGuaranteedRef {
            $0.split(context, block, progress)
        }
    }

    /// Emits a span of pieces of the block. `.again` when there may be more of it.
    private func split(
        _ context: Context?, _ block: UnsafeMutablePointer<Bytes>,
        _ progress: UnsafeMutablePointer<Progress>
    ) -> Int32 {
        if !progress.pointee.inBlock {
            if let failure = begin(context, block) { return failure }
            progress.pointee.begin(block.pointee)
        }
        guard let (room, most) = Step.reserve(context, 0, Splitter.spanPieces) else {
            return Status.again.rawValue
        }
        let out = room.assumingMemoryBound(to: Bytes.self)
        let made =
            switch kind {
            case .words: progress.pointee.words(out, most, scanner)
            case .pieces(let byte, let isLine):
                progress.pointee.pieces(out, most, byte, isLine: isLine, scanner)
            case .records(let size): progress.pointee.records(out, most, size)
            }
        let owner = block.pointee.owner?.assumingMemoryBound(to: Owner.self)
        if block.pointee.release != nil, let owner { Owner.hold(owner, made) }
        _ = Step.commit(context, 0, made)
        if made == most { return Status.again.rawValue }
        progress.pointee.inBlock = false
        if block.pointee.release != nil, let owner { Owner.drop(owner, 1) }
        return Status.ok.rawValue
    }

    private func begin(_ context: Context?, _ block: UnsafeMutablePointer<Bytes>) -> Int32? {
        let size = block.pointee.size
        if size < 0 || (block.pointee.data == nil && size > 0) {
            return Step.fail(
                context, Status.invalid.rawValue, 0, "its block has no data, or a size beyond 2^63")
        }
        if case .records(let bytes) = kind, size % bytes != 0 {
            return Step.fail(
                context, Status.invalid.rawValue, 0,
                "its block of \(size) bytes is not made of records of \(bytes)")
        }
        if Step.allocationFails(context) || !Owner.adopt(block) {
            return Step.fail(context, Status.noMemory.rawValue, 0, "no memory for an owner")
        }
        return nil
    }
}

/// The scanner for this processor, or the one that `PST_ISA` names, as for the matrix kernels.
enum Scanner {
    nonisolated(unsafe) static let chosen: UnsafePointer<pstx_scanner> =
        pstx_scanner_find(getenv("PST_ISA"))
}
