import CPenstockKernels

/// One product with narrow inputs: `C = epilogue(alpha * A * B + beta * C)`.
struct NarrowProblem {
    let type: NarrowType
    var m: Int
    var n: Int
    var k: Int
    var alpha: Double
    var beta: Double
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var c: RawMatrix
    var packedB: NarrowPackedMatrix?
    var epilogue: RawEpilogue
    var kernel: UnsafePointer<pstk_narrow_kernel>
    private let transposedKernel: UnsafePointer<pstk_narrow_kernel>
    let blocking: NarrowBlocking
    /// The first of this problem's columns in `packedB`.
    var packedColumn = 0
    /// `canonical` has exchanged A and B.
    var isTransposed = false

    init(
        _ type: NarrowType, m: Int, n: Int, k: Int, alpha: Double, beta: Double, a: RawMatrix,
        b: RawMatrix, c: RawMatrix, packedB: NarrowPackedMatrix? = nil, epilogue: RawEpilogue,
        settings: NarrowSettings
    ) {
        self.type = type
        self.m = m
        self.n = n
        self.k = k
        self.alpha = alpha
        self.beta = beta
        self.a = a
        self.b = b
        self.c = c
        self.packedB = packedB
        self.epilogue = epilogue
        kernel = settings.kernel(type, transposed: false)
        transposedKernel = settings.kernel(type, transposed: true)
        blocking = settings[type]
    }

    /// Checks, packs, multiplies, on the calling thread.
    func perform(_ workspace: inout GemmWorkspace) -> GemmStatus {
        if let fault = check() { return .failed(fault) }
        if m == 0 || n == 0 { return .done }
        let problem = canonical()
        if problem.changesNothing { return .done }
        guard let plan = NarrowPlan(problem) else { return .failed(.outOfMemory) }
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
    func canonical() -> NarrowProblem {
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
        problem.epilogue.residual = epilogue.residual?.normalized(rows: m, columns: n)
        if problem.c.columnStride != 1, problem.c.rowStride == 1, problem.packedB == nil {
            // A column-major C: its transpose is the product of the transposes, other way round. A
            // multiplication commutes, so this changes no bit.
            (problem.m, problem.n) = (n, m)
            (problem.a, problem.b) = (problem.b.transposed, problem.a.transposed)
            problem.c = problem.c.transposed
            problem.epilogue = problem.epilogue.transposed
            problem.kernel = transposedKernel
            problem.isTransposed = true
        }
        return problem
    }

    var changesNothing: Bool { k == 0 && beta == 1 && epilogue.isNone }

    /// Rectangle `index` of the grid: a product of its own, with the same bits.
    func part(_ index: Int, _ grid: GemmGrid) -> NarrowProblem {
        let row = index % grid.rows * grid.rowPiece
        let column = index / grid.rows * grid.columnPiece
        let size = type.elementSize
        let cSize = NarrowType.resultSize
        var part = self
        part.m = min(grid.rowPiece, m - row)
        part.n = min(grid.columnPiece, n - column)
        if k > 0 {
            part.a.base = a.at(row, 0, size)
            // Pieces are whole panels wide.
            part.packedColumn += column
            if packedB == nil { part.b.base = b.at(0, column, size) }
        }
        part.c.base = c.at(row, column, cSize)
        part.epilogue.bias = epilogue.bias.map {
            $0 + (epilogue.biasByRow ? row : column) * cSize
        }
        part.epilogue.residual?.base = epilogue.residual?.at(row, column, cSize)
        return part
    }
}
