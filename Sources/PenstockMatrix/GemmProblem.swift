import CPenstockKernels

/// One product, its element type known only to the kernel:
/// `C = activation(alpha * A * B + beta * C + bias)`.
struct GemmProblem {
    var m: Int
    var n: Int
    var k: Int
    var alpha: Double
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var beta: Double
    var c: RawMatrix
    /// NULL, or B packed whole, `packedColumns` wide (n and what pads it to the kernel's width).
    var packedB: UnsafeRawPointer?
    var packedColumns: Int
    var bias: UnsafeRawPointer?
    var biasByRow = false
    var activation: Int32
    let kernel: pstk_kernel
    let blocking: Blocking

    init<Element>(
        m: Int, n: Int, k: Int, alpha: Double, a: MatrixView<Element>, b: RawMatrix,
        packedB: UnsafeRawPointer? = nil, packedColumns: Int = 0, beta: Double,
        c: MutableMatrixView<Element>, epilogue: Epilogue<Element>, kernel: pstk_kernel,
        blocking: Blocking
    ) {
        self.m = m
        self.n = n
        self.k = k
        self.alpha = alpha
        self.a = a.raw
        self.b = b
        self.beta = beta
        self.c = c.raw
        self.packedB = packedB
        self.packedColumns = packedColumns
        bias = UnsafeRawPointer(epilogue.bias)
        activation =
            switch epilogue.activation {
            case .none: Int32(PSTK_ACTIVATION_NONE)
            case .relu: Int32(PSTK_ACTIVATION_RELU)
            }
        self.kernel = kernel
        self.blocking = blocking
    }

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
    private func canonical() -> GemmProblem {
        var problem = self
        // No product to add: the loops make one pass of no steps, which scales C and reads no A or
        // B.
        if alpha == 0 || k == 0 {
            problem.alpha = 1
            problem.k = 0
        }
        problem.a = a.normalized(rows: m, columns: k)
        problem.b = b.normalized(rows: k, columns: n)
        problem.c = c.normalized(rows: m, columns: n)
        let rowsAreContiguous = problem.c.columnStride == 1
        if !rowsAreContiguous, problem.c.rowStride == 1, packedB == nil {
            // A column-major C: its transpose is the product of the transposes, other way round.
            // A multiplication commutes, so this changes no bit.
            (problem.m, problem.n) = (n, m)
            (problem.a, problem.b) = (problem.b.transposed, problem.a.transposed)
            problem.c = problem.c.transposed
            problem.biasByRow = true
        }
        return problem
    }

    private var changesNothing: Bool {
        k == 0 && beta == 1 && bias == nil && activation == Int32(PSTK_ACTIVATION_NONE)
    }
}
