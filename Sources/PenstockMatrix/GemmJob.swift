import CPenstockKernels

/// A batch of products and how it is done.
struct GemmJob {
    let problem: GemmProblem
    let batch: GemmBatch
    let pieces: ProductPieces
    /// The plan of a whole product.
    let plan: GemmPlan

    /// The problem is checked, canonical and not empty; `batch` is its own, transposed with it.
    init?(_ problem: GemmProblem, _ batch: GemmBatch, threads: Int) {
        guard let plan = GemmPlan(problem) else { return nil }
        self.problem = problem
        self.batch = batch
        self.plan = plan
        pieces = ProductPieces(
            problem.m, problem.n, batch: batch.count, threads: threads, rowUnit: plan.panelRows,
            columnUnit: problem.blocking.nr)
    }

    /// False when there was no memory.
    func piece(_ index: Int) -> Bool {
        let grid = pieces.grid
        if grid.count > 1 {
            let part = problem.product(index / grid.count, of: batch).part(index % grid.count, grid)
            guard let plan = GemmPlan(part) else { return false }
            return withThreadMemory(plan.bytes) { part.run(plan, memory: $0) }
        }
        let products = pieces.products(index)
        return withThreadMemory(plan.bytes) { memory in
            if plan.isOneBlock && problem.epilogue.isNone && !batch.hasArrays
                && (problem.beta == 0 || problem.beta == 1)
            {
                problem.runOneBlocks(products, of: batch, plan)
            } else {
                for i in products { problem.product(i, of: batch).run(plan, memory: memory) }
            }
        }
    }
}
