/// A batch of narrow products and how it is done: `GemmJob`'s way.
struct NarrowJob {
    let problem: NarrowProblem
    let batch: GemmBatch
    let pieces: ProductPieces

    /// The problem is checked, canonical and not empty; `batch` is its own, transposed with it.
    init(_ problem: NarrowProblem, _ batch: GemmBatch, threads: Int) {
        self.problem = problem
        self.batch = batch
        let blocking = problem.blocking
        pieces = ProductPieces(
            problem.m, problem.n, batch: batch.count, threads: threads, rowUnit: blocking.mr,
            columnUnit: blocking.nr)
    }

    /// False when there was no memory.
    func piece(_ index: Int) -> Bool {
        let grid = pieces.grid
        if grid.count > 1 {
            let product = problem.product(index / grid.count, of: batch)
            return perform(product.part(index % grid.count, grid))
        }
        for i in pieces.products(index) where !perform(problem.product(i, of: batch)) {
            return false
        }
        return true
    }

    private func perform(_ product: NarrowProblem) -> Bool {
        guard let plan = NarrowPlan(product) else { return false }
        return withThreadMemory(plan.bytes) { product.run(plan, memory: $0) }
    }
}
