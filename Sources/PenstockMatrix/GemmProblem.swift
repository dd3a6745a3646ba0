import CPenstockKernels

/// One product, its element type known only to the kernel:
/// `C = epilogue(alpha * A * B + beta * C)`.
struct GemmProblem {
    var m: Int
    var n: Int
    var k: Int
    var alpha: Double
    var beta: Double
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var c: RawMatrix
    /// NULL, or B packed whole: panels of nr columns, `packedSteps` steps of k each.
    var packedB: UnsafeRawPointer?
    var packedSteps: Int
    var epilogue: RawEpilogue
    let kernel: UnsafePointer<pstk_kernel>
    let blocking: Blocking
    /// `canonical` has exchanged A and B.
    var isTransposed = false

    /// Checks, packs, multiplies, on the calling thread.
    func perform(_ workspace: inout GemmWorkspace) -> GemmStatus {
        if let fault = check() { return .failed(fault) }
        if m == 0 || n == 0 { return .done }
        let problem = canonical()
        if problem.changesNothing { return .done }
        guard let plan = GemmPlan(problem) else { return .failed(.outOfMemory) }
        if plan.bytes == 0 {
            problem.run(plan, memory: nil)
            return .done
        }
        guard let memory = workspace.reserve(plan.bytes) else { return .failed(.outOfMemory) }
        problem.run(plan, memory: memory)
        return .done
    }

    /// The same product in the kernel's frame, where the columns of C are contiguous if anything
    /// is.
    func canonical() -> GemmProblem {
        var problem = self
        // No product to add: the loops make one pass of no steps, which scales C and reads no A or
        // B.
        if alpha == 0 || k == 0 {
            problem.alpha = 1
            problem.k = 0
            problem.packedB = nil
        }
        problem.a = a.normalized(rows: m, columns: k)
        problem.b = b.normalized(rows: k, columns: n)
        problem.c = c.normalized(rows: m, columns: n)
        if problem.c.columnStride != 1, problem.c.rowStride == 1, problem.packedB == nil {
            // A column-major C: its transpose is the product of the transposes, other way round.
            (problem.m, problem.n) = (n, m)
            (problem.a, problem.b) = (problem.b.transposed, problem.a.transposed)
            problem.c = problem.c.transposed
            problem.epilogue = epilogue.transposed
            problem.isTransposed = true
        }
        return problem
    }

    var changesNothing: Bool { k == 0 && beta == 1 && epilogue.isNone }

    func packedACount(_ rows: Int, _ steps: Int) -> Int {
        kernel.pointee.packed_a_count(rows, steps)
    }
}
