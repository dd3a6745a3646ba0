import CPenstockKernels

/// One product with narrow inputs: `C = clamp(alpha * A * B + beta * C + bias)`.
package struct NarrowProblem {
    let type: NarrowType
    var m: Int
    var n: Int
    var k: Int
    var alpha: Float
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var packedB: NarrowPackedMatrix?
    /// The first of this problem's columns in `packedB`.
    var packedColumn = 0
    var beta: Float
    var c: RawMatrix
    var bias: UnsafeRawPointer?
    var biasByRow: Bool
    var bounds: (low: Float, high: Float)?
    var kernel: pstk_narrow_kernel
    let transposedKernel: pstk_narrow_kernel
    let blocking: NarrowBlocking

    init<Element>(
        _ type: NarrowType, m: Int, n: Int, k: Int, alpha: Float, a: RawMatrix, b: RawMatrix,
        packedB: NarrowPackedMatrix? = nil, beta: Float, c: RawMatrix,
        epilogue: NarrowEpilogue<Element>, settings: NarrowSettings
    ) {
        self.type = type
        self.m = m
        self.n = n
        self.k = k
        self.alpha = alpha
        self.a = a
        self.b = b
        self.packedB = packedB
        self.beta = beta
        self.c = c
        bias = UnsafeRawPointer(epilogue.bias)
        biasByRow = epilogue.biasByRow
        bounds = epilogue.bounds
        kernel = settings.kernel(type, transposed: false)
        transposedKernel = settings.kernel(type, transposed: true)
        blocking = settings.blocking(type)
    }

    /// Checks, packs, multiplies, on the calling thread.
    package func perform(_ workspace: inout GemmWorkspace) -> GemmStatus {
        switch prepared() {
        case .failure(let fault): .failed(fault)
        case .success(let problem): problem.run(&workspace)
        }
    }

    /// The same product checked and in the kernel's frame, where the columns of C are contiguous if
    /// anything is. `part` and `run` want it so.
    package func prepared() -> Result<NarrowProblem, GemmFault> {
        if let fault = check() { return .failure(fault) }
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
        if problem.c.columnStride != 1, problem.c.rowStride == 1, packedB == nil {
            // A column-major C: its transpose is the product of the transposes, other way round.
            // A multiplication commutes, so this changes no bit.
            (problem.m, problem.n) = (n, m)
            (problem.a, problem.b) = (problem.b.transposed, problem.a.transposed)
            problem.c = problem.c.transposed
            problem.biasByRow.toggle()
            problem.kernel = transposedKernel
        }
        return .success(problem)
    }

    /// Rows and columns of C in the kernel's frame, which is the transposed one if C is
    /// column-major.
    package var rows: Int { m }
    package var columns: Int { n }
    /// Columns of a part start at a multiple of this.
    package var columnUnit: Int { blocking.nr }

    /// A rectangle of C: a product of its own, with the same bits. Threads share a product so.
    package func part(rows: Range<Int>, columns: Range<Int>) -> NarrowProblem {
        var part = self
        part.m = rows.count
        part.n = columns.count
        let size = type.elementSize
        part.a.base = a.base.map { $0 + rows.lowerBound * a.rowStride * size }
        part.b.base = b.base.map { $0 + columns.lowerBound * b.columnStride * size }
        part.packedColumn += columns.lowerBound
        part.c.base = c.base.map {
            $0 + (rows.lowerBound * c.rowStride + columns.lowerBound * c.columnStride) * Self.cSize
        }
        part.bias = bias.map { $0 + (biasByRow ? rows : columns).lowerBound * Self.cSize }
        return part
    }

    /// Computes C on the calling thread. The problem is a prepared one or a part of one.
    package func run(_ workspace: inout GemmWorkspace) -> GemmStatus {
        if m == 0 || n == 0 || changesNothing { return .done }
        guard let plan = NarrowPlan(self) else { return .failed(.outOfMemory) }
        if plan.bytes == 0 {
            run(plan, memory: nil)
            return .done
        }
        guard let memory = workspace.reserve(plan.bytes) else { return .failed(.outOfMemory) }
        run(plan, memory: memory)
        return .done
    }

    /// Bytes of an element of C, f32 or int32.
    static var cSize: Int { 4 }

    private var changesNothing: Bool { k == 0 && beta == 1 && bias == nil && bounds == nil }

    private func check() -> GemmFault? {
        let size = type.elementSize
        return ProductOperands(
            m: m, n: n, k: k, a: a, aSize: size, b: packedB == nil ? b : nil, bSize: size,
            packedB: packedB?.buffer ?? UnsafeRawBufferPointer(start: nil, count: 0), c: c,
            cSize: Self.cSize, bias: bias, biasCount: biasByRow ? m : n
        ).check()
    }
}
