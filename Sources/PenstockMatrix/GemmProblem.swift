import CPenstockKernels

/// One product, its element type known only to the kernel:
/// `C = epilogue(alpha * A * B + beta * C)`.
struct GemmProblem: ProductProblem {
    var m: Int
    var n: Int
    var k: Int
    var alpha: Double
    var beta: Double
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var c: RawMatrix
    /// NULL, or B packed whole: panels of nr columns, `packedSteps` steps of k each.
    var packedB: UnsafeRawPointer?
    var packedSteps: Int
    var epilogue: RawEpilogue
    let kernel: UnsafePointer<pstk_kernel>
    let blocking: Blocking
    var isTransposed = false

    /// Checks, packs, multiplies, on the calling thread.
    func perform(_ workspace: inout GemmWorkspace) -> GemmStatus {
        if let fault = check() { return .failed(fault) }
        if m == 0 || n == 0 { return .done }
        let problem = canonical()
        if problem.changesNothing { return .done }
        guard let plan = GemmPlan(problem) else { return .failed(.outOfMemory) }
        if plan.bytes == 0 {
            problem.run(plan, memory: nil)
            return .done
        }
        guard let memory = workspace.reserve(plan.bytes) else { return .failed(.outOfMemory) }
        problem.run(plan, memory: memory)
        return .done
    }

    var elementSize: Int { blocking.elementSize }
    var resultSize: Int { blocking.elementSize }

    var hasPackedB: Bool { packedB != nil }
    mutating func dropPackedB() { packedB = nil }
    mutating func skipPackedColumns(_ columns: Int) {
        packedB = packedB.map { $0 + columns * packedSteps * elementSize }
    }
    /// One kernel does both.
    mutating func exchangeKernels() {}

    func packedACount(_ rows: Int, _ steps: Int) -> Int {
        kernel.pointee.packed_a_count(rows, steps)
    }
}
