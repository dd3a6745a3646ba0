import PenstockOperators
import PenstockRuntime
import Testing

@Suite struct RecordTests {
    /// A field that is no neighbour of its alignment is put there byte by byte.
    @Test func largeFieldsAtOddPlaces() throws {
        let count = 9000
        let row = try Layout(.f32, [count])
        let size = 1 + row.bytes + 3
        let record = try Operator.record([(made: .cast(row, .f32), offset: 1)], size: size)
        let values = (0..<3 * count).map { Float($0) }
        let bytes: [UInt8] = apply(record, to: values)
        let field = try Operator.field(size: size, offset: 1, row)
        #expect(apply(field, to: bytes) == values)
        for i in 0..<3 {
            #expect(
                bytes[i * size] == 0
                    && bytes[(i + 1) * size - 3..<(i + 1) * size].allSatisfy { $0 == 0 })
        }
    }

    @Test func partsInTheirOrder() throws {
        let number = try Layout(.u16)
        let same = try Operator.cast(number, .u16)
        #expect(throws: OperatorFault.self) {
            try Operator.record([(made: same, offset: 2), (made: same, offset: 0)], size: 4)
        }
        let both = try Operator.record(
            [(made: same, offset: 0), (made: .cast(number, .u8), offset: 2)], size: 3)
        #expect(apply(both, to: [0x102, 0x304] as [UInt16]) == [2, 1, 2, 4, 3, 4] as [UInt8])
    }

    /// A large field is worked on where it lies, aligned or not; so is a large row of a table.
    @Test(arguments: [0, 1, 4, 6])
    func largeFieldsInPlace(_ offset: Int) throws {
        let row = try Layout(.f32, [40, 50, 3])
        let size = offset + row.bytes + 2
        let record = try Operator.record([(made: .cast(row, .f32), offset: offset)], size: size)
        let values = (0..<4 * row.values).map { Float($0 % 1000) }
        let bytes: [UInt8] = apply(record, to: values)
        let work: [Operator] = try [
            .image(row, .randomCrop(height: 30, width: 31, seed: 5)),
            .image(Layout(.f32, [30, 31, 3]), .flip(horizontal: true, vertical: false)),
            constant(.multiply, Layout(.f32, [30, 31, 3]), Float(3)),
        ]
        let expected: [Float] = apply(try .chain(work), to: values, first: 9)
        let field = try Operator.field(size: size, offset: offset, row)
        #expect(apply(try .chain([field] + work), to: bytes, first: 9) == expected)
        let table = try values.withUnsafeBytes {
            try Operator.gather(
                Layout(.u8), $0.baseAddress!, Layout(.f32, [4, 40, 50, 3]), isLive: false)
        }
        let chain = try Operator.chain([table] + work)
        #expect(apply(chain, to: [0, 1, 2, 3] as [UInt8], first: 9) == expected)
        let before: [Float] = apply(chain, to: [0, 1, 4, 3] as [UInt8], first: 9)
        #expect(before == Array(expected.prefix(2 * chain.output.values)))
    }
}
