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
    package var batch = GemmBatch()
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
        let done = job.pieces.perform(on: engine, threads: threads) { job.piece($0) }
        return done ? .done : .failed(.outOfMemory)
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

    package var elementSize: Int { type.elementSize }
    package var resultSize: Int { NarrowType.resultSize }
    package var speedup: Double { type == .bf16 ? 2 : 4 }

    /// Block sizes by hand; 0 leaves one to the caches.
    package mutating func setBlocks(kc: Int, mc: Int, nc: Int) {
        ownSettings[type].kc = kc > 0 ? kc : nil
        ownSettings[type].mc = mc > 0 ? mc : nil
        ownSettings[type].nc = nc > 0 ? nc : nil
    }
}
