import CPenstockKernels
import PenstockRuntime

/// What `perform` would do and why, in words, as of `GemmRequest`.
extension NarrowRequest {
    package func explain() -> Result<String, GemmFault> {
        let whole = problem
        do throws(GemmFault) {
            try whole.operands(batch).checkSizes()
        } catch {
            return .failure(error)
        }
        if m == 0 || n == 0 || batch.count == 0 { return .success("nothing to do: C is empty\n") }
        let product = whole.canonical()
        guard let plan = NarrowPlan(product) else { return .failure(.outOfMemory) }
        let threads = usefulThreads
        let pieces = NarrowJob(product, batch, threads: threads).pieces
        let blocking = product.blocking
        let kernel = String(cString: product.kernel.pointee.name)
        let path = (packedB?.settings ?? ownSettings).path.name
        let isOwn = kernel.hasPrefix(path)
        var lines = [
            "product   \(type.rawValue), m \(m), n \(n), k \(k)"
                + (batch.count == 1 ? "" : ", \(batch.count) of them"),
            "kernel    \(kernel), tile \(blocking.mr) x \(blocking.nr), \(blocking.group) steps of "
                + "k at once"
                + (isOwn ? "" : "; this processor has \(path) without instructions for it"),
            "caches    L1d \(kib(blocking.caches.l1d)), L2 \(kib(blocking.caches.l2)), "
                + "this core's share of L3 \(kib(blocking.caches.l3))",
            "A         \(reasonForA(plan, product))",
            "B         \(reasonForB(plan, product))",
        ]
        if product.isTransposed {
            lines.append("C         column-major: computed as the product of the transposes")
        } else if product.c.columnStride != 1 {
            lines.append(
                "C         neither rows nor columns are contiguous: tiles go through a copy")
        }
        lines += [
            "blocks    kc \(plan.kPiece)\(byHand(blocking.kc)), mc \(plan.mPiece)"
                + "\(byHand(blocking.mc)), nc \(plan.nPiece)\(byHand(blocking.nc)); workspace "
                + "\(kib(plan.bytes)) per thread",
            "threads   \(threadReason(threads, pieces))",
        ]
        return .success(lines.joined(separator: "\n") + "\n")
    }

    private func reasonForA(_ plan: NarrowPlan, _ product: NarrowProblem) -> String {
        if product.k == 0 { return "not read" }
        if !plan.packsA { return "in place" }
        if product.kernel.pointee.parts > 1 { return "packed: widened for the kernel" }
        if product.a.columnStride != 1 { return "packed: not contiguous along k" }
        let stride = product.a.rowStride &* type.elementSize
        return "packed: rows \(stride) bytes apart fight for one set of L1"
    }

    private func reasonForB(_ plan: NarrowPlan, _ product: NarrowProblem) -> String {
        if product.packedB != nil { return "packed ahead" }
        return plan.packsB ? "packed in blocks of half of L3" : "not read"
    }
}
