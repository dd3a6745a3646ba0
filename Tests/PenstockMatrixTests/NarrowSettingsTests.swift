import PenstockMatrix
import Testing

@Suite struct NarrowSettingsTests {
    @Test func everyPathNamesItsInstructions() {
        let names: [String: Set<String>] = [
            "generic": ["generic"], "neon": ["generic"], "avx2": ["avx2"],
            "avx512": ["avx512_bf16", "avx512_vnni", "avx2"],
        ]
        for settings in allNarrowSettings {
            let usable = names[settings.path.name] ?? []
            for type in [NarrowType.bf16, .s8, .u8s8] {
                #expect(usable.contains(settings.kernelName(type)))
            }
            #expect(settings.kernelName(.s8) == settings.kernelName(.u8s8))
        }
    }

    @Test func workspaceIsReused() {
        var workspace = GemmWorkspace()
        func multiply(_ size: Int) -> GemmStatus {
            let a = Operand<Int8>.rowMajor(size, size) { i, j in Int8(i - j) }
            let c = Operand<Int32>.rowMajor(size, size) { _, _ in 0 }
            return gemmS8(
                m: size, n: size, k: size, a: a.view, b: a.view, c: c.mutableView,
                workspace: &workspace)
        }
        #expect(multiply(60) == .done)
        let bytes = workspace.bytes
        #expect(bytes > 0)
        #expect(multiply(60) == .done && multiply(20) == .done)
        #expect(workspace.bytes == bytes)
    }

    /// Strides of zero make a matrix larger than the address space out of one element.
    @Test func noMemoryIsAStatus() throws {
        var one: Int8 = 1
        try withUnsafePointer(to: &one) { base in
            let endless = MatrixView(base, rowStride: 0, columnStride: 0)
            for (k, n) in [(1 << 28, 1 << 28), (2, Int.max), (.max, .max / 64)] {
                #expect(throws: GemmFault.outOfMemory) {
                    try NarrowPackedMatrix(s8: endless, k: k, n: n)
                }
            }
            let c = Operand<Int32>.rowMajor(1, 40) { _, _ in 7 }
            for kc in [1 << 44, Int.max / 64 * 64, .max] {
                var settings = try #require(allNarrowSettings.first)
                settings.int8.kc = kc
                let call = NarrowCall<S8>(
                    m: 1, n: 40, k: kc, a: endless, b: endless, beta: 1, c: c.mutableView)
                #expect(S8.gemm(call, settings) == .failed(.outOfMemory))
                #expect(c[0, 0] == 7)
            }
        }
    }
}
