import CPenstockKernels

// The five loops of Goto and van de Geijn (2008), around the kernel that is the sixth. Two differ
// from the paper: the fourth packs B for all of nc, and the two innermost are exchanged, so that C
// is walked along its rows (Blocking says why). Raw memory only: nothing here retains or allocates.

extension GemmProblem {
    /// Computes C. The problem is checked and canonical, and `memory` holds `plan.bytes`.
    func run(_ plan: GemmPlan, memory: UnsafeMutableRawPointer?) {
        let size = blocking.elementSize
        var tile = pstk_tile()
        tile.alpha = alpha
        tile.bias_by_row = biasByRow
        tile.c_row = plan.copiesC ? blocking.nr : c.rowStride
        tile.a_packed = plan.packsA
        tile.a_row = a.rowStride

        var jc = 0
        while jc < n {
            let columns = min(plan.nPiece, n - jc)
            var pc = 0
            repeat {
                let steps = min(plan.kPiece, k - pc)
                let isLast = pc + steps == k
                tile.k = steps
                tile.beta = pc == 0 ? beta : 1
                tile.activation = isLast ? activation : Int32(PSTK_ACTIVATION_NONE)

                var block = Block(column: jc, columns: columns)
                block.bias = isLast ? bias : nil
                block.b = blockOfB(pc, steps, jc, columns, to: memory.map { $0 + plan.packedB })
                var ic = 0
                while ic < m {
                    block.row = ic
                    block.rows = min(plan.mPiece, m - ic)
                    if plan.packsA {
                        block.a = packA(
                            block, pc, steps, to: memory.unsafelyUnwrapped + plan.packedA)
                    } else if k > 0 {
                        block.a = a.base.unsafelyUnwrapped + (ic * a.rowStride + pc) * size
                    }
                    multiply(block, &tile, copy: plan.copiesC ? memory : nil)
                    ic += block.rows
                }
                pc += steps
            } while pc < k
            jc += columns
        }
    }

    /// A block of C and the operands that go into it.
    private struct Block {
        var row = 0
        var rows = 0
        var column: Int
        var columns: Int
        var a: UnsafeRawPointer?
        var b: UnsafeRawPointer?
        var bias: UnsafeRawPointer?

        init(column: Int, columns: Int) {
            self.column = column
            self.columns = columns
        }

        /// Rows are dealt evenly to panels: 64 rows of 14 at most are 13 + 13 + 13 + 13 + 12, so
        /// that no panel is too low to keep the arithmetic units busy.
        func panels(_ mr: Int) -> Int { (rows - 1) / mr + 1 }
    }

    /// The two innermost loops: each panel of A against every panel of B.
    private func multiply(
        _ block: Block, _ tile: inout pstk_tile, copy: UnsafeMutableRawPointer?
    ) {
        let size = blocking.elementSize
        let nr = blocking.nr
        let run = kernel.multiply.unsafelyUnwrapped
        let panels = block.panels(blocking.mr)
        let low = block.rows / panels
        let higher = block.rows % panels
        let cBase = UnsafeMutableRawPointer(mutating: c.base.unsafelyUnwrapped)
        let aRow = (tile.a_packed ? tile.k : tile.a_row) * size
        let bPanel = nr * tile.k * size

        var row = 0
        var panel = 0
        while panel < panels {
            let rows = panel < higher ? low + 1 : low
            tile.rows = Int32(truncatingIfNeeded: rows)
            tile.a = block.a.map { $0 + row * aRow }
            tile.b = block.b
            let cRow =
                cBase + ((block.row + row) * c.rowStride + block.column * c.columnStride) * size
            var column = 0
            while column < block.columns {
                let columns = min(nr, block.columns - column)
                tile.columns = Int32(truncatingIfNeeded: columns)
                if let bias = block.bias {
                    let index = biasByRow ? block.row + row : block.column + column
                    tile.bias = bias + index * size
                } else {
                    tile.bias = nil
                }
                let target = cRow + column * c.columnStride * size
                if let copy {
                    tile.c = copy
                    if tile.beta != 0 { gather(rows, columns, from: target, to: copy) }
                    run(&tile)
                    scatter(rows, columns, from: copy, to: target)
                } else {
                    tile.c = target
                    run(&tile)
                }
                tile.b = tile.b.map { $0 + bPanel }
                column += nr
            }
            row += rows
            panel += 1
        }
    }

    private func packA(
        _ block: Block, _ pc: Int, _ steps: Int, to memory: UnsafeMutableRawPointer
    ) -> UnsafeRawPointer {
        let size = blocking.elementSize
        let pack = kernel.pack.unsafelyUnwrapped
        let panels = block.panels(blocking.mr)
        let low = block.rows / panels
        let higher = block.rows % panels
        var task = pstk_panel()
        task.stride = a.rowStride
        task.step = a.columnStride
        task.k = steps
        var row = 0
        var panel = 0
        while panel < panels {
            let rows = panel < higher ? low + 1 : low
            task.to = memory + row * steps * size
            task.from =
                a.base.unsafelyUnwrapped
                + ((block.row + row) * a.rowStride + pc * a.columnStride) * size
            task.count = rows
            task.width = rows
            pack(&task)
            row += rows
            panel += 1
        }
        return UnsafeRawPointer(memory)
    }

    /// Where the block of B lies packed; packs it unless it came so.
    private func blockOfB(
        _ pc: Int, _ steps: Int, _ jc: Int, _ columns: Int, to memory: UnsafeMutableRawPointer?
    ) -> UnsafeRawPointer? {
        if steps == 0 { return nil }
        if let packedB {
            return packedB + (pc * packedColumns + jc * steps) * blocking.elementSize
        }
        packB(b, pc, steps, jc, columns, kernel, to: memory.unsafelyUnwrapped)
        return UnsafeRawPointer(memory)
    }
}

/// Packs rows pc..<pc + steps and columns jc..<jc + columns of B as panels of the kernel's width.
func packB(
    _ b: RawMatrix, _ pc: Int, _ steps: Int, _ jc: Int, _ columns: Int, _ kernel: pstk_kernel,
    to memory: UnsafeMutableRawPointer
) {
    let size = Int(kernel.element_size)
    let nr = Int(kernel.nr)
    let pack = kernel.pack.unsafelyUnwrapped
    var task = pstk_panel()
    task.stride = b.columnStride
    task.step = b.rowStride
    task.width = nr
    task.k = steps
    var column = 0
    while column < columns {
        task.to = memory + column * steps * size
        task.from =
            b.base.unsafelyUnwrapped + (pc * b.rowStride + (jc + column) * b.columnStride) * size
        task.count = min(nr, columns - column)
        pack(&task)
        column += nr
    }
}
