import PenstockMatrix
import Testing

/// Each bad call is refused with a fault that names the argument, and C keeps its bits.
@Suite struct GemmValidationTests {
    private let memory = Operand<Float>.rowMajor(64, 64) { i, j in Float(i * 64 + j) }

    private var good: Call<Float> {
        let base = memory.origin
        return Call(
            m: 4, n: 5, k: 6, a: .rowMajor(base, leading: 6), b: .rowMajor(base + 1000, leading: 5),
            c: .rowMajor(base + 2000, leading: 5))
    }

    private func expect(
        _ fault: GemmFault, _ text: String, _ location: SourceLocation = #_sourceLocation,
        _ change: (inout Call<Float>) -> Void
    ) {
        var call = good
        change(&call)
        let before = memory.bits
        let status = Float.gemm(call, nil)
        #expect(status == .failed(fault), sourceLocation: location)
        #expect(status.fault?.text == text, sourceLocation: location)
        #expect(memory.bits == before, sourceLocation: location)
    }

    @Test func theGoodCallIsGood() { #expect(Float.gemm(good, nil).isDone) }

    @Test func sizes() {
        expect(.negativeSize(.m), "m is negative") { $0.m = -1 }
        expect(.negativeSize(.n), "n is negative") { $0.n = .min }
        expect(.negativeSize(.k), "k is negative") { $0.k = -7 }
        expect(.negativeSize(.k), "k is negative") { ($0.m, $0.k) = (0, -1) }
    }

    @Test func pointers() {
        expect(.null(.a), "A is NULL but its size is not zero") { $0.a.base = nil }
        expect(.null(.b), "B is NULL but its size is not zero") { $0.b.base = nil }
        expect(.null(.c), "C is NULL but its size is not zero") { $0.c.base = nil }
        let odd = UnsafeRawPointer(memory.origin) + 2
        expect(.misaligned(.a), "A is not aligned to its element type") {
            $0.a.base = UnsafePointer(bitPattern: Int(bitPattern: odd))
        }
        expect(.misaligned(.c), "C is not aligned to its element type") {
            $0.c.base = UnsafeMutablePointer(bitPattern: Int(bitPattern: odd))
        }
        expect(.misaligned(.bias), "bias is not aligned to its element type") {
            $0.epilogue.bias = UnsafePointer(bitPattern: Int(bitPattern: odd))
        }
    }

    @Test func reach() {
        let text = "reaches past the address space"
        for stride in [Int.max, .min, .max / 4, .min / 4] {
            expect(.tooLarge(.a), "A \(text)") { $0.a.rowStride = stride }
            expect(.tooLarge(.a), "A \(text)") { $0.a.columnStride = stride }
            expect(.tooLarge(.b), "B \(text)") { $0.b.rowStride = stride }
            expect(.tooLarge(.c), "C \(text)") { $0.c.rowStride = stride }
            expect(.tooLarge(.c), "C \(text)") { $0.c.columnStride = stride }
        }
        expect(.tooLarge(.c), "C \(text)") { $0.m = .max }
        expect(.tooLarge(.c), "C \(text)") { $0.n = .max }
        expect(.tooLarge(.a), "A \(text)") { $0.k = .max }
        expect(.tooLarge(.a), "A \(text)") { ($0.a.rowStride, $0.a.columnStride) = (.max, .max) }
        // Below address zero.
        expect(.tooLarge(.c), "C \(text)") { $0.c.rowStride = -(1 << 59) }
    }

    @Test func resultThatOverlapsItself() {
        let text = "C overlaps itself: two positions share an element"
        for (row, column) in [
            (0, 1), (5, 0), (0, 0), (4, 1), (1, 3), (-4, 1), (1, 1), (2, 2), (4, 2),
        ] {
            expect(.overlapsItself, text) { ($0.c.rowStride, $0.c.columnStride) = (row, column) }
        }
        // Interleaved, yet all 4 x 5 positions differ.
        for (row, column) in [(5, 1), (1, 4), (5, 4), (7, 3), (9, 2)] {
            var call = good
            (call.c.rowStride, call.c.columnStride) = (row, column)
            #expect(Float.gemm(call, nil).isDone, "\(row) \(column)")
        }
        // One row or column has no stride that counts.
        var call = good
        (call.m, call.c.rowStride) = (1, 0)
        #expect(Float.gemm(call, nil).isDone)
    }

    /// The exact test of self-overlap against counting the positions.
    @Test func overlapTestIsExact() {
        for m in 1...5 {
            for n in 1...5 {
                for row in -7...7 {
                    for column in -7...7 {
                        var positions = Set<Int>()
                        for i in 0..<m {
                            for j in 0..<n { positions.insert(i * row + j * column) }
                        }
                        var call = good
                        (call.m, call.n, call.k) = (m, n, 0)
                        (call.c.rowStride, call.c.columnStride) = (row, column)
                        let refused = Float.gemm(call, nil) == .failed(.overlapsItself)
                        #expect(refused == (positions.count < m * n))
                    }
                }
            }
        }
    }

    @Test func resultThatOverlapsAnInput() {
        let text = "shares memory with C"
        let base = memory.origin
        expect(.overlapsC(.a), "A \(text)") { $0.c.base = base }
        expect(.overlapsC(.a), "A \(text)") { $0.c.base = base + 23 }
        expect(.overlapsC(.b), "B \(text)") { $0.c.base = base + 1029 }
        expect(.overlapsC(.b), "B \(text)") { $0.c.base = base + 1000 - 19 }
        expect(.overlapsC(.bias), "bias \(text)") {
            $0.epilogue.bias = UnsafePointer(base + 1996)
        }
        for neighbour in [24, 1030, 1000 - 20] {
            var call = good
            call.c.base = base + neighbour
            #expect(Float.gemm(call, nil).isDone)
        }
    }

    /// A factorization updates one block of a matrix from its neighbours: the address ranges
    /// interleave and no element is shared.
    @Test func blocksOfOneMatrix() {
        let base = memory.origin
        var call = good
        call.a = .rowMajor(base, leading: 64)
        call.b = .rowMajor(base + 40 * 64, leading: 64)
        call.c = .rowMajor(base + 6, leading: 64)
        #expect(Float.gemm(call, nil).isDone)
        call.c = .rowMajor(base + 64 * 2 + 59, leading: 64)
        #expect(Float.gemm(call, nil).isDone)
        call.a = .columnMajor(base, leading: 64)
        call.c = .columnMajor(base + 4, leading: 64)
        #expect(Float.gemm(call, nil).isDone)
        call.c = .columnMajor(base + 3, leading: 64)
        #expect(Float.gemm(call, nil) == .failed(.overlapsC(.a)))
        call.a = .rowMajor(base, leading: 64)
        call.c = .rowMajor(base + 5, leading: 64)
        #expect(Float.gemm(call, nil) == .failed(.overlapsC(.a)))
        call.c = .rowMajor(base + 60, leading: 64)
        #expect(Float.gemm(call, nil) == .failed(.overlapsC(.a)))
    }

    @Test func packing() throws {
        let b = MatrixView<Float>.rowMajor(memory.origin, leading: 8)
        #expect(throws: GemmFault.negativeSize(.k)) { try PackedMatrixF32(b, k: -1, n: 3) }
        #expect(throws: GemmFault.negativeSize(.n)) { try PackedMatrixF32(b, k: 1, n: -3) }
        #expect(throws: GemmFault.null(.b)) {
            try PackedMatrixF32(.rowMajor(nil, leading: 8), k: 1, n: 3)
        }
        #expect(throws: GemmFault.tooLarge(.b)) { try PackedMatrixF32(b, k: .max, n: 8) }
        let packed = try PackedMatrixF32(b, k: 8, n: 8)
        let c = memory.origin + 3000
        #expect(
            matmulRows(input: nil, rows: 2, packed: packed, output: c) == .failed(.null(.a)))
        #expect(
            matmulRows(input: memory.origin, rows: -2, packed: packed, output: c)
                == .failed(.negativeSize(.m)))
        #expect(matmulRows(input: nil, rows: 0, packed: packed, output: nil) == .done)
        // What was packed is a copy; the result may go where it came from.
        #expect(
            matmulRows(input: c, rows: 8, packed: packed, output: memory.origin) == .done)
    }
}
