import CPenstockKernels

// Five loops around the kernel, which is a sixth and seventh: blocks of columns, pieces of k, blocks
// of rows, strips; the kernel walks a strip's panels and k. Raw memory only: nothing here retains or
// allocates.

extension NarrowProblem {
    /// Computes C; `memory` holds `plan.bytes`.
    func run(_ plan: NarrowPlan, memory: UnsafeMutableRawPointer?) {
        var strip = pstk_narrow_strip()
        strip.alpha = alpha
        strip.row_scale = kernel.row_scale
        strip.c_row = c.rowStride
        strip.c_column = c.columnStride
        strip.bias_by_row = biasByRow
        strip.low = bounds?.low ?? 0
        strip.high = bounds?.high ?? 0

        var jc = 0
        while jc < n {
            let columns = min(plan.nPiece, n - jc)
            var pc = 0
            repeat {
                let steps = min(plan.kPiece, k - pc)
                let isLast = pc + steps == k
                strip.beta = pc == 0 ? beta : 1
                strip.clamps = isLast && bounds != nil
                strip.columns = columns
                setB(&strip, pc, steps, jc, columns, memory.map { $0 + plan.packedB })
                var ic = 0
                while ic < m {
                    let rows = min(plan.mPiece, m - ic)
                    setA(&strip, plan, pc, steps, ic, rows, memory)
                    multiply(&strip, ic, rows, jc, addsBias: isLast)
                    ic += rows
                }
                pc += steps
            } while pc < k
            jc += columns
        }
    }

    /// The strips of one block. Rows are dealt evenly to them: 64 rows of 14 at most are
    /// 13 + 13 + 13 + 13 + 12, so that no strip is too low to keep the arithmetic units busy.
    private func multiply(
        _ strip: inout pstk_narrow_strip, _ ic: Int, _ rows: Int, _ jc: Int, addsBias: Bool
    ) {
        let run = kernel.multiply.unsafelyUnwrapped
        let cBase = UnsafeMutableRawPointer(mutating: c.base.unsafelyUnwrapped)
        let a = strip.a.unsafelyUnwrapped
        let strips = (rows - 1) / blocking.mr + 1
        let low = rows / strips
        let higher = rows % strips
        var row = 0
        var index = 0
        while index < strips {
            let count = index < higher ? low + 1 : low
            strip.rows = Int32(truncatingIfNeeded: count)
            strip.a = a + row * strip.a_row
            strip.c = cBase + ((ic + row) * c.rowStride + jc * c.columnStride) * Self.cSize
            strip.bias =
                addsBias ? bias.map { $0 + (biasByRow ? ic + row : jc) * Self.cSize } : nil
            run(&strip)
            row += count
            index += 1
        }
    }

    /// Where the block of A lies, in place or packed.
    private func setA(
        _ strip: inout pstk_narrow_strip, _ plan: NarrowPlan, _ pc: Int, _ steps: Int, _ ic: Int,
        _ rows: Int, _ memory: UnsafeMutableRawPointer?
    ) {
        let size = type.elementSize
        let group = blocking.group
        guard steps > 0 else {
            // Nothing is read, but the kernel computes addresses.
            strip.a = c.base
            strip.a_row = 0
            return
        }
        let from = a.base.unsafelyUnwrapped + (ic * a.rowStride + pc * a.columnStride) * size
        if !plan.packsA {
            strip.a = from
            strip.a_row = a.rowStride * size
            strip.words = steps / group
            strip.tail_bytes = Int32(truncatingIfNeeded: steps % group * size)
            return
        }
        var lines = pstk_narrow_lines()
        lines.to = memory
        lines.to_line = plan.rowBytes
        lines.from = from
        lines.line = a.rowStride * size
        lines.step = a.columnStride * size
        lines.lines = rows
        lines.k = steps
        kernel.pack_a(&lines)
        strip.a = UnsafeRawPointer(memory)
        strip.a_row = plan.rowBytes
        strip.words = ((steps - 1) / group + 1) * Int(kernel.parts)
    }

    /// Where the block of B lies packed; packs it unless it came so.
    private func setB(
        _ strip: inout pstk_narrow_strip, _ pc: Int, _ steps: Int, _ jc: Int, _ columns: Int,
        _ memory: UnsafeMutableRawPointer?
    ) {
        if steps == 0 { return }
        strip.b_panel = blocking.panelBytes(steps)
        if let packedB {
            strip.b = packedB.block(pc, steps, packedColumn + jc)
            return
        }
        let memory = memory.unsafelyUnwrapped
        packB(b, pc, steps, jc, columns, type, kernel, blocking, to: memory)
        strip.b = UnsafeRawPointer(memory)
    }
}

extension NarrowBlocking {
    /// Bytes of a panel of B with `steps` > 0 steps of k.
    func panelBytes(_ steps: Int) -> Int { ((steps - 1) / group + 1) * groupBytes * nr }
}

/// Packs rows pc..<pc + steps and columns jc..<jc + columns of B.
func packB(
    _ b: RawMatrix, _ pc: Int, _ steps: Int, _ jc: Int, _ columns: Int, _ type: NarrowType,
    _ kernel: pstk_narrow_kernel, _ blocking: NarrowBlocking, to memory: UnsafeMutableRawPointer
) {
    let size = type.elementSize
    var lines = pstk_narrow_lines()
    lines.to = memory
    lines.to_line = blocking.panelBytes(steps)
    lines.from = b.base.unsafelyUnwrapped + (pc * b.rowStride + jc * b.columnStride) * size
    lines.line = b.columnStride * size
    lines.step = b.rowStride * size
    lines.lines = columns
    lines.k = steps
    lines.flip = kernel.flip
    kernel.pack_b(&lines)
}
