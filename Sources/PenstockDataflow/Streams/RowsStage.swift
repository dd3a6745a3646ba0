package import PenstockRuntime

/// Where one column of a table stands in memory, and where its value goes in an element.
package struct Column: @unchecked Sendable {
    package let data: UnsafeRawPointer?
    package let stride: Int
    package let size: Int
    package let offset: Int

    package init(data: UnsafeRawPointer?, stride: Int, size: Int, offset: Int) {
        self.data = data
        self.stride = stride
        self.size = size
        self.offset = offset
    }
}

/// Makes an element of each row number, by copying that row out of one or more arrays.
package final class RowsStage: @unchecked Sendable {
    private let columns: [Column]
    private let rows: UInt64
    private let size: Int
    private let coversElement: Bool

    package init(columns: [Column], rows: UInt64, type: ElementType) throws(Failure) {
        if type.destroy != nil {
            throw Failure(.typeMismatch, "type '\(type.name)' has destroy; rows are plain memory")
        }
        for (i, column) in columns.enumerated() {
            guard column.data != nil || rows == 0 else {
                throw Failure(.invalid, "columns[\(i)].data is NULL")
            }
            guard column.size >= 1, column.offset >= 0, column.offset <= type.size,
                column.size <= type.size - column.offset
            else {
                throw Failure(
                    .invalid,
                    "columns[\(i)]: \(column.size) bytes at offset \(column.offset) do not fit in "
                        + "an element of \(type.size) bytes")
            }
        }
        self.columns = columns
        self.rows = rows
        size = type.size
        coversElement = RowsStage.covers(columns, type.size)
    }

    private static func covers(_ columns: [Column], _ size: Int) -> Bool {
        var end = 0
        for column in columns.sorted(by: { $0.offset < $1.offset }) {
            if column.offset > end { return false }
            end = max(end, column.offset + column.size)
        }
        return end == size
    }

    package static let map: MapFunction = { context, input, output, n in
        guard let user = Step.user(context), let input, let output else {
            return Status.internal.rawValue
        }
        return Unmanaged<RowsStage>.fromOpaque(user)._withUnsafeGuaranteedRef {
            $0.gather(context, input.assumingMemoryBound(to: UInt64.self), output, n)
        }
    }

    private func gather(
        _ context: Context?, _ numbers: UnsafePointer<UInt64>, _ output: UnsafeMutableRawPointer,
        _ n: Int
    ) -> Int32 {
        // As unsigned numbers the negative ones are too large as well.
        for i in 0..<n where numbers[i] >= rows {
            let text = "row \(Int64(bitPattern: numbers[i])) of an array of \(rows)"
            return text.withCString { Step.fail(context, Status.invalid.rawValue, i, $0) }
        }
        if !coversElement {
            output.initializeMemory(as: UInt8.self, repeating: 0, count: n &* size)
        }
        columns.withUnsafeBufferPointer {
            for i in 0..<$0.count {
                copy($0[i], numbers, output + $0[i].offset, n)
            }
        }
        return Status.ok.rawValue
    }

    private func copy(
        _ column: Column, _ numbers: UnsafePointer<UInt64>, _ output: UnsafeMutableRawPointer,
        _ n: Int
    ) {
        guard let data = column.data else { return }
        switch column.size {
        case 8: gather(UInt64.self, data, column.stride, numbers, output, n)
        case 4: gather(UInt32.self, data, column.stride, numbers, output, n)
        default:
            // Neighbours in both places are copied in one go.
            let isDense = column.stride == column.size && column.size == size
            var i = 0
            while i < n {
                var j = i &+ 1
                while isDense && j < n && numbers[j] == numbers[j &- 1] &+ 1 { j &+= 1 }
                (output + i &* size).copyMemory(
                    from: data + Int(bitPattern: UInt(numbers[i])) &* column.stride,
                    byteCount: (j &- i &- 1) &* size &+ column.size)
                i = j
            }
        }
    }

    @inline(__always)
    private func gather<Word: BitwiseCopyable>(
        _: Word.Type, _ data: UnsafeRawPointer, _ stride: Int, _ numbers: UnsafePointer<UInt64>,
        _ output: UnsafeMutableRawPointer, _ n: Int
    ) {
        for i in 0..<n {
            let row = data + Int(bitPattern: UInt(numbers[i])) &* stride
            (output + i &* size).storeBytes(of: row.loadUnaligned(as: Word.self), as: Word.self)
        }
    }
}
