/// What products of all types have in common: their operands, and how these are turned, stepped
/// through and cut.
protocol ProductProblem {
    var m: Int { get set }
    var n: Int { get set }
    var k: Int { get set }
    var alpha: Double { get set }
    var beta: Double { get }
    var a: RawMatrix { get set }
    /// Not used when B came packed.
    var b: RawMatrix { get set }
    var c: RawMatrix { get set }
    var epilogue: RawEpilogue { get set }
    /// `canonical` has exchanged A and B.
    var isTransposed: Bool { get set }

    /// Bytes of an element of A and B, and of C.
    var elementSize: Int { get }
    var resultSize: Int { get }

    var hasPackedB: Bool { get }
    mutating func dropPackedB()
    /// The packed B begins so many columns later; they are whole panels.
    mutating func skipPackedColumns(_ columns: Int)
    /// A has become B: what depends on which is which.
    mutating func exchangeKernels()
}

extension ProductProblem {
    /// The same product in the kernel's frame, where the columns of C are contiguous if anything
    /// is.
    func canonical() -> Self {
        var problem = self
        // No product to add: the loops make one pass of no steps, which scales C and reads no A or
        // B.
        if alpha == 0 || k == 0 {
            problem.alpha = 1
            problem.k = 0
            problem.dropPackedB()
        }
        problem.a = a.normalized(rows: m, columns: k)
        problem.b = b.normalized(rows: k, columns: n)
        problem.c = c.normalized(rows: m, columns: n)
        problem.epilogue.residual = epilogue.residual?.normalized(rows: m, columns: n)
        if problem.c.columnStride != 1, problem.c.rowStride == 1, !problem.hasPackedB {
            // A column-major C: its transpose is the product of the transposes, other way round. A
            // multiplication commutes, so this changes no bit.
            (problem.m, problem.n) = (n, m)
            (problem.a, problem.b) = (problem.b.transposed, problem.a.transposed)
            problem.c = problem.c.transposed
            problem.epilogue = problem.epilogue.transposed
            problem.exchangeKernels()
            problem.isTransposed = true
        }
        return problem
    }

    var changesNothing: Bool { k == 0 && beta == 1 && epilogue.isNone }

    func operands(_ batch: GemmBatch) -> ProductOperands {
        ProductOperands(
            m: m, n: n, k: k, a: a, aSize: elementSize, b: hasPackedB ? nil : b,
            bSize: elementSize, c: c, cSize: resultSize, bias: epilogue.bias,
            biasCount: epilogue.biasByRow ? m : n, residual: epilogue.residual, batch: batch)
    }

    /// Product `i` of the batch; `self` is product 0.
    func product(_ i: Int, of batch: GemmBatch) -> Self {
        var problem = self
        problem.a.base = batch.aArray.map { $0[i] } ?? a.base.map { $0 + i * batch.a }
        problem.b.base = batch.bArray.map { $0[i] } ?? b.base.map { $0 + i * batch.b }
        problem.c.base =
            batch.cArray.map { UnsafeRawPointer($0[i]) } ?? c.base.map { $0 + i * batch.c }
        if i > 0, let base = epilogue.residual?.base {
            problem.epilogue.residual?.base = base + i * batch.residual
        }
        return problem
    }

    /// Rectangle `index` of the grid: a product of its own, with the same bits.
    func part(_ index: Int, _ grid: GemmGrid) -> Self {
        let row = index % grid.rows * grid.rowPiece
        let column = index / grid.rows * grid.columnPiece
        var part = self
        part.m = min(grid.rowPiece, m - row)
        part.n = min(grid.columnPiece, n - column)
        if k > 0 {
            part.a.base = a.at(row, 0, elementSize)
            if hasPackedB {
                part.skipPackedColumns(column)
            } else {
                part.b.base = b.at(0, column, elementSize)
            }
        }
        part.c.base = c.at(row, column, resultSize)
        part.epilogue.bias = epilogue.bias.map {
            $0 + (epilogue.biasByRow ? row : column) * resultSize
        }
        part.epilogue.residual?.base = epilogue.residual?.at(row, column, resultSize)
        return part
    }
}
