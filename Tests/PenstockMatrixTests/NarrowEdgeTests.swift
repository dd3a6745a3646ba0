import PenstockMatrix
import Testing

@Suite struct NarrowEdgeTests {
    @Test func emptyResultTouchesNothing() {
        for settings in allNarrowSettings {
            for (m, n) in [(0, 3), (3, 0), (0, 0)] {
                let call = NarrowCall<S8>(
                    m: m, n: n, k: 4, a: .rowMajor(nil, leading: 4),
                    b: .rowMajor(nil, leading: 4), c: .rowMajor(nil, leading: 4))
                #expect(S8.gemm(call, settings) == .done)
            }
        }
    }

    @Test func noStepsAddTheBiasAlone() {
        for settings in allNarrowSettings {
            for beta in [0.0, 1] {
                expectNoSteps(S8.self, settings, beta) { Int32($0) }
                expectNoSteps(U8S8.self, settings, beta) { Int32($0) }
                expectNoSteps(BF16.self, settings, beta) { Float($0) }
            }
        }
    }

    private func expectNoSteps<T: NarrowInputs>(
        _: T.Type, _ settings: NarrowSettings, _ beta: Double, _ number: (Int) -> T.C
    ) {
        let (m, n) = (19, 37)
        let bias = Operand<T.C>.rowMajor(1, n) { _, j in number(j % 5) }
        let c = Operand<T.C>.rowMajor(m, n) { i, j in
            beta == 0 ? .outside : number((i + j) % 7)
        }
        let call = NarrowCall<T>(
            m: m, n: n, k: 0, a: .rowMajor(nil, leading: 0), b: .rowMajor(nil, leading: n),
            beta: beta, c: c.mutableView,
            epilogue: Epilogue(bias: UnsafePointer(bias.origin)))
        #expect(T.gemm(call, settings) == .done)
        let isRight = (0..<m).allSatisfy { i in
            (0..<n).allSatisfy { j in
                c[i, j] == number((beta == 0 ? 0 : (i + j) % 7) + j % 5)
            }
        }
        #expect(isRight, "\(settings.path.name) \(T.name)")
        #expect(c.isIntactOutside())
    }

    /// Padding must not let infinity times zero leak into C, and NaN must survive the activation.
    @Test(arguments: [
        GemmActivation.none, .relu, .clamp(low: -1, high: 1e30),
    ])
    func notANumberStaysInItsRow(_ activation: GemmActivation) {
        let one = UInt16(bf16: 1)
        for settings in allNarrowSettings {
            for k in [1, 2, 9, 10] {
                let (m, n) = (17, 41)
                let a = Operand<UInt16>.rowMajor(m, k) { i, p in
                    if p < k - 1 { return one }
                    return switch i {
                    case 5: UInt16(bf16: .nan)
                    case 9: UInt16(bf16: -.infinity)
                    case 16: UInt16(bf16: .infinity)
                    default: one
                    }
                }
                // Column 3 is zero where A is infinite.
                let b = Operand<UInt16>.rowMajor(k, n) { p, j in p == k - 1 && j == 3 ? 0 : one }
                let c = Operand<Float>.rowMajor(m, n) { _, _ in 0 }
                let call = NarrowCall<BF16>(
                    m: m, n: n, k: k, a: a.view, b: b.view, c: c.mutableView,
                    epilogue: Epilogue(activation: activation))
                #expect(BF16.gemm(call, settings) == .done)
                let (low, high): (Float, Float) =
                    switch activation {
                    case .none: (-.infinity, .infinity)
                    case .relu: (0, .infinity)
                    case .clamp(let low, let high): (Float(low), Float(high))
                    default: (.nan, .nan)
                    }
                for i in 0..<m {
                    for j in 0..<n {
                        switch (i, j) {
                        case (5, _), (9, 3), (16, 3): #expect(c[i, j].isNaN)
                        case (9, _): #expect(c[i, j] == low)
                        case (16, _): #expect(c[i, j] == high)
                        default: #expect(c[i, j] == Float(j == 3 ? k - 1 : k))
                        }
                    }
                }
                #expect(c.isIntactOutside())
            }
        }
    }

    @Test func infinitiesCancelToNaN() {
        let a = Operand<UInt16>.rowMajor(1, 2) { _, p in
            UInt16(bf16: p == 0 ? .infinity : -.infinity)
        }
        let b = Operand<UInt16>.rowMajor(2, 1) { _, _ in UInt16(bf16: 1) }
        let c = Operand<Float>.rowMajor(1, 1) { _, _ in 0 }
        for settings in allNarrowSettings {
            let call = NarrowCall<BF16>(
                m: 1, n: 1, k: 2, a: a.view, b: b.view, c: c.mutableView)
            #expect(BF16.gemm(call, settings) == .done)
            #expect(c[0, 0].isNaN)
        }
    }

    /// Pages without access on both sides of every operand: one stray read ends the process.
    @Test func nothingOutsideTheOperandsIsTouched() throws {
        var generator = SeededGenerator(161)
        for settings in allNarrowSettings {
            for atEnd in [true, false] {
                for _ in 0..<60 {
                    try touchEdges(BF16.self, settings, atEnd, &generator)
                    try touchEdges(S8.self, settings, atEnd, &generator)
                    try touchEdges(U8S8.self, settings, atEnd, &generator)
                }
            }
        }
    }

    private func touchEdges<T: NarrowInputs>(
        _: T.Type, _ settings: NarrowSettings, _ atEnd: Bool, _ generator: inout SeededGenerator
    ) throws {
        let (m, n, k) = (generator.pick(1...40), generator.pick(1...80), generator.pick(1...40))
        let a = try #require(Region(bytes: m * k * MemoryLayout<T.A>.size))
        let b = try #require(Region(bytes: k * n * MemoryLayout<T.B>.size))
        let c = try #require(Region(bytes: m * n * 4))
        let bias = try #require(Region(bytes: max(m, n) * 4))
        let left = UnsafePointer(a.elements(m * k, T.A.self, atEnd: atEnd))
        let right = UnsafePointer(b.elements(k * n, T.B.self, atEnd: atEnd))
        let result = c.elements(m * n, T.C.self, atEnd: atEnd)
        let byRow = generator.oneIn(2)
        let added = UnsafePointer(bias.elements(byRow ? m : n, T.C.self, atEnd: atEnd))
        let residual = try #require(Region(bytes: m * n * 4))
        let last = UnsafePointer(residual.elements(m * n, T.C.self, atEnd: atEnd))
        let isLast = generator.oneIn(2)
        let call = NarrowCall<T>(
            m: m, n: n, k: k,
            a: generator.oneIn(2) ? .columnMajor(left, leading: m) : .rowMajor(left, leading: k),
            b: generator.oneIn(2)
                ? .columnMajor(right, leading: k) : .rowMajor(right, leading: n),
            beta: 1,
            c: generator.oneIn(3)
                ? .columnMajor(result, leading: m) : .rowMajor(result, leading: n),
            epilogue: Epilogue(
                bias: added, biasAlong: byRow ? .rows : .columns,
                residual: isLast
                    ? (generator.oneIn(2)
                        ? .columnMajor(last, leading: m) : .rowMajor(last, leading: n)) : nil))
        let blocks = generator.oneIn(2) ? settings : crossing(settings, T.self, &generator)
        #expect(T.gemm(call, blocks) == .done)
        let packed = try T.pack(call.b, k: k, n: n, blocks)
        #expect(T.gemm(call, packed) == .done)
    }

    /// Rows gigabytes apart: mapped memory that is never touched in between.
    @Test func hugeLeadingDimension() throws {
        let leading = 1 << 30
        let (m, n, k) = (12, 3, 7)
        let region = try #require(Region(bytes: leading * m + 4096))
        let matrix = region.base.bindMemory(to: Int8.self, capacity: 1)
        for i in 0..<m {
            for p in 0..<k { matrix[i * leading + p] = Int8(i - p) }
        }
        let b = Operand<Int8>.rowMajor(k, n) { p, j in Int8(p == j ? 1 : 0) }
        let c = Operand<Int32>.rowMajor(m, n) { _, _ in 0 }
        for settings in allNarrowSettings {
            let call = NarrowCall<S8>(
                m: m, n: n, k: k, a: .rowMajor(matrix, leading: leading), b: b.view,
                c: c.mutableView)
            #expect(S8.gemm(call, settings) == .done)
            #expect((0..<m).allSatisfy { i in (0..<n).allSatisfy { c[i, $0] == Int32(i - $0) } })
        }
    }
}
