import Glibc
import PenstockMatrix
import Testing

/// Each bad call is refused with a fault that names the argument, and C keeps its bits.
@Suite struct NarrowValidationTests {
    private let memory = Operand<Int32>.rowMajor(64, 64) { i, j in Int32(i * 64 + j) }

    private func bytes(_ offset: Int) -> UnsafePointer<Int8> {
        let address = UnsafeRawPointer(memory.origin) + offset
        return address.assumingMemoryBound(to: Int8.self)
    }

    private var good: NarrowCall<S8> {
        NarrowCall(
            m: 4, n: 5, k: 6, a: .rowMajor(bytes(1), leading: 6),
            b: .rowMajor(bytes(1001), leading: 5), c: .rowMajor(memory.origin + 500, leading: 5))
    }

    private func expect(
        _ fault: GemmFault, _ text: String, _ location: SourceLocation = #_sourceLocation,
        _ change: (inout NarrowCall<S8>) -> Void
    ) {
        var call = good
        change(&call)
        let before = memory.bits
        let status = S8.gemm(call, nil)
        #expect(status == .failed(fault), sourceLocation: location)
        #expect(status.fault?.text == text, sourceLocation: location)
        #expect(memory.bits == before, sourceLocation: location)
    }

    @Test func theGoodCallIsGood() { #expect(S8.gemm(good, nil).isDone) }

    @Test func sizesAndPointers() {
        expect(.negativeSize(.m), "m is negative") { $0.m = -1 }
        expect(.negativeSize(.n), "n is negative") { $0.n = .min }
        expect(.negativeSize(.k), "k is negative") { $0.k = -7 }
        expect(.null(.a), "A is NULL but its size is not zero") { $0.a.base = nil }
        expect(.null(.b), "B is NULL but its size is not zero") { $0.b.base = nil }
        expect(.null(.c), "C is NULL but its size is not zero") { $0.c.base = nil }
        let odd = Int(bitPattern: memory.origin) + 2002
        expect(.misaligned(.c), "C is not aligned to its element type") {
            $0.c.base = UnsafeMutablePointer(bitPattern: odd)
        }
        expect(.misaligned(.bias), "bias is not aligned to its element type") {
            $0.epilogue.bias = UnsafePointer(bitPattern: odd)
        }
        let text = "reaches past the address space"
        for stride in [Int.max, .min] {
            expect(.tooLarge(.a), "A \(text)") { $0.a.rowStride = stride }
            expect(.tooLarge(.b), "B \(text)") { $0.b.columnStride = stride }
            expect(.tooLarge(.c), "C \(text)") { $0.c.rowStride = stride / 4 }
        }
    }

    @Test func misalignedBF16() {
        let c = Operand<Float>.rowMajor(2, 2) { _, _ in 0 }
        let odd = UnsafePointer<UInt16>(bitPattern: Int(bitPattern: memory.origin) + 1)
        let even = UnsafePointer<UInt16>(bitPattern: Int(bitPattern: memory.origin) + 2)
        var call = NarrowCall<BF16>(
            m: 2, n: 2, k: 2, a: .rowMajor(odd, leading: 2), b: .rowMajor(even, leading: 2),
            c: c.mutableView)
        #expect(BF16.gemm(call, nil) == .failed(.misaligned(.a)))
        swap(&call.a, &call.b)
        #expect(BF16.gemm(call, nil) == .failed(.misaligned(.b)))
        call.b = call.a
        #expect(BF16.gemm(call, nil) == .done)
    }

    @Test func memoryInCommon() {
        expect(.overlapsItself, "C overlaps itself: two positions share an element") {
            $0.c.rowStride = 4
        }
        let c = 4 * 500
        // The last byte of A and the first of C, and so on.
        expect(.overlapsC(.a), "A shares memory with C") { $0.a.base = bytes(c - 23) }
        expect(.overlapsC(.a), "A shares memory with C") { $0.a.base = bytes(c + 79) }
        expect(.overlapsC(.b), "B shares memory with C") { $0.b.base = bytes(c - 29) }
        expect(.overlapsC(.bias), "bias shares memory with C") {
            $0.epilogue.bias = UnsafePointer(memory.origin + 496)
        }
        expect(.overlapsC(.bias), "bias shares memory with C") {
            ($0.epilogue.bias, $0.epilogue.biasAlong) = (UnsafePointer(memory.origin + 497), .rows)
        }
        for (offset, byRow) in [(495, false), (496, true)] {
            var call = good
            call.a.base = bytes(c - 24)
            call.b.base = bytes(c + 80)
            call.epilogue = Epilogue(
                bias: UnsafePointer(memory.origin + offset), biasAlong: byRow ? .rows : .columns)
            // A's bytes are the bias's last: reading both is fine.
            #expect(S8.gemm(call, nil).isDone)
        }
    }

    /// Columns of bytes and of int32 side by side in rows of one length.
    @Test func blocksOfOneMatrix() {
        var call = good
        call.a = .rowMajor(bytes(0), leading: 64)
        call.c = .rowMajor(memory.origin + 2, leading: 16)
        #expect(S8.gemm(call, nil).isDone)
        call.c = .rowMajor(memory.origin + 1, leading: 16)
        #expect(S8.gemm(call, nil) == .failed(.overlapsC(.a)))
        call.c = .rowMajor(memory.origin + 11, leading: 16)
        #expect(S8.gemm(call, nil).isDone)
        call.c = .rowMajor(memory.origin + 12, leading: 16)
        #expect(S8.gemm(call, nil) == .failed(.overlapsC(.a)))
        call.c = .rowMajor(memory.origin + 2, leading: 17)
        #expect(S8.gemm(call, nil) == .failed(.overlapsC(.a)))
    }

    @Test func whatIntegersCannotDo() {
        for alpha in [0, 2, -1, 0.5, .nan] {
            let text = "alpha must be 1 when C is int32"
            expect(.unsupported(text), text) { $0.alpha = alpha }
        }
        for beta in [2, -1, 0.5, .nan] {
            let text = "beta must be 0 or 1 when C is int32"
            expect(.unsupported(text), text) { $0.beta = beta }
        }
        let text = "there is no activation and no scale when C is int32"
        expect(.unsupported(text), text) { $0.epilogue.activation = .relu }
        expect(.unsupported(text), text) { $0.epilogue.scale = 2 }
    }

    @Test func packing() throws {
        let b = MatrixView<Int8>.rowMajor(bytes(0), leading: 8)
        #expect(throws: GemmFault.negativeSize(.k)) { try NarrowPackedMatrix(s8: b, k: -1, n: 3) }
        #expect(throws: GemmFault.negativeSize(.n)) { try NarrowPackedMatrix(s8: b, k: 1, n: -3) }
        #expect(throws: GemmFault.null(.b)) {
            try NarrowPackedMatrix(u8s8: .rowMajor(nil, leading: 8), k: 1, n: 3)
        }
        #expect(throws: GemmFault.tooLarge(.b)) { try NarrowPackedMatrix(s8: b, k: .max, n: 8) }
        let packed = try NarrowPackedMatrix(s8: b, k: 8, n: 8)
        var call = good
        (call.n, call.k, call.c.rowStride) = (8, 8, 8)
        // What was packed is a copy; the result may go where it came from.
        call.c.base = memory.origin
        call.a.base = bytes(4000)
        #expect(S8.gemm(call, packed) == .done)
        let text = "B was packed for products of other types"
        let unsigned = NarrowCall<U8S8>(
            m: 1, n: 8, k: 8, a: .rowMajor(nil, leading: 8), b: .rowMajor(nil, leading: 8),
            c: call.c)
        #expect(U8S8.gemm(unsigned, packed) == .failed(.unsupported(text)))
        var request = try #require(NarrowRequest(.s8))
        (request.m, request.n, request.k, request.packedB) = (1, 8, 7, packed)
        #expect(
            request.perform() == .failed(.unsupported("B was packed with another n or k")))
    }

    @Test func noKernelIsAFault() async {
        await #expect(processExitsWith: .success) {
            setenv("PST_ISA", "nonsense", 1)
            let a = Operand<Int8>.rowMajor(3, 3) { _, _ in 1 }
            let c = Operand<Int32>.rowMajor(3, 3) { _, _ in 1 }
            let call = NarrowCall<S8>(m: 3, n: 3, k: 3, a: a.view, b: a.view, c: c.mutableView)
            #expect(S8.gemm(call, nil) == .failed(.noKernel))
            #expect(throws: GemmFault.noKernel) { try NarrowPackedMatrix(s8: a.view, k: 3, n: 3) }
        }
    }
}
