import PenstockOperators
import PenstockRuntime
import Testing

/// A chain goes over an image once; each step by itself is what it must give.
@Suite struct ImageTests {
    private func steps(_ seed: UInt64) -> [ImageStep] {
        let all: [ImageStep] = [
            .crop(top: 1, left: 2, height: 20, width: 19),
            .flip(horizontal: true, vertical: false),
            .randomCrop(height: 15, width: 16, seed: 3),
            .randomFlip(horizontal: true, vertical: true, probability: 0.5, seed: 4),
            .crop(top: 3, left: 0, height: 10, width: 12),
            .flip(horizontal: false, vertical: true),
            .resize(height: 7, width: 21, method: seed % 2 == 0 ? .bilinear : .nearest),
            .flip(horizontal: true, vertical: true),
            .resize(height: 30, width: 9, method: .bilinear),
        ]
        return all.enumerated().filter { (seed >> $0.offset) & 1 == 1 }.map(\.element)
    }

    @Test(arguments: 1..<512 as Range<UInt64>)
    func togetherAndOneByOne(_ choice: UInt64) throws {
        var layout = try Layout(.u8, [24, 23, 3])
        let pixels = (0..<4 * layout.values).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 5) }
        var parts: [Operator] = []
        var bytes = pixels
        for step in steps(choice) {
            let part = try Operator.image(layout, step)
            parts.append(part)
            bytes = made(part, of: bytes)
            layout = part.output
        }
        #expect(made(try .chain(parts), of: pixels) == bytes)
    }

    private func made(_ made: Operator, of bytes: [UInt8]) -> [UInt8] {
        let n = bytes.count / made.input.bytes
        return [UInt8](unsafeUninitializedCapacity: n * made.output.bytes) { out, count in
            count =
                bytes.withUnsafeBytes {
                    made.apply($0.baseAddress!, UnsafeMutableRawPointer(out.baseAddress!), n, 50)
                } * made.output.bytes
        }
    }
}
