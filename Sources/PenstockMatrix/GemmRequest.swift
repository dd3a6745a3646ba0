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
    var batch = GemmBatch()
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
        return job.perform(on: engine, threads: threads) ? .done : .failed(.outOfMemory)
    }

    var problem: GemmProblem {
        GemmProblem(
            m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: b, c: c, packedB: packedB,
            packedSteps: packedSteps, epilogue: epilogue, kernel: kernel, blocking: blocking)
    }

    var usefulThreads: Int {
        guard let engine else { return 1 }
        let most = engine.forkJoinThreads
        let (work, overflow) = m.multipliedReportingOverflow(by: max(batch.count, 1))
        return GemmGrid.usefulThreads(
            overflow ? .max : work, n, k, limit: threads == 0 ? most : min(threads, most),
            speedup: blocking.elementSize == 8 ? 0.5 : 1)
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

    /// A batch; steps in elements, or an array of pointers for an operand.
    package mutating func setBatch(
        count: Int, a: Int, b: Int, c: Int, residual: Int,
        aArray: UnsafePointer<UnsafeRawPointer?>?, bArray: UnsafePointer<UnsafeRawPointer?>?,
        cArray: UnsafePointer<UnsafeMutableRawPointer?>?
    ) throws(GemmFault) {
        func bytes(_ step: Int, _ argument: GemmArgument) throws(GemmFault) -> Int {
            let (bytes, overflow) = step.multipliedReportingOverflow(by: elementSize)
            if overflow { throw .tooLarge(argument) }
            return bytes
        }
        batch = GemmBatch(
            count: count, a: try bytes(a, .a), b: try bytes(b, .b), c: try bytes(c, .c),
            residual: try bytes(residual, .residual), aArray: aArray, bArray: bArray,
            cArray: cArray)
    }
}
