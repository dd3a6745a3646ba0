import CPenstockKernels
package import PenstockRuntime

/// A product, or a batch of products of one shape, with all that a caller can say about it.
package struct GemmRequest {
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
    var packedB: UnsafeRawPointer?
    var packedSteps = 0
    let kernel: UnsafePointer<pstk_kernel>
    var blocking: Blocking
    /// The name of the kernels, for `explain`.
    let pathName: String
    /// nil: the calling thread alone.
    package var engine: Engine?
    /// With an engine: at most so many threads; 0 as many as pay.
    package var threads = 0

    package func perform() -> GemmStatus {
        let whole = problem
        if let fault = whole.check(batch) { return .failed(fault) }
        if m == 0 || n == 0 || batch.count == 0 { return .done }
        let problem = whole.product(0, of: batch).canonical()
        if problem.changesNothing { return .done }
        let threads = usefulThreads
        guard
            let job = GemmJob(
                problem, problem.isTransposed ? batch.transposed : batch, threads: threads)
        else { return .failed(.outOfMemory) }
        let done = job.pieces.perform(on: engine, threads: threads) { job.piece($0) }
        return done ? .done : .failed(.outOfMemory)
    }

    var problem: GemmProblem {
        GemmProblem(
            m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: b, c: c, packedB: packedB,
            packedSteps: packedSteps, epilogue: epilogue, kernel: kernel, blocking: blocking)
    }
}

extension GemmRequest {
    /// nil when `PST_ISA` names no usable kernel.
    package init?(f64: Bool) {
        guard let settings = GemmSettings.standard else { return nil }
        kernel = f64 ? settings.path.f64 : settings.path.f32
        blocking = f64 ? settings.f64 : settings.f32
        pathName = settings.path.name
    }

    package var elementSize: Int { blocking.elementSize }
    package var resultSize: Int { blocking.elementSize }
    package var speedup: Double { elementSize == 8 ? 0.5 : 1 }

    /// Block sizes by hand; 0 leaves one to the caches.
    package mutating func setBlocks(kc: Int, mc: Int, nc: Int) {
        blocking.kc = kc > 0 ? kc : nil
        blocking.mc = mc > 0 ? mc : nil
        blocking.nc = nc > 0 ? nc : nil
    }

    /// B comes packed; the shape is checked by the caller.
    package mutating func use<Element>(_ packed: PackedMatrix<Element>) {
        packedB = UnsafeRawPointer(packed.base)
        packedSteps = packed.k
    }
}
