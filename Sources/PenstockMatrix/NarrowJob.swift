import PenstockRuntime
import Synchronization

/// A batch of narrow products under way, on one thread or on an engine's workers: `GemmJob`'s way.
struct NarrowJob: ~Copyable {
    let problem: NarrowProblem
    let batch: GemmBatch
    /// Of one product.
    let grid: GemmGrid
    /// Products in a piece; 1 where a product is cut.
    let run: Int
    let pieces: Int
    /// Some thread had no memory to pack in.
    private let failed = Atomic<Bool>(false)

    /// The problem is checked, canonical and not empty; `batch` is its own, transposed with it.
    init(_ problem: NarrowProblem, _ batch: GemmBatch, threads: Int) {
        self.problem = problem
        self.batch = batch
        let blocking = problem.blocking
        let cuts = threads > 1 && batch.count < 2 * threads
        grid = GemmGrid(
            problem.m, problem.n, threads: cuts ? threads : 1, rowUnit: blocking.mr,
            columnUnit: blocking.nr)
        run = grid.count > 1 ? 1 : max(1, batch.count / (threads * 8))
        pieces = grid.count > 1 ? batch.count * grid.count : (batch.count - 1) / run + 1
    }

    /// False when there was no memory.
    consuming func perform(on engine: Engine?, threads: Int) -> Bool {
        if let engine, threads > 1 {
            withUnsafePointer(to: self) { this in
                engine.forkJoin(
                    count: pieces, atMost: threads, context: UnsafeMutableRawPointer(mutating: this)
                ) { context, index, _ in
                    context.unsafelyUnwrapped.assumingMemoryBound(to: NarrowJob.self).pointee.piece(
                        index)
                }
            }
        } else {
            for index in 0..<pieces { piece(index) }
        }
        return !failed.load(ordering: .relaxed)
    }

    private borrowing func piece(_ index: Int) {
        if grid.count > 1 {
            let product = problem.product(index / grid.count, of: batch)
            perform(product.part(index % grid.count, grid))
        } else {
            let first = index * run
            for i in first..<min(first + run, batch.count) {
                perform(problem.product(i, of: batch))
            }
        }
    }

    private borrowing func perform(_ product: NarrowProblem) {
        let done = withThreadWorkspace { workspace in
            guard let plan = NarrowPlan(product) else { return false }
            if plan.bytes == 0 {
                product.run(plan, memory: nil)
                return true
            }
            guard let memory = workspace.reserve(plan.bytes) else { return false }
            product.run(plan, memory: memory)
            return true
        }
        if done != true { failed.store(true, ordering: .relaxed) }
    }
}
