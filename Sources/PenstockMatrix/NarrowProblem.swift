import CPenstockKernels

/// One product with narrow inputs: `C = epilogue(alpha * A * B + beta * C)`.
struct NarrowProblem: ProductProblem {
    let type: NarrowType
    var m: Int
    var n: Int
    var k: Int
    var alpha: Double
    var beta: Double
    var a: RawMatrix
    /// Not used when B came packed.
    var b: RawMatrix
    var c: RawMatrix
    var packedB: NarrowPackedMatrix?
    var epilogue: RawEpilogue
    var kernel: UnsafePointer<pstk_narrow_kernel>
    private let transposedKernel: UnsafePointer<pstk_narrow_kernel>
    let blocking: NarrowBlocking
    /// The first of this problem's columns in `packedB`.
    var packedColumn = 0
    var isTransposed = false

    init(
        _ type: NarrowType, m: Int, n: Int, k: Int, alpha: Double, beta: Double, a: RawMatrix,
        b: RawMatrix, c: RawMatrix, packedB: NarrowPackedMatrix? = nil, epilogue: RawEpilogue,
        settings: NarrowSettings
    ) {
        self.type = type
        self.m = m
        self.n = n
        self.k = k
        self.alpha = alpha
        self.beta = beta
        self.a = a
        self.b = b
        self.c = c
        self.packedB = packedB
        self.epilogue = epilogue
        kernel = settings.kernel(type, transposed: false)
        transposedKernel = settings.kernel(type, transposed: true)
        blocking = settings[type]
    }

    /// Checks, packs, multiplies, on the calling thread.
    func perform(_ workspace: inout GemmWorkspace) -> GemmStatus {
        if let fault = check() { return .failed(fault) }
        if m == 0 || n == 0 { return .done }
        let problem = canonical()
        if problem.changesNothing { return .done }
        guard let plan = NarrowPlan(problem) else { return .failed(.outOfMemory) }
        if plan.bytes == 0 {
            problem.run(plan, memory: nil)
            return .done
        }
        guard let memory = workspace.reserve(plan.bytes) else { return .failed(.outOfMemory) }
        problem.run(plan, memory: memory)
        return .done
    }

    var elementSize: Int { type.elementSize }
    var resultSize: Int { NarrowType.resultSize }

    var hasPackedB: Bool { packedB != nil }
    mutating func dropPackedB() { packedB = nil }
    mutating func skipPackedColumns(_ columns: Int) { packedColumn += columns }
    mutating func exchangeKernels() { kernel = transposedKernel }
}
