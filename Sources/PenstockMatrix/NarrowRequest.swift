package import PenstockRuntime

/// A narrow product, or a batch of them of one shape, with all that a caller can say about it.
package struct NarrowRequest {
    package let type: NarrowType
    package var m = 0
    package var n = 0
    package var k = 0
    package var alpha = 1.0
    package var beta = 0.0
    package var a = RawMatrix()
    package var b = RawMatrix()
    package var c = RawMatrix()
    package var epilogue = RawEpilogue()
    var batch = GemmBatch()
    /// B comes packed; its sizes, kernels and blocking are those of the product.
    package var packedB: NarrowPackedMatrix?
    var ownSettings: NarrowSettings
    /// nil: the calling thread alone.
    package var engine: Engine?
    /// With an engine: at most so many threads; 0 as many as pay.
    package var threads = 0

    /// nil when `PST_ISA` names no usable kernel and no settings are given.
    package init?(_ type: NarrowType, settings: NarrowSettings? = nil) {
        guard let settings = settings ?? .standard else { return nil }
        self.type = type
        ownSettings = settings
    }

    package func perform() -> GemmStatus {
        let whole = problem
        if let fault = whole.check(batch) { return .failed(fault) }
        if m == 0 || n == 0 || batch.count == 0 { return .done }
        let problem = whole.product(0, of: batch).canonical()
        if problem.changesNothing { return .done }
        let threads = usefulThreads
        let job = NarrowJob(
            problem, problem.isTransposed ? batch.transposed : batch, threads: threads)
        return job.perform(on: engine, threads: threads) ? .done : .failed(.outOfMemory)
    }

    var problem: NarrowProblem {
        var settings = packedB?.settings ?? ownSettings
        let blocks = ownSettings[type]
        settings[type].kc = blocks.kc
        settings[type].mc = blocks.mc
        settings[type].nc = blocks.nc
        return NarrowProblem(
            type, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: b, c: c, packedB: packedB,
            epilogue: epilogue, settings: settings)
    }

    var usefulThreads: Int {
        guard let engine else { return 1 }
        let most = engine.forkJoinThreads
        let (work, overflow) = m.multipliedReportingOverflow(by: max(batch.count, 1))
        return GemmGrid.usefulThreads(
            overflow ? .max : work, n, k, limit: threads == 0 ? most : min(threads, most),
            speedup: type == .bf16 ? 2 : 4)
    }

    /// Block sizes by hand; 0 leaves one to the caches.
    package mutating func setBlocks(kc: Int, mc: Int, nc: Int) {
        ownSettings[type].kc = kc > 0 ? kc : nil
        ownSettings[type].mc = mc > 0 ? mc : nil
        ownSettings[type].nc = nc > 0 ? nc : nil
    }

    /// A batch; steps in elements, or an array of pointers for an operand.
    package mutating func setBatch(
        count: Int, a: Int, b: Int, c: Int, residual: Int,
        aArray: UnsafePointer<UnsafeRawPointer?>?, bArray: UnsafePointer<UnsafeRawPointer?>?,
        cArray: UnsafePointer<UnsafeMutableRawPointer?>?
    ) throws(GemmFault) {
        func bytes(_ step: Int, _ size: Int, _ argument: GemmArgument) throws(GemmFault) -> Int {
            let (bytes, overflow) = step.multipliedReportingOverflow(by: size)
            if overflow { throw .tooLarge(argument) }
            return bytes
        }
        let size = type.elementSize
        batch = GemmBatch(
            count: count, a: try bytes(a, size, .a), b: try bytes(b, size, .b),
            c: try bytes(c, NarrowType.resultSize, .c),
            residual: try bytes(residual, NarrowType.resultSize, .residual), aArray: aArray,
            bArray: bArray, cArray: cArray)
    }
}

extension NarrowProblem {
    /// Product `i` of the batch; `self` is product 0.
    func product(_ i: Int, of batch: GemmBatch) -> NarrowProblem {
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
}
