import CPenstockText
import Testing

/// Each way of scanning that this machine has, beside a byte after the other.
@Suite struct ScannerTests {
    static let names = ["generic", "avx2", "avx512"]

    private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let choice = UInt8(truncatingIfNeeded: state >> 56)
            // Many that are white space, and those beside them.
            return choice < 120 ? [9, 10, 13, 32, 8, 14, 31, 33][Int(choice % 8)] : choice
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    @Test(arguments: names) func edgesOfWords(name: String) {
        let scanner = pstx_scanner_find(name)!.pointee
        for size in [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000] {
            for seed in 0..<20 {
                for begin in [false, true] {
                    let data = bytes(size, seed: UInt64(seed * 1000 + size))
                    var inside = begin
                    var found = [UInt32](repeating: 0, count: size + Int(PSTX_SLACK))
                    let count = scanner.edges(data, size, &inside, &found)
                    var was = begin
                    var expected: [UInt32] = []
                    for (i, byte) in data.enumerated() where isSpace(byte) == was {
                        expected.append(UInt32(i))
                        was.toggle()
                    }
                    #expect(Array(found.prefix(count)) == expected)
                    #expect(inside == was)
                }
            }
        }
    }

    @Test(arguments: names) func positionsOfAByte(name: String) {
        let scanner = pstx_scanner_find(name)!.pointee
        for size in [0, 1, 64, 65, 777] {
            for byte: UInt8 in [0, 10, 255] {
                var data = bytes(size, seed: UInt64(size))
                for i in stride(from: 0, to: size, by: 7) { data[i] = byte }
                var found = [UInt32](repeating: 0, count: size + Int(PSTX_SLACK))
                let count = scanner.bytes(data, size, byte, &found)
                let expected = data.indices.filter { data[$0] == byte }.map(UInt32.init)
                #expect(Array(found.prefix(count)) == expected)
            }
        }
    }

    @Test func everyByteIsSpaceOrNot() {
        for name in ScannerTests.names {
            let scanner = pstx_scanner_find(name)!.pointee
            for byte in UInt8.min...UInt8.max {
                let data = [UInt8](repeating: byte, count: 70)
                var inside = false
                var found = [UInt32](repeating: 0, count: 70 + Int(PSTX_SLACK))
                let count = scanner.edges(data, 70, &inside, &found)
                #expect(count == (isSpace(byte) ? 0 : 1))
                #expect(inside == !isSpace(byte))
            }
        }
    }

    @Test func theLastOfABlock() {
        let data = Array("one two\nthree".utf8)
        #expect(pstx_last_space(data, data.count) == 7)
        #expect(pstx_last_space(data, 3) == 3)
        #expect(pstx_last_byte(data, data.count, 10) == 7)
        #expect(pstx_last_byte(data, 7, 10) == 7)
    }
}
