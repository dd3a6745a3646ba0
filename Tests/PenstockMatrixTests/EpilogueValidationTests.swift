import PenstockMatrix
import Testing

/// Each bad epilogue is refused with a fault that names the argument, and C keeps its bits.
@Suite struct EpilogueValidationTests {
    private let memory = Operand<Float>.rowMajor(64, 64) { i, j in Float(i * 64 + j) }

    private var good: Call<Float> {
        let base = memory.origin
        return Call(
            m: 4, n: 5, k: 6, a: .rowMajor(base, leading: 6), b: .rowMajor(base + 1000, leading: 5),
            c: .rowMajor(base + 2000, leading: 5),
            epilogue: Epilogue(residual: .rowMajor(base + 3000, leading: 5)))
    }

    private func expect(
        _ fault: GemmFault, _ text: String, _ location: SourceLocation = #_sourceLocation,
        _ change: (inout Epilogue<Float>) -> Void
    ) {
        var call = good
        change(&call.epilogue)
        let before = memory.bits
        let status = Float.gemm(call, nil)
        #expect(status == .failed(fault), sourceLocation: location)
        #expect(status.fault?.text == text, sourceLocation: location)
        #expect(memory.bits == before, sourceLocation: location)
    }

    private func isGood(_ change: (inout Epilogue<Float>) -> Void) -> Bool {
        var call = good
        change(&call.epilogue)
        return Float.gemm(call, nil).isDone
    }

    @Test func clampBounds() {
        let text = "low is not at most high"
        for (low, high) in [
            (1, 0), (.nan, 1), (0, .nan), (.nan, .nan), (.infinity, -.infinity),
        ] as [(Double, Double)] {
            expect(.clampBounds, text) { $0.activation = .clamp(low: low, high: high) }
        }
        #expect(isGood { $0.activation = .clamp(low: 0, high: -0.0) })
        #expect(isGood { $0.activation = .clamp(low: -.infinity, high: .infinity) })
        #expect(isGood { $0.scale = .nan })
    }

    @Test func residualPointer() {
        expect(.null(.residual), "residual is NULL but its size is not zero") {
            $0.residual?.base = nil
        }
        let odd = UnsafePointer<Float>(bitPattern: Int(bitPattern: memory.origin) + 12001)
        expect(.misaligned(.residual), "residual is not aligned to its element type") {
            $0.residual?.base = odd
        }
    }

    @Test func residualReach() {
        let text = "residual reaches past the address space"
        for stride in [Int.max, .min, .max / 4, -(1 << 59)] {
            expect(.tooLarge(.residual), text) { $0.residual?.rowStride = stride }
            expect(.tooLarge(.residual), text) { $0.residual?.columnStride = stride }
        }
    }

    @Test func residualOverlap() {
        let base = memory.origin
        let text = "residual shares memory with C"
        for offset in [2000, 2019, 1981, 1990] {
            expect(.overlapsC(.residual), text) {
                $0.residual = .rowMajor(base + offset, leading: 5)
            }
        }
        // One element that every position reads.
        expect(.overlapsC(.residual), text) {
            $0.residual = MatrixView(base + 2019, rowStride: 0, columnStride: 0)
        }
        // The last row first.
        expect(.overlapsC(.residual), text) {
            $0.residual = MatrixView(base + 2034, rowStride: -5, columnStride: 1)
        }
        for offset in [2020, 1980] {
            #expect(isGood { $0.residual = .rowMajor(base + offset, leading: 5) })
        }
        #expect(isGood { $0.residual = MatrixView(base + 2035, rowStride: -5, columnStride: 1) })
    }

    /// Columns of one matrix: the address ranges interleave and no element is shared.
    @Test func residualBesideTheResult() {
        let base = memory.origin
        var call = good
        (call.a.base, call.b.base) = (UnsafePointer(base + 3500), UnsafePointer(base + 3600))
        call.c = .rowMajor(base, leading: 64)
        for (offset, isApart) in [(5, true), (59, true), (4, false), (60, false), (64, false)] {
            call.epilogue.residual = .rowMajor(base + offset, leading: 64)
            let expected: GemmStatus = isApart ? .done : .failed(.overlapsC(.residual))
            #expect(Float.gemm(call, nil) == expected, "\(offset)")
        }
    }

    @Test func biasAlongRowsHasTheirNumber() {
        let base = memory.origin
        // Four values reach up to C, the fifth would be its first element.
        #expect(isGood { ($0.bias, $0.biasAlong) = (UnsafePointer(base + 1996), .rows) })
        expect(.overlapsC(.bias), "bias shares memory with C") {
            ($0.bias, $0.biasAlong) = (UnsafePointer(base + 1996), .columns)
        }
        expect(.overlapsC(.bias), "bias shares memory with C") {
            ($0.bias, $0.biasAlong) = (UnsafePointer(base + 1997), .rows)
        }
    }

    @Test func emptyResultLooksAtNothing() {
        var call = good
        call.n = 0
        call.epilogue.residual?.base = nil
        #expect(Float.gemm(call, nil).isDone)
    }
}
