import PenstockRuntime

// What is done to cells: for a span of elements at once, so that kind and type are looked at once.

/// The entries that the elements of a span belong to.
typealias Entries = UnsafePointer<UnsafeMutableRawPointer>

extension Aggregate {
    /// Adds the elements at `input`, `stride` bytes apart, to the cells `cell` bytes into their
    /// entries.
    func add(
        _ entries: Entries, _ count: Int, _ input: UnsafeRawPointer, _ stride: Int, cell: Int
    ) {
        if kind == .count {
            for i in 0..<count {
                let at = (entries[i] + cell).assumingMemoryBound(to: UInt64.self)
                at.pointee &+= 1
            }
            return
        }
        let from = input + offset
        switch type {
        case .bool, .i8: addIntegers(Int8.self, Int64.self, entries, count, from, stride, cell)
        case .i16: addIntegers(Int16.self, Int64.self, entries, count, from, stride, cell)
        case .i32: addIntegers(Int32.self, Int64.self, entries, count, from, stride, cell)
        case .i64: addIntegers(Int64.self, Int64.self, entries, count, from, stride, cell)
        case .u8: addIntegers(UInt8.self, UInt64.self, entries, count, from, stride, cell)
        case .u16: addIntegers(UInt16.self, UInt64.self, entries, count, from, stride, cell)
        case .u32: addIntegers(UInt32.self, UInt64.self, entries, count, from, stride, cell)
        case .u64: addIntegers(UInt64.self, UInt64.self, entries, count, from, stride, cell)
        case .f32: addFloats(Float.self, entries, count, from, stride, cell)
        case .f64: addFloats(Double.self, entries, count, from, stride, cell)
        }
    }

    @inline(__always)
    private func addIntegers<T: FixedWidthInteger & BitwiseCopyable, W: FixedWidthInteger>(
        _: T.Type, _: W.Type, _ entries: Entries, _ count: Int, _ from: UnsafeRawPointer,
        _ stride: Int, _ cell: Int
    ) {
        for i in 0..<count {
            let value = from.loadUnaligned(fromByteOffset: i &* stride, as: T.self)
            let at = (entries[i] + cell).assumingMemoryBound(to: W.self)
            switch kind {
            case .sum: at.pointee &+= W(truncatingIfNeeded: value)
            case .minimum: at.pointee = min(at.pointee, W(truncatingIfNeeded: value))
            case .maximum: at.pointee = max(at.pointee, W(truncatingIfNeeded: value))
            case .mean, .count: addToMean(entries[i] + cell, Double(value))
            }
        }
    }

    @inline(__always)
    private func addFloats<T: BinaryFloatingPoint & BitwiseCopyable>(
        _: T.Type, _ entries: Entries, _ count: Int, _ from: UnsafeRawPointer, _ stride: Int,
        _ cell: Int
    ) {
        for i in 0..<count {
            let value = Double(from.loadUnaligned(fromByteOffset: i &* stride, as: T.self))
            let at = (entries[i] + cell).assumingMemoryBound(to: Double.self)
            switch kind {
            case .sum: at.pointee += value
            case .minimum: at.pointee = Aggregate.lower(at.pointee, value)
            case .maximum: at.pointee = Aggregate.higher(at.pointee, value)
            case .mean, .count: addToMean(entries[i] + cell, value)
            }
        }
    }

    /// As `numpy.minimum`: NaN if either is.
    @inline(__always)
    private static func lower(_ a: Double, _ b: Double) -> Double {
        b < a || b.isNaN ? b : a
    }

    @inline(__always)
    private static func higher(_ a: Double, _ b: Double) -> Double {
        b > a || b.isNaN ? b : a
    }

    @inline(__always)
    private func addToMean(_ at: UnsafeMutableRawPointer, _ value: Double) {
        let cells = at.assumingMemoryBound(to: Double.self)
        cells[0] += value
        cells[1] += 1
    }
    // MARK: - Two of one key

    /// Adds cells of the same aggregate from another table.
    func combine(_ cells: UnsafeMutableRawPointer, _ others: UnsafeRawPointer) {
        switch (kind, type.wide) {
        case (.count, _), (.sum, .i64), (.sum, .u64):
            let at = cells.assumingMemoryBound(to: UInt64.self)
            at.pointee &+= others.load(as: UInt64.self)
        case (.mean, _):
            let at = cells.assumingMemoryBound(to: Double.self)
            at[0] += others.load(as: Double.self)
            at[1] += others.load(fromByteOffset: 8, as: Double.self)
        case (_, .f64):
            let at = cells.assumingMemoryBound(to: Double.self)
            let other = others.load(as: Double.self)
            switch kind {
            case .minimum: at.pointee = Aggregate.lower(at.pointee, other)
            case .maximum: at.pointee = Aggregate.higher(at.pointee, other)
            default: at.pointee += other
            }
        case (_, .i64): combineIntegers(Int64.self, cells, others)
        default: combineIntegers(UInt64.self, cells, others)
        }
    }

    /// Only for the least and the greatest.
    private func combineIntegers<W: FixedWidthInteger>(
        _: W.Type, _ cells: UnsafeMutableRawPointer, _ others: UnsafeRawPointer
    ) {
        let at = cells.assumingMemoryBound(to: W.self)
        let other = others.assumingMemoryBound(to: W.self).pointee
        at.pointee = kind == .minimum ? min(at.pointee, other) : max(at.pointee, other)
    }

    /// The 64 bits of the result.
    func result(_ cells: UnsafeRawPointer) -> UInt64 {
        guard kind == .mean else { return cells.load(as: UInt64.self) }
        let sum = cells.load(as: Double.self)
        return (sum / cells.load(fromByteOffset: 8, as: Double.self)).bitPattern
    }
}
