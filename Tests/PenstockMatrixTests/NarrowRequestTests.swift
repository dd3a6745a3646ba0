import PenstockMatrix
import PenstockRuntime
import Testing

/// Batches, engines, blocks by hand, explanations.
@Suite struct NarrowRequestTests {
    @Test func batchesAreProducts() throws {
        var generator = SeededGenerator(171)
        let engine = try Engine(EngineOptions())
        for settings in allNarrowSettings {
            for index in 0..<60 {
                try expectBatch(settings, index % 3 == 0 ? nil : engine, &generator)
            }
        }
    }

    /// A batch whose products are steps apart against one product after another.
    private func expectBatch(
        _ settings: NarrowSettings, _ engine: Engine?, _ generator: inout SeededGenerator
    ) throws {
        let (m, n, k, count) = (
            generator.pick(1...40), generator.pick(1...80), generator.pick(0...40),
            generator.pick(0...5)
        )
        let a = Operand<UInt8>.rowMajor(m * count, k) { _, _ in U8S8.left(&generator) }
        let b = Operand<Int8>.rowMajor(k * count, n) { _, _ in U8S8.right(&generator) }
        let sharesB = generator.oneIn(2)
        let isTransposed = generator.oneIn(3)
        let c = Operand<Int32>.rowMajor(m * count, n) { _, _ in U8S8.result(&generator) }
        let expected = Operand<Int32>.rowMajor(m * count, n) { c[$0, $1] }
        let bias = Operand<Int32>.rowMajor(1, m) { _, j in Int32(j) }
        let cLayout = isTransposed ? (1, m) : (n, 1)
        for i in 0..<count {
            let call = NarrowCall<U8S8>(
                m: m, n: n, k: k,
                a: MatrixView(a.origin + i * m * k, rowStride: k, columnStride: 1),
                b: MatrixView(
                    b.origin + (sharesB ? 0 : i * k * n), rowStride: n, columnStride: 1),
                beta: 1,
                c: MutableMatrixView(
                    expected.origin + i * m * n, rowStride: cLayout.0, columnStride: cLayout.1),
                epilogue: Epilogue(bias: UnsafePointer(bias.origin), biasAlong: .rows))
            try #require(U8S8.gemm(call, settings) == .done)
        }
        var request = try #require(NarrowRequest(.u8s8, settings: settings))
        (request.m, request.n, request.k, request.beta) = (m, n, k, 1)
        request.a = RawMatrix(base: a.origin, rowStride: k, columnStride: 1)
        request.b = RawMatrix(base: b.origin, rowStride: n, columnStride: 1)
        request.c = RawMatrix(base: c.origin, rowStride: cLayout.0, columnStride: cLayout.1)
        request.epilogue = Epilogue(bias: UnsafePointer(bias.origin), biasAlong: .rows).raw
        if sharesB, count > 0, generator.oneIn(2) {
            request.packedB = try U8S8.pack(b.view, k: k, n: n, settings)
        }
        request.engine = engine
        request.threads = generator.pick(0...3)
        request.setBlocks(
            kc: generator.pick(0...50), mc: generator.pick(0...50), nc: generator.pick(0...50))
        try request.setBatch(
            count: count, a: m * k, b: sharesB ? 0 : k * n, c: m * n, residual: 0, aArray: nil,
            bArray: nil, cArray: nil)
        try #require(request.perform() == .done)
        try #require(c.bits == expected.bits, "\(settings.path.name) \(m) \(n) \(k) \(count)")
        try #require(c.isIntactOutside())
    }

    /// Large enough to be cut into rectangles for threads.
    @Test(arguments: [false, true])
    func rectanglesMakeTheWhole(_ isPacked: Bool) throws {
        let engine = try Engine(EngineOptions())
        let (m, n, k) = (301, 420, 130)
        let a = Operand<UInt16>.noise(m, k, seed: 181)
        let b = Operand<UInt16>.noise(k, n, seed: 182)
        let residual = Operand<Float>.noise(m, n, seed: 183)
        let whole = Operand<Float>.noise(m, n, seed: 184)
        let parts = Operand<Float>.noise(m, n, seed: 184)
        for settings in allNarrowSettings {
            let epilogue = Epilogue<Float>(
                activation: .clamp(low: -1, high: 1), scale: 0.3, residual: residual.view)
            let call = NarrowCall<BF16>(
                m: m, n: n, k: k, alpha: 1.1, a: a.view, b: b.view, beta: 0.5,
                c: whole.mutableView, epilogue: epilogue)
            whole.reset()
            #expect(BF16.gemm(call, settings) == .done)
            var request = try #require(NarrowRequest(.bf16, settings: settings))
            (request.m, request.n, request.k) = (m, n, k)
            (request.alpha, request.beta) = (1.1, 0.5)
            request.a = RawMatrix(base: a.origin, rowStride: k, columnStride: 1)
            request.b = RawMatrix(base: b.origin, rowStride: n, columnStride: 1)
            request.c = RawMatrix(base: parts.origin, rowStride: n, columnStride: 1)
            request.epilogue = epilogue.raw
            if isPacked { request.packedB = try BF16.pack(b.view, k: k, n: n, settings) }
            request.engine = engine
            parts.reset()
            #expect(request.perform() == .done)
            #expect(parts.bits == whole.bits, "\(settings.path.name)")
        }
    }

    @Test func explanationNamesWhatIsDone() throws {
        for settings in allNarrowSettings {
            var request = try #require(NarrowRequest(.s8, settings: settings))
            #expect(try request.explain().get() == "nothing to do: C is empty\n")
            (request.m, request.n, request.k) = (100, 200, 4096)
            request.a = RawMatrix(base: nil, rowStride: 4096, columnStride: 1)
            request.b = RawMatrix(base: nil, rowStride: 200, columnStride: 1)
            request.c = RawMatrix(base: nil, rowStride: 200, columnStride: 1)
            request.setBlocks(kc: 256, mc: 0, nc: 0)
            let text = try request.explain().get()
            #expect(text.contains("product   s8, m 100, n 200, k 4096\n"))
            #expect(text.contains("kernel    \(settings.kernelName(.s8)), tile "))
            #expect(text.contains("A         packed: "))
            #expect(text.contains("B         packed in blocks of half of L3\n"))
            #expect(text.contains("blocks    kc 256 (set by hand), mc "))
            #expect(text.contains("threads   1: no engine given\n"))
            request.k = -1
            #expect(request.explain() == .failure(.negativeSize(.k)))
        }
    }
}
