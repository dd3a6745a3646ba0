import PenstockRuntime

/// What `perform` would do and why, in words. The rules are `GemmPlan`'s and `GemmGrid`'s; this
/// says which of them held.
extension GemmRequest {
    package func explain() -> Result<String, GemmFault> {
        do throws(GemmFault) {
            try problem.operands(batch).checkSizes()
        } catch {
            return .failure(error)
        }
        if m == 0 || n == 0 || batch.count == 0 { return .success("nothing to do: C is empty\n") }
        let product = problem.canonical()
        guard let plan = GemmPlan(product) else { return .failure(.outOfMemory) }
        let threads = usefulThreads
        guard let job = GemmJob(product, batch, threads: threads) else {
            return .failure(.outOfMemory)
        }
        var lines = [
            "product   m \(m), n \(n), k \(k)"
                + (batch.count == 1 ? "" : ", \(batch.count) of them"),
            "kernel    \(pathName), tile \(blocking.mr) x \(blocking.nr) of "
                + "\(blocking.elementSize)-byte elements",
            "caches    L1d \(kib(blocking.caches.l1d)), L2 \(kib(blocking.caches.l2)), "
                + "this core's share of L3 \(kib(blocking.caches.l3))",
            "path      \(plan.path.rawValue): \(pathReason(plan, product))",
            "A         \(reasonForA(plan, product))",
            "B         \(reasonForB(plan, product))",
        ]
        if product.isTransposed {
            lines.append("C         column-major: computed as the product of the transposes")
        } else if plan.copiesC {
            lines.append(
                "C         neither rows nor columns are contiguous: blocks go through a copy")
        }
        lines += [
            "blocks    kc \(plan.kPiece)\(byHand(blocking.kc)), mc \(plan.mPiece)"
                + "\(byHand(blocking.mc)), nc \(plan.nPiece)\(byHand(blocking.nc)); panels of "
                + "\(plan.panelRows) rows; workspace \(kib(plan.bytes)) per thread",
            "threads   \(threadReason(threads, job.pieces))",
        ]
        return .success(lines.joined(separator: "\n") + "\n")
    }

    private func pathReason(_ plan: GemmPlan, _ product: GemmProblem) -> String {
        let bytes = kib(product.k * product.n * blocking.elementSize)
        let panels = (product.m - 1) / blocking.mr + 1
        switch plan.path {
        case .small where product.k == 0: return "no product, C is scaled"
        case .small: return "B takes \(bytes), no more than half of L2"
        case .skinny:
            return
                "B takes \(bytes), more than half of L2, but \(panels) panels of rows use it, no more than "
                + "\(Blocking.fewPanels)"
        case .general where product.packedB != nil: return "B came packed"
        case .general where product.b.columnStride != 1: return "rows of B are not contiguous"
        case .general:
            return "B takes \(bytes), more than half of L2, and \(panels) panels of rows use it"
        }
    }

    private func reasonForA(_ plan: GemmPlan, _ product: GemmProblem) -> String {
        let stride = product.a.rowStride &* blocking.elementSize
        if product.k == 0 { return "not read" }
        if plan.copiesA {
            if product.alpha != 1 { return "copied, times alpha" }
            if product.a.columnStride != 1 { return "copied: not contiguous along k" }
            return "copied: rows \(stride) bytes apart fight for one set of L1"
        }
        if plan.panelRows == blocking.wideRows && plan.panelRows < blocking.mr {
            return "in place, in low panels under wide tiles"
        }
        return "in place"
    }

    private func reasonForB(_ plan: GemmPlan, _ product: GemmProblem) -> String {
        if product.k == 0 { return "not read" }
        if product.packedB != nil { return "packed ahead" }
        if !plan.packsB { return "in place" }
        return product.b.columnStride == 1
            ? "packed in chunks of half of L2 by the first rows that use them"
            : "packed in chunks of half of L2, transposed on the way"
    }
}
