import CPenstockKernels

extension GemmProblem {
    /// Products that are each one block, all in place, without epilogue: nothing is worked out anew
    /// but where a row panel begins.
    func runOneBlocks(_ range: Range<Int>, of batch: GemmBatch, _ plan: GemmPlan) {
        let run = kernel.pointee.run.unsafelyUnwrapped
        let size = blocking.elementSize
        let deal = PanelDeal(m, limit: plan.panelRows)
        let first = product(range.lowerBound, of: batch)
        var c = UnsafeMutableRawPointer(mutating: first.c.base.unsafelyUnwrapped)
        // With no steps nothing of A and B is read and both may be NULL: C is something to point
        // at.
        var a = k > 0 ? first.a.base.unsafelyUnwrapped : UnsafeRawPointer(c)
        var b = k > 0 ? packedB ?? first.b.base.unsafelyUnwrapped : UnsafeRawPointer(c)
        let bStep = packedB == nil ? batch.b : 0

        var strip = pstk_strip()
        strip.a_row = self.a.rowStride
        strip.a_step = self.a.columnStride
        strip.b_step = packedB == nil ? self.b.rowStride : blocking.nr
        strip.b_panel = packedB == nil ? blocking.nr : packedSteps * blocking.nr
        strip.c_row = self.c.rowStride
        strip.columns = n
        strip.k = k
        strip.accumulate = beta != 0
        strip.fetches_c = k >= 64
        for _ in range {
            (strip.a, strip.b, strip.c) = (a, b, c)
            var panel = 0
            repeat {
                let rows = deal.rows(panel)
                run[rows - 1].unsafelyUnwrapped(&strip)
                // After the last panel these point nowhere, and strides of a single row are any.
                strip.a += rows &* strip.a_row &* size
                strip.c += rows &* strip.c_row &* size
                panel += 1
            } while panel < deal.panels
            a += k > 0 ? batch.a : 0
            b += k > 0 ? bStep : 0
            c += batch.c
        }
    }
}
