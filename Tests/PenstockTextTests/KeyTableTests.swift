import Testing

@testable import PenstockText

@Suite struct KeyTableTests {
    /// Strings at each place of a page, where reads of whole vectors must not go beyond it.
    @Test func keysAreTheSameWhereverTheyLie() {
        let page = 4096
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 3 * page, alignment: page)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xee, count: 3 * page)
        for size in 0...40 {
            let text = (0...size).map { UInt8($0 + 1) }
            let expected = text.withUnsafeBytes { BytesKey($0.baseAddress, size) }
            for place in [0, 1, 8, page - 41, page - 17, page - 16, page - 15, page - size] {
                let at = memory + page + place
                text.withUnsafeBytes { at.copyMemory(from: $0.baseAddress!, byteCount: size) }
                let key = BytesKey(at, size)
                #expect(key.hash == expected.hash)
                #expect(key.equals(expected))
            }
        }
    }

    @Test func whatIsNoKey() {
        #expect(BytesKey(nil, 0).isValid)
        #expect(!BytesKey(nil, 3).isValid)
        #expect(!BytesKey(nil, 30).isValid)
        var byte: UInt8 = 0
        #expect(!withUnsafeBytes(of: &byte) { BytesKey($0.baseAddress, -1).isValid })
    }

    /// A string and the same with zeros behind it differ, also where both are filled up with zeros.
    @Test func zerosAreBytes() {
        let zeros = [UInt8](repeating: 0, count: 64)
        zeros.withUnsafeBytes { bytes in
            let keys = (0...40).map { BytesKey(bytes.baseAddress, $0) }
            for (i, a) in keys.enumerated() {
                for (j, b) in keys.enumerated() {
                    #expect(a.equals(b) == (i == j))
                    #expect(a.isBefore(b) == (i < j))
                }
            }
        }
    }

    @Test func entriesStayWhereTheyAreWhileTheTableGrows() throws {
        var initial: UInt64 = 7
        try withUnsafeBytes(of: &initial) { cells in
            var table = try #require(
                KeyTable<IntegerKey>(cellBytes: 8, initial: cells.baseAddress!))
            defer { table.freeAll() }
            var entries: [UnsafeMutableRawPointer] = []
            for i in 0..<100_000 {
                let key = IntegerKey(value: UInt64(i) << 20)
                let found = table.entry(key, key.hash)
                let entry = try #require(found)
                let cell = (entry + KeyTable<IntegerKey>.cellsOffset)
                    .assumingMemoryBound(to: UInt64.self)
                #expect(cell.pointee == 7)
                cell.pointee = UInt64(i)
                entries.append(entry)
            }
            for (i, entry) in entries.enumerated() {
                let key = IntegerKey(value: UInt64(i) << 20)
                let found = table.entry(key, key.hash)
                #expect(found == entry)
            }
            #expect(table.count == entries.count)
            var cursor = table.cursor
            for entry in entries {
                let next = cursor.next(table.entryBytes)
                #expect(next == entry)
            }
            let end = cursor.next(table.entryBytes)
            #expect(end == nil)
        }
    }
}
