import CPenstockKernels

// The outer loops of Goto and van de Geijn (2008): pieces of k, blocks of rows, chunks of columns.
// The two inner ones, over tiles, are the kernel's. Raw memory only: nothing here retains or
// allocates.

extension GemmProblem {
    /// Computes C. The problem is checked and canonical, and `memory` holds `plan.bytes`.
    func run(_ plan: GemmPlan, memory: UnsafeMutableRawPointer?) {
        let multiply = kernel.pointee.multiply.unsafelyUnwrapped
        let size = blocking.elementSize
        let cBase = UnsafeMutableRawPointer(mutating: c.base.unsafelyUnwrapped)
        var block = pstk_block()
        block.alpha = alpha
        block.a_row = a.rowStride
        block.a_step = a.columnStride
        block.a_packed = memory.map { $0 + plan.packedA }
        block.c_row = c.rowStride
        block.panel_rows = Int32(truncatingIfNeeded: plan.panelRows)

        let packedB = plan.packsB ? memory.map { $0 + plan.packedB } : nil
        var pc = 0
        repeat {
            let steps = min(plan.kPiece, k - pc)
            let isLast = pc + steps == k
            block.k = steps
            block.accumulate = pc > 0 || beta != 0
            var ic = 0
            while ic < m {
                block.rows = min(plan.mPiece, m - ic)
                block.a = k > 0 ? a.at(ic, pc, size) : nil
                block.a_state = plan.copiesA ? PSTK_A_COPY : PSTK_A_IN_PLACE
                var jc = 0
                while jc < n {
                    block.columns = min(plan.nPiece, n - jc)
                    chooseB(&block, pc, jc, packed: packedB)
                    if plan.path == .skinny {
                        block.b_next = nextB(after: block, pc, jc)
                    }
                    let target = cBase + (ic * c.rowStride + jc * c.columnStride) * size
                    if plan.copiesC {
                        block.c = memory
                        block.c_row = block.columns
                        if block.accumulate {
                            gather(block.rows, block.columns, c.grid(ic, jc, size), to: block.c)
                        }
                    } else {
                        block.c = target
                    }
                    if pc == 0 && beta != 0 && beta != 1 {
                        kernel.pointee.scale(block.c, block.c_row, block.rows, block.columns, beta)
                    }
                    if isLast && !epilogue.isNone {
                        var last = epilogue.at(ic, jc, size)
                        if plan.copiesResidual, let memory, let residual = epilogue.residual {
                            let copy = memory + plan.residual
                            gather(
                                block.rows, block.columns, residual.grid(ic, jc, size), to: copy)
                            last.residual = UnsafeRawPointer(copy)
                            last.residual_row = block.columns
                        }
                        withUnsafePointer(to: &last) {
                            block.epilogue = $0
                            multiply(&block)
                            block.epilogue = nil
                        }
                    } else {
                        multiply(&block)
                    }
                    if plan.copiesC {
                        scatter(block.rows, block.columns, block.c, to: c.grid(ic, jc, size))
                    }
                    if plan.copiesA { block.a_state = PSTK_A_COPIED }
                    jc += block.columns
                }
                ic += block.rows
            }
            pc += steps
        } while pc < k
    }

    /// Where the block after this one reads B; nil after the last.
    private func nextB(after block: pstk_block, _ pc: Int, _ jc: Int) -> UnsafeRawPointer? {
        if jc + block.columns < n { return b.at(pc, jc + block.columns, blocking.elementSize) }
        if pc + block.k < k { return b.at(pc + block.k, 0, blocking.elementSize) }
        return nil
    }

    /// Where the block reads its columns of B: packed ahead, in place, or in place and packed on
    /// the way into `memory`.
    private func chooseB(
        _ block: inout pstk_block, _ pc: Int, _ jc: Int, packed memory: UnsafeMutableRawPointer?
    ) {
        if k == 0 { return }
        let size = blocking.elementSize
        let nr = blocking.nr
        block.b_packed = nil
        if let packedB {
            block.b = packedB + (jc * packedSteps + pc * nr) * size
            block.b_step = nr
            block.b_panel = packedSteps * nr
            return
        }
        let from = b.at(pc, jc, size)
        guard let memory else {
            block.b = from
            block.b_step = b.rowStride
            block.b_panel = nr
            return
        }
        // A panel is packed as it is used if its rows are contiguous and there is a second user.
        let fuses = b.columnStride == 1 && block.rows > Int(block.panel_rows)
        let first = fuses ? block.columns / nr * nr : 0
        packPanels(
            b, pc, block.k, jc + first, block.columns - first, kernel,
            to: memory + first * block.k * size, panelBytes: nr * block.k * size)
        if fuses {
            block.b = from
            block.b_step = b.rowStride
            block.b_panel = nr
            block.b_packed = memory
        } else {
            block.b = UnsafeRawPointer(memory)
            block.b_step = nr
            block.b_panel = nr * block.k
        }
    }
}

/// Packs rows pc..<pc + steps and columns jc..<jc + columns of B as panels of the kernel's width.
func packPanels(
    _ b: RawMatrix, _ pc: Int, _ steps: Int, _ jc: Int, _ columns: Int,
    _ kernel: UnsafePointer<pstk_kernel>, to memory: UnsafeMutableRawPointer, panelBytes: Int
) {
    let size = Int(kernel.pointee.element_size)
    let nr = Int(kernel.pointee.nr)
    var panel = pstk_panel()
    panel.row = b.rowStride
    panel.column = b.columnStride
    panel.k = steps
    var to = memory
    var column = 0
    while column < columns {
        panel.to = to
        panel.from = b.at(pc, jc + column, size)
        panel.count = min(nr, columns - column)
        kernel.pointee.pack(&panel)
        to += panelBytes
        column += nr
    }
}
