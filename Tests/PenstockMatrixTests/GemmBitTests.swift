import PenstockMatrix
import Testing

/// Rounded results keep their bits however the operands lie and however the product is cut.
@Suite struct GemmBitTests {
    @Test func layoutsAndBlocksF32() throws { try layouts(Float.self) }
    @Test func layoutsAndBlocksF64() throws { try layouts(Double.self) }

    private func layouts<Element: Multiplied>(_: Element.Type) throws {
        var generator = SeededGenerator(21)
        for settings in allSettings {
            for _ in 0..<25 {
                let (m, n, k) = (
                    generator.pick(1...40), generator.pick(1...70), generator.pick(1...60)
                )
                var first: [Element.Bits]?
                for _ in 0..<6 {
                    let a = Operand<Element>.noise(
                        m, k, .random(m, k, writable: true, &generator), seed: 22)
                    let b = Operand<Element>.noise(
                        k, n, .random(k, n, writable: true, &generator), seed: 23)
                    let c = Operand<Element>.noise(
                        m, n, .random(m, n, writable: true, &generator), seed: 24)
                    let bias = Operand<Element>.noise(1, n, seed: 25)
                    let blocks = crossing(settings, Element.self, &generator)
                    let call = Call(
                        m: m, n: n, k: k, alpha: 2, a: a.view, b: b.view, beta: 0.3,
                        c: c.mutableView,
                        epilogue: Epilogue(bias: UnsafePointer(bias.origin), activation: .relu))
                    try #require(Element.gemm(call, blocks) == .done)
                    let bits = c.bits
                    if let first { try #require(bits == first, "\(settings.path.name) plain") }
                    first = bits

                    c.reset()
                    let packed = try Element.pack(b.view, k: k, n: n, blocks)
                    try #require(Element.gemm(call, packed) == .done)
                    try #require(c.bits == first, "\(settings.path.name) packed")
                }
            }
        }
    }

    @Test func cuttingRowsChangesNoBit() throws {
        var generator = SeededGenerator(31)
        for settings in allSettings {
            for _ in 0..<12 {
                let (rows, k, n) = (
                    generator.pick(1...90), generator.pick(1...80), generator.pick(1...40)
                )
                let input = Operand<Float>.noise(rows, k, seed: 32)
                let weights = Operand<Float>.noise(k, n, seed: 33)
                let bias = Operand<Float>.noise(1, n, seed: 34)
                let epilogue = Epilogue(bias: UnsafePointer(bias.origin), activation: .relu)
                let packed = try PackedMatrixF32(
                    weights.view, k: k, n: n,
                    settings: crossing(settings, Float.self, &generator))
                let whole = Operand<Float>.noise(rows, n, seed: 35)
                let cut = Operand<Float>.noise(rows, n, seed: 36)
                let status = matmulRows(
                    input: input.origin, rows: rows, packed: packed, output: whole.origin,
                    epilogue: epilogue)
                try #require(status == .done)
                try matmulSpans(
                    input: input.origin, rows: rows, packed: packed, output: cut.origin,
                    epilogue: epilogue, &generator)
                try #require(cut.bits == whole.bits, "\(settings.path.name)")
                try #require(cut.isIntactOutside() && whole.isIntactOutside())
            }
        }
    }

    @Test func cuttingColumnsChangesNoBit() throws {
        for settings in allSettings {
            let (m, n, k) = (23, 75, 41)
            let a = Operand<Double>.noise(m, k, seed: 41)
            let b = Operand<Double>.noise(k, n, seed: 42)
            let whole = Operand<Double>.noise(m, n, seed: 43)
            let cut = Operand<Double>.noise(m, n, seed: 44)
            var call = Call(m: m, n: n, k: k, a: a.view, b: b.view, c: whole.mutableView)
            #expect(Double.gemm(call, settings) == .done)
            for (column, columns) in [(0, 1), (1, 20), (21, 33), (54, 21)] {
                call.n = columns
                call.b.base = UnsafePointer(b.origin + column)
                call.c = cut.mutableView
                call.c.base = cut.origin + column
                #expect(Double.gemm(call, settings) == .done)
            }
            #expect(cut.bits == whole.bits, "\(settings.path.name)")
        }
    }

    @Test func manyThreadsShareOnePackedMatrix() async throws {
        let (rows, k, n) = (40, 64, 30)
        let input = Operand<Float>.noise(rows, k, seed: 51)
        let weights = Operand<Float>.noise(k, n, seed: 52)
        let expected = Operand<Float>.noise(rows, n, seed: 53)
        let packed = try PackedMatrixF32(weights.view, k: k, n: n)
        #expect(
            matmulRows(
                input: input.origin, rows: rows, packed: packed, output: expected.origin) == .done)
        let values = (0..<rows * k).map { input.origin[$0] }
        let results = await withTaskGroup(of: [UInt32].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var output = [Float](repeating: .nan, count: rows * n)
                    for _ in 0..<20 {
                        _ = matmulRows(input: values, rows: rows, packed: packed, output: &output)
                    }
                    return output.map(\.bitPattern)
                }
            }
            return await group.reduce(into: [[UInt32]]()) { $0.append($1) }
        }
        let bits = expected.bits
        for result in results { #expect(result == bits) }
    }
}
