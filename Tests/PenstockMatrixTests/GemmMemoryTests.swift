import PenstockMatrix
import Testing

@Suite struct GemmMemoryTests {
    /// An alpha makes a copy of A.
    private func multiply(_ size: Int, _ workspace: inout GemmWorkspace) -> GemmStatus {
        let a = Operand<Float>.noise(size, size, seed: 1)
        let c = Operand<Float>.noise(size, size, seed: 2)
        return gemmF32(
            m: size, n: size, k: size, alpha: 3, a: a.view, b: a.view, c: c.mutableView,
            workspace: &workspace)
    }

    @Test func workspaceGrowsOnceAndIsReused() {
        var workspace = GemmWorkspace()
        #expect(workspace.bytes == 0)
        #expect(multiply(60, &workspace) == .done)
        let bytes = workspace.bytes
        #expect(bytes > 0)
        #expect(multiply(60, &workspace) == .done)
        #expect(multiply(20, &workspace) == .done)
        #expect(workspace.bytes == bytes)
        workspace.release()
        #expect(workspace.bytes == 0)
        #expect(multiply(20, &workspace) == .done)
    }

    @Test func packedWeightsAndPlainRowsNeedNoWorkspace() throws {
        let weights = Operand<Float>.noise(50, 20, seed: 3)
        let packed = try PackedMatrixF32(weights.view, k: 50, n: 20)
        #expect(packed.bytes >= 50 * 20 * 4)
        let input = Operand<Float>.noise(30, 50, seed: 4)
        let output = Operand<Float>.noise(30, 20, seed: 5)
        var workspace = GemmWorkspace()
        let status = gemmF32(
            m: 30, a: input.view, packedB: packed, c: output.mutableView, workspace: &workspace)
        #expect(status == .done)
        #expect(workspace.bytes == 0)
    }

    @Test func threadWorkspaceIsGivenBack() {
        let a = Operand<Double>.noise(40, 40, seed: 6)
        let c = Operand<Double>.noise(40, 40, seed: 7)
        let call = Call(m: 40, n: 40, k: 40, alpha: 3, a: a.view, b: a.view, c: c.mutableView)
        #expect(Double.gemm(call, nil) == .done)
        #expect(threadWorkspaceBytes > 0)
        releaseThreadWorkspace()
        #expect(threadWorkspaceBytes == 0)
        releaseThreadWorkspace()
        #expect(Double.gemm(call, nil) == .done)
    }

    /// Strides of zero make a matrix larger than the address space out of one element.
    @Test func noMemoryIsAStatus() throws {
        var one: Float = 1
        try withUnsafePointer(to: &one) { base in
            let endless = MatrixView(base, rowStride: 0, columnStride: 0)
            #expect(throws: GemmFault.outOfMemory) {
                try PackedMatrixF32(endless, k: 1 << 28, n: 1 << 28)
            }
            #expect(throws: GemmFault.outOfMemory) {
                try PackedMatrixF32(endless, k: 2, n: .max)
            }
            #expect(throws: GemmFault.outOfMemory) {
                try PackedMatrixF32(endless, k: .max, n: .max / 64)
            }
            let c = Operand<Float>.rowMajor(1, 40) { _, _ in 7 }
            for kc in [1 << 44, Int.max / 4 * 4] {
                var settings = try #require(allSettings.first)
                settings.f32.kc = kc
                let call = Call(
                    m: 1, n: 40, k: kc, a: endless, b: endless, beta: 2, c: c.mutableView)
                #expect(Float.gemm(call, settings) == .failed(.outOfMemory))
                #expect(c[0, 0] == 7)
            }
        }
    }
}
