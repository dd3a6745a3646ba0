import PenstockMatrix
import Testing

/// Rounded bf16 results keep their bits however the operands lie and however the product is cut.
@Suite struct NarrowBitTests {
    @Test func layoutsAndBlocks() throws {
        var generator = SeededGenerator(121)
        for settings in allNarrowSettings {
            for _ in 0..<40 {
                let (m, n, k) = (
                    generator.pick(1...40), generator.pick(1...70), generator.pick(1...90)
                )
                let kc = 8 * generator.pick(1...14)
                var first: [UInt32]?
                for _ in 0..<6 {
                    let a = Operand<UInt16>.noise(
                        m, k, .random(m, k, writable: true, &generator), seed: 122)
                    let b = Operand<UInt16>.noise(
                        k, n, .random(k, n, writable: true, &generator), seed: 123)
                    let c = Operand<Float>.noise(
                        m, n, .random(m, n, writable: true, &generator), seed: 124)
                    let bias = Operand<Float>.noise(1, n, seed: 125)
                    // Any blocks, but one kc: where k is cut does decide the rounding.
                    var blocks = crossing(settings, BF16.self, &generator)
                    blocks.bf16.kc = kc
                    let call = NarrowCall<BF16>(
                        m: m, n: n, k: k, alpha: 1.1, a: a.view, b: b.view, beta: 0.3,
                        c: c.mutableView,
                        epilogue: NarrowEpilogue(
                            bias: UnsafePointer(bias.origin), activation: .relu))
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

    /// A product of two bf16 is exact in f32 and all paths add in one order, so they agree if they
    /// cut k alike.
    @Test func pathsAgree() throws {
        let (m, n, k) = (37, 70, 301)
        let a = Operand<UInt16>.noise(m, k, seed: 141)
        let b = Operand<UInt16>.noise(k, n, seed: 142)
        let c = Operand<Float>.noise(m, n, seed: 143)
        var first: [UInt32]?
        for var settings in allNarrowSettings {
            settings.bf16.kc = 128
            let call = NarrowCall<BF16>(
                m: m, n: n, k: k, alpha: 1, a: a.view, b: b.view, c: c.mutableView)
            #expect(BF16.gemm(call, settings) == .done)
            if let first { #expect(c.bits == first, "\(settings.path.name)") }
            first = c.bits
        }
    }

    @Test func partsMakeTheWhole() throws {
        var generator = SeededGenerator(151)
        for settings in allNarrowSettings {
            for _ in 0..<30 {
                let (m, n, k) = (
                    generator.pick(1...60), generator.pick(1...150), generator.pick(1...50)
                )
                let a = Operand<UInt8>(m, k, .random(m, k, writable: false, &generator)) { _, _ in
                    U8S8.left(&generator)
                }
                let b = Operand<Int8>(k, n, .random(k, n, writable: false, &generator)) { _, _ in
                    U8S8.right(&generator)
                }
                let layout = Layout.random(m, n, writable: true, &generator)
                let whole = Operand<Int32>(m, n, layout) { i, j in Int32(i - j) }
                let cut = Operand<Int32>(m, n, layout) { i, j in Int32(i - j) }
                let bias = Operand<Int32>.rowMajor(1, m + n) { _, j in Int32(j * j) }
                let packed =
                    generator.oneIn(2) ? try U8S8.pack(b.view, k: k, n: n, settings) : nil
                let epilogue = NarrowEpilogue(
                    bias: UnsafePointer(bias.origin), byRow: generator.oneIn(2))
                let call = NarrowCall<U8S8>(
                    m: m, n: n, k: k, a: a.view, b: b.view, beta: 1, c: whole.mutableView,
                    epilogue: epilogue)
                try #require(U8S8.gemm(call, settings) == .done)

                let problem = try NarrowProblem(
                    u8s8: a.view, packed.map { .packed($0) } ?? .plain(b.view), m: m, n: n, k: k,
                    beta: 1, c: cut.mutableView, epilogue: epilogue, settings: settings
                ).prepared().get()
                let row = generator.pick(0...problem.rows)
                let unit = problem.columnUnit
                let column = min(generator.pick(0...problem.columns) / unit * unit, problem.columns)
                var workspace = GemmWorkspace()
                for rows in [0..<row, row..<problem.rows] {
                    for columns in [0..<column, column..<problem.columns] {
                        let part = problem.part(rows: rows, columns: columns)
                        try #require(part.run(&workspace) == .done)
                    }
                }
                try #require(cut.bits == whole.bits, "\(settings.path.name) \(m) \(n) \(k)")
            }
        }
    }
}
