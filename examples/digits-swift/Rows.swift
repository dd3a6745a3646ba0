import Glibc
import Penstock

struct Unreadable: Error {
    let path: String
}

func readLines(_ path: String) throws -> [String] {
    guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var lines: [String] = []
    var buffer: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(buffer) }
    while getline(&buffer, &size, file) > 0, let buffer {
        lines.append(String(cString: buffer))
    }
    return lines
}

/// The file is clean, and real files are not: each epoch also has these, to be rejected.
private let brokenLines = ["", "0,0,5,13,9,1,0", "label,pixel0,pixel1", "17,0,0,3\n"]

/// The lines, epoch after epoch, each in an order of its own.
struct Shuffled: Sendable {
    let lines: [String]
    let last: Int
    private var epoch: Int
    private var order: [Int] = []

    init(_ lines: [String], epochs: Range<Int>) {
        self.lines = lines + brokenLines
        epoch = epochs.lowerBound - 1
        last = epochs.upperBound - 1
    }

    mutating func next() -> Line? {
        if order.isEmpty {
            if epoch == last { return nil }
            epoch += 1
            var random = Random(state: UInt64(epoch))
            order = lines.indices.shuffled(using: &random)
        }
        let number = order.removeLast()
        return Line(epoch: epoch, number: number, text: lines[number])
    }
}

struct NoRow: Error {}

/// A line that is no row fails, and the stage's policy says what becomes of it.
@Sendable func clean(_ line: Line) throws(NoRow) -> Row {
    var pixels = InlineArray<64, Float>(repeating: 0)
    var number = 0
    var count = 0
    for byte in line.text.utf8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            number = 10 * number + Int(byte - UInt8(ascii: "0"))
            if number > 16 { throw NoRow() }
        case UInt8(ascii: ",") where count < 64:
            pixels[count] = Float(number)
            count += 1
            number = 0
        case UInt8(ascii: "\n") where count == 64: break
        default: throw NoRow()
        }
    }
    guard count == 64, number < classes else { throw NoRow() }
    return Row(epoch: line.epoch, number: line.number, label: number, pixels: pixels)
}

/// Training rows are turned, stretched, slanted and moved a little, in another way each epoch.
@Sendable func distort(_ row: Row) -> Row {
    if isHeldOut(row.number) { return row }
    var random = Random(state: 1 ^ UInt64(row.epoch) << 32 ^ UInt64(row.number))
    random = Random(state: random.next())
    let (slant, shift): (Float, Float) = (0.15, 0.6)
    let middle = Float(side - 1) / 2
    let (xx, xy) = (1 + random.within(slant), random.within(slant))
    let (yx, yy) = (random.within(slant), 1 + random.within(slant))
    let (dx, dy) = (middle + random.within(shift), middle + random.within(shift))
    var result = row
    for i in 0..<side * side {
        let (x, y) = (Float(i % side) - middle, Float(i / side) - middle)
        result.pixels[i] = brightness(row.pixels, dx + x * xx + y * xy, dy + x * yx + y * yy)
    }
    return result
}

/// The image at a place between four pixels; it is white outside.
private func brightness(_ pixels: InlineArray<64, Float>, _ x: Float, _ y: Float) -> Float {
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    var sum: Float = 0
    for row in max(top, 0)...max(min(top + 1, side - 1), max(top, 0)) where row < side {
        for column in max(left, 0)...max(min(left + 1, side - 1), max(left, 0)) where column < side
        {
            let weight = (1 - abs(x - Float(column))) * (1 - abs(y - Float(row)))
            if weight > 0 { sum += pixels[row * side + column] * weight }
        }
    }
    return sum
}
