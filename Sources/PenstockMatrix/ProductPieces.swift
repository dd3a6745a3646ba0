import PenstockRuntime
import Synchronization

/// How a batch of products is cut into pieces that threads claim one by one: runs of whole
/// products, or rectangles of them where the products are few and large.
struct ProductPieces {
    /// Of one product.
    let grid: GemmGrid
    /// Products in a piece; 1 where a product is cut.
    let run: Int
    let count: Int
    private let batchCount: Int

    init(
        _ m: Int, _ n: Int, batch: Int, threads: Int, rowUnit: Int, columnUnit: Int
    ) {
        let cuts = threads > 1 && batch < 2 * threads
        grid = GemmGrid(
            m, n, threads: cuts ? threads : 1, rowUnit: rowUnit, columnUnit: columnUnit)
        run = grid.count > 1 ? 1 : max(1, batch / (threads * 8))
        count = grid.count > 1 ? batch * grid.count : (batch - 1) / run + 1
        batchCount = batch
    }

    /// Products of a piece, of which the product is not cut.
    func products(_ index: Int) -> Range<Int> {
        index * run..<min(index * run + run, batchCount)
    }

    /// Calls `piece` for each, on the calling thread or on the engine's workers. False when one of
    /// them returned false; the others are done all the same.
    func perform(on engine: Engine?, threads: Int, _ piece: (Int) -> Bool) -> Bool {
        guard let engine, threads > 1 else {
            var succeeded = true
            for index in 0..<count where !piece(index) { succeeded = false }
            return succeeded
        }
        return withoutActuallyEscaping(piece) { piece in
            let work = Work(piece)
            withUnsafePointer(to: work) { work in
                engine.forkJoin(
                    count: count, atMost: threads,
                    context: UnsafeMutableRawPointer(mutating: work)
                ) { context, index, _ in
                    let work = context.unsafelyUnwrapped.assumingMemoryBound(to: Work.self)
                    if !work.pointee.piece(index) {
                        work.pointee.failed.store(true, ordering: .relaxed)
                    }
                }
            }
            return !work.failed.load(ordering: .relaxed)
        }
    }

    /// What a C function can be given of a closure.
    private struct Work: ~Copyable {
        let piece: (Int) -> Bool
        let failed = Atomic<Bool>(false)

        init(_ piece: @escaping (Int) -> Bool) { self.piece = piece }
    }
}
