import PenstockMatrix
import Testing

/// What a batch may share and what it may not, against counting the elements.
@Suite final class GemmBatchTests {
    /// In elements of a small memory.
    private struct Place {
        var base: Int
        var row: Int
        var column: Int
        var step = 0

        func positions(_ rows: Int, _ columns: Int, _ count: Int) -> [Int] {
            (0..<count).flatMap { p in
                (0..<rows).flatMap { i in
                    (0..<columns).map { j in base + p * step + i * row + j * column }
                }
            }
        }
    }

    /// Zeros, so that products change nothing that others read.
    private let memory: UnsafeMutablePointer<Float> = {
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 4000)
        memory.initialize(repeating: 0, count: 4000)
        return memory
    }()

    deinit { memory.deallocate() }

    private func matrix(_ place: Place) -> RawMatrix {
        RawMatrix(
            base: UnsafeRawPointer(memory + place.base), rowStride: place.row,
            columnStride: place.column)
    }

    private func place(_ generator: inout SeededGenerator) -> Place {
        // Multiples of a few lengths, so that blocks of one matrix and fields of structs come up.
        let unit = generator.oneIn(2) ? 12 : generator.pick(1...12)
        var steps = [1, generator.pick(1...3) * unit, generator.pick(1...10) * unit]
        if generator.oneIn(2) { steps.swapAt(0, 1) }
        if generator.oneIn(2) { steps.swapAt(1, 2) }
        for i in steps.indices where generator.oneIn(6) { steps[i].negate() }
        return Place(
            base: 2000 + generator.pick(0...60), row: steps[0], column: steps[1], step: steps[2])
    }

    /// Nothing that is taken shares an element. Some of what shares none is refused: these layouts
    /// are wilder than any that somebody uses.
    @Test func stepsAgainstCounting() throws {
        var generator = SeededGenerator(71)
        var (taken, refusedInVain) = (0, 0)
        for _ in 0..<20_000 {
            let (m, n, k) = (generator.pick(1...4), generator.pick(1...4), generator.pick(1...4))
            let count = generator.pick(1...4)
            var (a, b, c) = (place(&generator), place(&generator), place(&generator))
            if generator.oneIn(3) { a.step = c.step }
            if generator.oneIn(3) { a.row = c.row }
            if generator.oneIn(3) { b.step = 0 }
            var request = try #require(GemmRequest(f64: false))
            (request.m, request.n, request.k) = (m, n, k)
            (request.a, request.b, request.c) = (matrix(a), matrix(b), matrix(c))
            try request.setBatch(
                count: count, a: a.step, b: b.step, c: c.step, residual: 0, aArray: nil,
                bArray: nil, cArray: nil)
            let written = c.positions(m, n, count)
            let read = Set(a.positions(m, k, count) + b.positions(k, n, count))
            let isFree = Set(written).count == written.count && read.isDisjoint(with: written)
            if request.perform().isDone {
                taken += 1
                try #require(isFree, "\(m) \(n) \(k) of \(count): \(a) \(b) \(c)")
            } else if isFree {
                refusedInVain += 1
            }
        }
        #expect(taken > 1000)
        #expect(refusedInVain < taken, "\(refusedInVain) beside \(taken)")
    }

    /// Matrices without gaps, which pointers place anywhere: taken exactly if nothing is shared.
    @Test func pointersAgainstCounting() throws {
        var generator = SeededGenerator(72)
        var taken = 0
        for _ in 0..<5_000 {
            let (m, n, k) = (generator.pick(1...4), generator.pick(1...4), generator.pick(1...4))
            let count = generator.pick(1...5)
            let range = generator.oneIn(2) ? 100 : 3000
            let bases = (0..<3).map { _ in (0..<count).map { _ in generator.pick(0...range) } }
            let written = bases[2].flatMap { $0..<$0 + m * n }
            let read = Set(
                bases[0].flatMap { $0..<$0 + m * k } + bases[1].flatMap { $0..<$0 + k * n })
            var request = try #require(GemmRequest(f64: false))
            (request.m, request.n, request.k) = (m, n, k)
            request.a = RawMatrix(rowStride: k, columnStride: 1)
            request.b = RawMatrix(rowStride: n, columnStride: 1)
            request.c = RawMatrix(rowStride: n, columnStride: 1)
            let (a, b) = (bases[0].map(pointer), bases[1].map(pointer))
            let c = bases[2].map { pointer($0).map { UnsafeMutableRawPointer(mutating: $0) } }
            let status = try a.withUnsafeBufferPointer { a in
                try b.withUnsafeBufferPointer { b in
                    try c.withUnsafeBufferPointer { c in
                        try request.setBatch(
                            count: count, a: 0, b: 0, c: 0, residual: 0, aArray: a.baseAddress,
                            bArray: b.baseAddress, cArray: c.baseAddress)
                        return request.perform()
                    }
                }
            }
            let isFree = Set(written).count == written.count && read.isDisjoint(with: written)
            try #require(status.isDone == isFree, "\(m) \(n) \(k): \(bases)")
            if status.isDone { taken += 1 }
        }
        #expect(taken > 500)
    }

    private func pointer(_ element: Int) -> UnsafeRawPointer? { UnsafeRawPointer(memory + element) }

    @Test func faultsOfPointersNameTheProduct() {
        #expect(
            GemmFault.product(3, .null(.a)).text
                == "product 3: A is NULL but its size is not zero")
    }
}
