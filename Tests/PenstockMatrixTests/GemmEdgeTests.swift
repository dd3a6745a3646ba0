import PenstockMatrix
import Testing

@Suite struct GemmEdgeTests {
    @Test func emptyResultTouchesNothing() {
        for settings in allSettings {
            for (m, n) in [(0, 3), (3, 0), (0, 0)] {
                let call = Call<Float>(
                    m: m, n: n, k: 4, a: .rowMajor(nil, leading: 4),
                    b: .rowMajor(nil, leading: 4), c: .rowMajor(nil, leading: 4))
                #expect(Float.gemm(call, settings) == .done)
            }
        }
    }

    @Test(arguments: [0.0, 1.0, -2.0])
    func noStepsScaleCAndApplyTheEpilogue(_ beta: Double) {
        for settings in allSettings {
            let (m, n) = (19, 37)
            let bias = Operand<Double>.rowMajor(1, n) { _, j in Double(j % 5 - 2) }
            let c = Operand<Double>.rowMajor(m, n) { i, j in
                beta == 0 ? .nan : Double((i + j) % 7 - 3)
            }
            let call = Call(
                m: m, n: n, k: 0, a: .rowMajor(nil, leading: 0), b: .rowMajor(nil, leading: n),
                beta: beta, c: c.mutableView,
                epilogue: Epilogue(bias: UnsafePointer(bias.origin), activation: .relu))
            #expect(Double.gemm(call, settings) == .done)
            let isRight = (0..<m).allSatisfy { i in
                (0..<n).allSatisfy { j in
                    let old = beta == 0 ? 0 : beta * Double((i + j) % 7 - 3)
                    return c[i, j] == max(old + Double(j % 5 - 2), 0)
                }
            }
            #expect(isRight, "\(settings.path.name)")
            #expect(c.isIntactOutside())
        }
    }

    @Test func zeroAlphaReadsNeitherOperand() {
        for settings in allSettings {
            let nan = Operand<Float>.rowMajor(20, 20) { _, _ in .nan }
            let c = Operand<Float>.rowMajor(20, 20) { i, j in Float(i - j) }
            var call = Call(
                m: 20, n: 20, k: 20, alpha: 0, a: nan.view, b: nan.view, beta: 1, c: c.mutableView)
            #expect(Float.gemm(call, settings) == .done)
            #expect(c[3, 5] == -2)
            call.beta = 0
            #expect(Float.gemm(call, settings) == .done)
            #expect(c.bits.allSatisfy { $0 == 0 })
        }
    }

    /// Padding to the kernel's tile must not let infinity times zero leak into C, and NaN must
    /// survive relu.
    @Test func oneNaNAndOneInfinityStayInTheirRows() {
        for settings in allSettings {
            let (m, n, k) = (17, 21, 9)
            let a = Operand<Float>.rowMajor(m, k) { i, p in
                i == 5 && p == 3 ? .nan : i == 16 && p == 8 ? .infinity : 1
            }
            let b = Operand<Float>.rowMajor(k, n) { _, _ in 1 }
            let c = Operand<Float>.rowMajor(m, n) { _, _ in 0 }
            let call = Call(
                m: m, n: n, k: k, a: a.view, b: b.view, c: c.mutableView,
                epilogue: Epilogue(activation: .relu))
            #expect(Float.gemm(call, settings) == .done)
            for i in 0..<m {
                for j in 0..<n {
                    switch i {
                    case 5: #expect(c[i, j].isNaN)
                    case 16: #expect(c[i, j] == .infinity)
                    default: #expect(c[i, j] == 9)
                    }
                }
            }
            #expect(c.isIntactOutside())
        }
    }

    /// Rows gigabytes apart: mapped memory that is never touched in between.
    @Test func hugeLeadingDimension() throws {
        let leading = 1 << 28
        let (m, n, k) = (5, 3, 2)
        let region = try #require(Region(bytes: leading * m * 4 + 4096))
        let matrix = region.base.bindMemory(to: Float.self, capacity: 1)
        for settings in allSettings {
            let b = Operand<Float>.rowMajor(k, n) { p, j in Float(p + j) }
            for i in 0..<m {
                for p in 0..<k { matrix[i * leading + p] = Float(i + p) }
            }
            let call = Call(
                m: m, n: n, k: k, a: .rowMajor(matrix, leading: leading), b: b.view,
                c: .rowMajor(matrix + 64, leading: leading))
            #expect(Float.gemm(call, settings) == .done)
            for i in 0..<m {
                for j in 0..<n {
                    #expect(matrix[i * leading + 64 + j] == Float(i * j + (i + 1) * (1 + j)))
                }
            }
        }
    }

    /// Pages without access on both sides of every operand: one stray read ends the process.
    @Test func nothingOutsideTheOperandsIsRead() throws {
        var generator = SeededGenerator(61)
        for settings in allSettings {
            for atEnd in [true, false] {
                for _ in 0..<40 {
                    let (m, n, k) = (
                        generator.pick(1...40), generator.pick(1...70), generator.pick(1...30)
                    )
                    let a = try #require(Region(bytes: m * k * 4))
                    let b = try #require(Region(bytes: k * n * 4))
                    let c = try #require(Region(bytes: m * n * 4))
                    let transposed = generator.oneIn(3)
                    let left = UnsafePointer(a.elements(m * k, Float.self, atEnd: atEnd))
                    let right = UnsafePointer(b.elements(k * n, Float.self, atEnd: atEnd))
                    let result = c.elements(m * n, Float.self, atEnd: atEnd)
                    let call = Call(
                        m: m, n: n, k: k,
                        a: transposed
                            ? .columnMajor(left, leading: m) : .rowMajor(left, leading: k),
                        b: transposed
                            ? .columnMajor(right, leading: k) : .rowMajor(right, leading: n),
                        beta: 1,
                        c: generator.oneIn(3)
                            ? .columnMajor(result, leading: m) : .rowMajor(result, leading: n))
                    let blocks = crossing(settings, Float.self, &generator)
                    #expect(Float.gemm(call, blocks) == .done)
                }
            }
        }
    }
}
