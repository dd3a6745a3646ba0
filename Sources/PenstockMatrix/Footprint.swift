/// The bytes that an operand takes, over all products of a batch. Rows, columns and products are
/// each a number of steps of one length.
struct Footprint {
    private var base: UInt
    /// From the first byte of the lowest element to the end of the highest.
    private(set) var low: UInt
    private(set) var high: UInt
    private let size: UInt
    private let row: Step
    private let column: Step
    private let product: Step

    /// Lengths in bytes, directions left out.
    private struct Step {
        /// 0 for what is there once.
        var length: UInt
        /// From the first to the last.
        var reach: UInt
        var isRepeated: Bool
    }

    /// `step` in bytes, strides in elements. Nothing is empty.
    init(
        _ matrix: RawMatrix, rows: Int, columns: Int, size: Int, step: Int = 0, count: Int = 1,
        as argument: GemmArgument
    ) throws(GemmFault) {
        guard let base = matrix.base else { throw .null(argument) }
        let address = UInt(bitPattern: base)
        if address % UInt(size) != 0 { throw .misaligned(argument) }
        var range = (low: address, high: address)
        guard let row = Footprint.extend(&range, by: matrix.rowStride, size, rows),
            let column = Footprint.extend(&range, by: matrix.columnStride, size, columns),
            let product = Footprint.extend(&range, by: step, 1, count)
        else { throw .tooLarge(argument) }
        let (end, overflow) = range.high.addingReportingOverflow(UInt(size))
        if overflow { throw .tooLarge(argument) }
        self.base = address
        low = range.low
        high = end
        self.size = UInt(size)
        (self.row, self.column, self.product) = (row, column, product)
    }

    /// nil when the range leaves the address space.
    private static func extend(
        _ range: inout (low: UInt, high: UInt), by stride: Int, _ size: Int, _ count: Int
    ) -> Step? {
        if count == 1 { return Step(length: 0, reach: 0, isRepeated: false) }
        let (bytes, overflow1) = stride.multipliedReportingOverflow(by: size)
        let (distance, overflow2) = bytes.multipliedReportingOverflow(by: count - 1)
        let reach = distance.magnitude
        let (end, overflow3) =
            distance < 0
            ? range.low.subtractingReportingOverflow(reach)
            : range.high.addingReportingOverflow(reach)
        if overflow1 || overflow2 || overflow3 { return nil }
        if distance < 0 { range.low = end } else { range.high = end }
        return Step(length: bytes.magnitude, reach: reach, isRepeated: true)
    }

    /// That of an equal operand elsewhere.
    func moved(to address: UInt) -> Footprint {
        var other = self
        other.low = low &- base &+ address
        other.high = high &- base &+ address
        other.base = address
        return other
    }

    /// Whether the two may share an element. Conservative: ranges that interleave are told apart
    /// where both are made of blocks of one matrix, of fields of one array of structs, or otherwise
    /// take different remainders modulo a step.
    func meets(_ other: Footprint) -> Bool {
        if low >= other.high || other.low >= high { return false }
        return
            !(liesBeside(other, modulo: row) || liesBeside(other, modulo: column)
            || liesBeside(other, modulo: product) || liesBeside(other, modulo: other.row)
            || liesBeside(other, modulo: other.column) || liesBeside(other, modulo: other.product))
    }

    private func liesBeside(_ other: Footprint, modulo step: Step) -> Bool {
        let period = step.length
        if period == 0 { return false }
        let offset =
            other.low >= low
            ? (other.low - low) % period : (period - (low - other.low) % period) % period
        return offset >= width(modulo: period) && offset + other.width(modulo: period) <= period
    }

    /// Steps that are multiples of the period return to the same place.
    private func width(modulo period: UInt) -> UInt {
        func reach(_ step: Step) -> UInt { step.length % period == 0 ? 0 : step.reach }
        return size + reach(row) + reach(column) + reach(product)
    }

    /// Whether two products may share an element. Conservative: they do not where products follow
    /// each other, or where each step passes all that the shorter ones reach.
    var productsMeet: Bool {
        if !product.isRepeated || product.length >= size + row.reach + column.reach { return false }
        var reach = size
        for step in [row, column, product].sorted(by: { $0.length < $1.length })
        where step.isRepeated {
            if step.length < reach { return true }
            reach += step.reach
        }
        return false
    }
}
