import CPenstockKernels
import PenstockRuntime
import Synchronization

/// A batch of products under way, on one thread or on an engine's workers. Pieces are claimed one by
/// one: runs of whole products, or rectangles of them where the products are few and large.
struct GemmJob: ~Copyable {
    let problem: GemmProblem
    let batch: GemmBatch
    /// Of one product.
    let grid: GemmGrid
    /// Products in a piece; 1 where a product is cut.
    let run: Int
    let pieces: Int
    /// The plan of a whole product.
    let plan: GemmPlan
    /// Some thread had no memory to pack in.
    private let failed = Atomic<Bool>(false)

    /// The problem is checked, canonical and not empty; `batch` is its own, transposed with it.
    init?(_ problem: GemmProblem, _ batch: GemmBatch, threads: Int) {
        guard let plan = GemmPlan(problem) else { return nil }
        self.problem = problem
        self.batch = batch
        self.plan = plan
        let cuts = threads > 1 && batch.count < 2 * threads
        grid = GemmGrid(
            problem.m, problem.n, threads: cuts ? threads : 1, rowUnit: plan.panelRows,
            columnUnit: problem.blocking.nr)
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
                    context.unsafelyUnwrapped.assumingMemoryBound(to: GemmJob.self).pointee.piece(
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
            let part = problem.product(index / grid.count, of: batch).part(index % grid.count, grid)
            guard let plan = GemmPlan(part) else { return fail() }
            with(plan) { part.run(plan, memory: $0) }
        } else {
            let first = index * run
            let end = min(first + run, batch.count)
            let plan = plan
            with(plan) { memory in
                if plan.isOneBlock && problem.epilogue.isNone && !batch.hasArrays
                    && (problem.beta == 0 || problem.beta == 1)
                {
                    problem.runOneBlocks(first..<end, of: batch, plan)
                } else {
                    for i in first..<end { problem.product(i, of: batch).run(plan, memory: memory) }
                }
            }
        }
    }

    private borrowing func with(_ plan: GemmPlan, _ body: (UnsafeMutableRawPointer?) -> Void) {
        if plan.bytes == 0 { return body(nil) }
        let found: Void? =
            withThreadWorkspace { workspace in
                guard let memory = workspace.reserve(plan.bytes) else { return nil }
                body(memory)
                return ()
            } ?? nil
        if found == nil { fail() }
    }

    private borrowing func fail() { failed.store(true, ordering: .relaxed) }
}

extension GemmProblem {
    /// Rectangle `index` of the grid.
    func part(_ index: Int, _ grid: GemmGrid) -> GemmProblem {
        let row = index % grid.rows * grid.rowPiece
        let column = index / grid.rows * grid.columnPiece
        let size = blocking.elementSize
        var part = self
        part.m = min(grid.rowPiece, m - row)
        part.n = min(grid.columnPiece, n - column)
        if k > 0 {
            part.a.base = a.at(row, 0, size)
            if packedB == nil {
                part.b.base = b.at(0, column, size)
            } else {
                // Pieces are whole panels wide.
                part.packedB = packedB.map { $0 + column * packedSteps * size }
            }
        }
        part.c.base = c.at(row, column, size)
        part.epilogue.bias = epilogue.bias.map {
            $0 + (epilogue.biasByRow ? row : column) * size
        }
        part.epilogue.residual?.base = epilogue.residual?.at(row, column, size)
        return part
    }
}
