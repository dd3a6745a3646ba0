import CPenstockKernels

// Five loops around the kernel, which is a sixth and seventh: blocks of columns, pieces of k,
// blocks of rows, strips; the kernel walks a strip's panels and k. Raw memory only: nothing here
// allocates.

extension NarrowProblem {
    /// Computes C. The problem is checked and canonical, and `memory` holds `plan.bytes`.
    func run(_ plan: NarrowPlan, memory: UnsafeMutableRawPointer?) {
        var strip = pstk_narrow_strip()
        strip.row_scale = kernel.pointee.row_scale
        strip.c_row = c.rowStride
        strip.c_column = c.columnStride
        strip.residual_column = epilogue.residual?.columnStride ?? 1

        var jc = 0
        while jc < n {
            let columns = min(plan.nPiece, n - jc)
            var pc = 0
            repeat {
                let steps = min(plan.kPiece, k - pc)
                let isLast = pc + steps == k
                // Where alpha is 1 the sums start from beta * C; else it is added at the end.
                strip.start = pc > 0 ? 1 : alpha == 1 ? Float(beta) : 0
                strip.alpha = isLast ? Float(alpha) : 1
                strip.beta = alpha == 1 ? 0 : Float(beta)
                strip.columns = columns
                setB(&strip, pc, steps, jc, memory.map { $0 + plan.packedB })
                var ic = 0
                while ic < m {
                    let rows = min(plan.mPiece, m - ic)
                    setA(&strip, plan, pc, steps, ic, rows, memory)
                    multiply(&strip, ic, rows, jc, isLast: isLast)
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
        _ strip: inout pstk_narrow_strip, _ ic: Int, _ rows: Int, _ jc: Int, isLast: Bool
    ) {
        let run = kernel.pointee.multiply.unsafelyUnwrapped
        let size = NarrowType.resultSize
        let cBase = UnsafeMutableRawPointer(mutating: c.base.unsafelyUnwrapped)
        let a = strip.a.unsafelyUnwrapped
        let strips = (rows - 1) / blocking.mr + 1
        let low = rows / strips
        let higher = rows % strips
        let hasEpilogue = isLast && !epilogue.isNone
        var row = 0
        var index = 0
        while index < strips {
            let count = index < higher ? low + 1 : low
            strip.rows = Int32(truncatingIfNeeded: count)
            strip.a = a + row * strip.a_row
            strip.c = cBase + ((ic + row) * c.rowStride + jc * c.columnStride) * size
            if hasEpilogue {
                var last = epilogue.at(ic + row, jc, size)
                withUnsafePointer(to: &last) {
                    strip.epilogue = $0
                    run(&strip)
                    strip.epilogue = nil
                }
            } else {
                run(&strip)
            }
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
        guard steps > 0 else {
            // Nothing is read, but the kernel computes addresses.
            strip.a = c.base
            strip.a_row = 0
            return
        }
        let from = a.at(ic, pc, size)
        if !plan.packsA {
            strip.a = from
            strip.a_row = a.rowStride * size
            strip.words = steps / blocking.group
            strip.tail_bytes = Int32(truncatingIfNeeded: steps % blocking.group * size)
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
        kernel.pointee.pack_a(&lines)
        strip.a = UnsafeRawPointer(memory)
        strip.a_row = plan.rowBytes
        strip.words = blocking.groups(steps) * Int(kernel.pointee.parts)
    }

    /// Where the block of B lies packed; packs it unless it came so.
    private func setB(
        _ strip: inout pstk_narrow_strip, _ pc: Int, _ steps: Int, _ jc: Int,
        _ memory: UnsafeMutableRawPointer?
    ) {
        if steps == 0 { return }
        if let packedB {
            strip.b = packedB.address(pc, packedColumn + jc)
            strip.b_panel = packedB.panelBytes
            return
        }
        let panel = blocking.groups(steps) * blocking.groupBytes * blocking.nr
        let from = b.at(pc, jc, type.elementSize)
        packB(type, b, from, steps, strip.columns, kernel, to: memory, panelBytes: panel)
        strip.b = UnsafeRawPointer(memory)
        strip.b_panel = panel
    }
}

/// Packs `steps` rows and `columns` columns of B from `from` on.
func packB(
    _ type: NarrowType, _ b: RawMatrix, _ from: UnsafeRawPointer, _ steps: Int, _ columns: Int,
    _ kernel: UnsafePointer<pstk_narrow_kernel>, to memory: UnsafeMutableRawPointer?,
    panelBytes: Int
) {
    var lines = pstk_narrow_lines()
    lines.to = memory
    lines.to_line = panelBytes
    lines.from = from
    lines.line = b.columnStride * type.elementSize
    lines.step = b.rowStride * type.elementSize
    lines.lines = columns
    lines.k = steps
    lines.flip = kernel.pointee.flip
    kernel.pointee.pack_b(&lines)
}
