import PenstockMatrix

/// How a matrix lies in memory.
struct Layout {
    var rowStride: Int
    var columnStride: Int

    static func random(
        _ rows: Int, _ columns: Int, writable: Bool, _ generator: inout SeededGenerator
    ) -> Layout {
        let extra = generator.oneIn(2) ? 0 : generator.pick(1...9)
        var layout =
            switch generator.pick(0...5) {
            case 0, 1: Layout(rowStride: max(columns, 1) + extra, columnStride: 1)
            case 2, 3: Layout(rowStride: 1, columnStride: max(rows, 1) + extra)
            case 4: Layout(rowStride: 2 * max(columns, 1) + extra, columnStride: 2)
            default: Layout(rowStride: 3, columnStride: 3 * max(rows, 1) + extra)
            }
        if generator.oneIn(8) { layout.rowStride.negate() }
        if generator.oneIn(8) { layout.columnStride.negate() }
        if !writable, generator.oneIn(12) { layout.rowStride = 0 }
        if !writable, generator.oneIn(12) { layout.columnStride = 0 }
        return layout
    }
}

/// An element of a matrix in memory.
protocol Stored: BitwiseCopyable, Sendable {
    associatedtype Bits: FixedWidthInteger
    var bitPattern: Bits { get }
    /// What lies around a matrix: a product that reads it goes wrong.
    static var outside: Self { get }
}

/// A matrix with a margin around it. Margins and gaps hold `outside`, so that reading one shows in
/// C and writing one shows in `isIntactOutside`.
final class Operand<Element: Stored> {
    static var margin: Int { 67 }

    let rows: Int
    let columns: Int
    let layout: Layout
    let memory: UnsafeMutablePointer<Element>
    let count: Int
    let origin: UnsafeMutablePointer<Element>
    private let before: UnsafeMutablePointer<Element>

    init(_ rows: Int, _ columns: Int, _ layout: Layout, _ value: (Int, Int) -> Element) {
        self.rows = rows
        self.columns = columns
        self.layout = layout
        let down = max(rows - 1, 0) * layout.rowStride
        let across = max(columns - 1, 0) * layout.columnStride
        count = abs(down) + abs(across) + 1 + 2 * Self.margin
        memory = .allocate(capacity: count)
        before = .allocate(capacity: count)
        memory.initialize(repeating: .outside, count: count)
        origin = memory + Self.margin - min(down, 0) - min(across, 0)
        fill(value)
        before.initialize(from: memory, count: count)
    }

    deinit {
        memory.deallocate()
        before.deallocate()
    }

    func fill(_ value: (Int, Int) -> Element) {
        var i = 0
        while i < rows {
            var j = 0
            while j < columns {
                origin[i * layout.rowStride + j * layout.columnStride] = value(i, j)
                j += 1
            }
            i += 1
        }
    }

    subscript(i: Int, j: Int) -> Element {
        origin[i * layout.rowStride + j * layout.columnStride]
    }

    func initial(_ i: Int, _ j: Int) -> Element {
        before[(origin - memory) + i * layout.rowStride + j * layout.columnStride]
    }

    /// Back to what it was at first.
    func reset() { memory.update(from: before, count: count) }

    /// Whether nothing but the matrix's own elements has changed since `init`. Ends with a reset.
    func isIntactOutside() -> Bool {
        fill { initial($0, $1) }
        var index = 0
        while index < count {
            if memory[index].bitPattern != before[index].bitPattern { return false }
            index += 1
        }
        return true
    }

    var view: MatrixView<Element> {
        MatrixView(origin, rowStride: layout.rowStride, columnStride: layout.columnStride)
    }

    var mutableView: MutableMatrixView<Element> {
        MutableMatrixView(origin, rowStride: layout.rowStride, columnStride: layout.columnStride)
    }

    /// The elements' bits, row by row.
    var bits: [Element.Bits] {
        (0..<rows).flatMap { i in (0..<columns).map { j in self[i, j].bitPattern } }
    }
}

extension Operand {
    static func rowMajor(
        _ rows: Int, _ columns: Int, _ value: (Int, Int) -> Element
    ) -> Operand {
        Operand(rows, columns, Layout(rowStride: max(columns, 1), columnStride: 1), value)
    }

}

extension Operand where Element: Multiplied {
    /// Values in -1...1 that do not add exactly.
    static func noise(
        _ rows: Int, _ columns: Int, _ layout: Layout? = nil, seed: UInt64
    ) -> Operand {
        let layout = layout ?? Layout(rowStride: max(columns, 1), columnStride: 1)
        return Operand(rows, columns, layout) { i, j in
            var generator = SeededGenerator(seed &+ UInt64(i) &* 7919 &+ UInt64(j) &* 104_729)
            return Element(Double(Int64(bitPattern: generator.next()) >> 11) * 0x1p-52)
        }
    }
}
