import PenstockMatrix
import Testing

/// Rounded bf16 results keep their bits however the operands lie and however the product is cut.
@Suite struct NarrowBitTests {
    /// Also where k is cut: sums wait in C between the pieces.
    @Test(arguments: [(1.0, 0.0), (1, 1), (1, 0.3), (1.1, 0), (1.1, 0.3)])
    func layoutsAndBlocks(_ alpha: Double, _ beta: Double) throws {
        var generator = SeededGenerator(121)
        for settings in allNarrowSettings {
            for _ in 0..<10 {
                let (m, n, k) = (
                    generator.pick(1...40), generator.pick(1...70), generator.pick(1...90)
                )
                var first: [UInt32]?
                for _ in 0..<6 {
                    let a = Operand<UInt16>.noise(
                        m, k, .random(m, k, writable: true, &generator), seed: 122)
                    let b = Operand<UInt16>.noise(
                        k, n, .random(k, n, writable: true, &generator), seed: 123)
                    let c = Operand<Float>.noise(
                        m, n, .random(m, n, writable: true, &generator), seed: 124)
                    let bias = Operand<Float>.noise(1, n, seed: 125)
                    let blocks = crossing(settings, BF16.self, &generator)
                    let call = NarrowCall<BF16>(
                        m: m, n: n, k: k, alpha: alpha, a: a.view, b: b.view, beta: beta,
                        c: c.mutableView,
                        epilogue: Epilogue(bias: UnsafePointer(bias.origin), activation: .relu))
                    try #require(BF16.gemm(call, blocks) == .done)
                    if let first { try #require(c.bits == first, "\(settings.path.name)") }
                    first = c.bits

                    c.reset()
                    let packed = try BF16.pack(b.view, k: k, n: n, blocks)
                    try #require(BF16.gemm(call, packed) == .done)
                    try #require(c.bits == first, "\(settings.path.name) packed")
                }
            }
        }
    }

    @Test func cuttingRowsAndColumnsChangesNoBit() throws {
        var generator = SeededGenerator(131)
        for settings in allNarrowSettings {
            for _ in 0..<20 {
                let (m, n, k) = (
                    generator.pick(1...60), generator.pick(1...90), generator.pick(1...80)
                )
                let blocks = crossing(settings, BF16.self, &generator)
                let a = Operand<UInt16>.noise(m, k, seed: 132)
                let b = Operand<UInt16>.noise(k, n, seed: 133)
                let whole = Operand<Float>.noise(m, n, seed: 134)
                let cut = Operand<Float>.noise(m, n, seed: 135)
                var call = NarrowCall<BF16>(
                    m: m, n: n, k: k, a: a.view, b: b.view, c: whole.mutableView)
                try #require(BF16.gemm(call, blocks) == .done)
                let (row, column) = (generator.pick(0...m), generator.pick(0...n))
                for rows in [0..<row, row..<m] {
                    for columns in [0..<column, column..<n] {
                        (call.m, call.n) = (rows.count, columns.count)
                        call.a.base = UnsafePointer(a.origin + rows.lowerBound * k)
                        call.b.base = UnsafePointer(b.origin + columns.lowerBound)
                        call.c = cut.mutableView
                        call.c.base = cut.origin + rows.lowerBound * n + columns.lowerBound
                        try #require(BF16.gemm(call, blocks) == .done)
                    }
                }
                try #require(cut.bits == whole.bits, "\(settings.path.name) \(m) \(n) \(k)")
            }
        }
    }

    /// A product of two bf16 is exact in f32 and all paths add in one order.
    @Test func pathsAgree() throws {
        let (m, n, k) = (37, 70, 2301)
        let a = Operand<UInt16>.noise(m, k, seed: 141)
        let b = Operand<UInt16>.noise(k, n, seed: 142)
        let c = Operand<Float>.noise(m, n, seed: 143)
        var first: [UInt32]?
        for settings in allNarrowSettings {
            let call = NarrowCall<BF16>(
                m: m, n: n, k: k, alpha: 1, a: a.view, b: b.view, c: c.mutableView)
            #expect(BF16.gemm(call, settings) == .done)
            if let first { #expect(c.bits == first, "\(settings.path.name)") }
            first = c.bits
        }
    }
}
