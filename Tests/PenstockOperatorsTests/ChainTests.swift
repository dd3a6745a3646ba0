import CountingAllocator
import PenstockOperators
import PenstockRuntime
import Testing

@Suite struct ChainTests {
    private let number: Layout
    private let line: Operator

    init() throws {
        number = try Layout(.i32)
        line = try .chain([
            constant(.add, number, Int32(3)), constant(.multiply, number, Int32(5)),
            .cast(number, .f64), constant(.subtract, Layout(.f64), 1.0),
        ])
    }

    /// Lengths around those of the blocks that a chain works in.
    @Test(arguments: [1, 2047, 2048, 2049, 4096, 10_001])
    func blocks(_ n: Int) {
        let values = (0..<n).map { Int32($0) }
        let made: [Double] = apply(line, to: values)
        #expect(made == values.map { Double(($0 + 3) * 5) - 1 })
    }

    @Test func anOperandOnTheLeft() throws {
        let made: [Int32] = try apply(
            constant(.subtract, number, Int32(10), isReversed: true), to: [1, 2, 12] as [Int32])
        #expect(made == [9, 8, -2])
    }

    @Test func partsThatDoNotFit() throws {
        #expect(throws: OperatorFault.self) {
            try Operator.chain([.cast(number, .f32), .cast(number, .f32)])
        }
        #expect(throws: OperatorFault.self) { try Operator.chain([]) }
    }

    /// What follows an element that fails is not made of what was there before.
    @Test(arguments: [0, 1, 700, 1999])
    func failuresInTheMiddle(_ bad: Int) throws {
        let table = (0..<50).map { Double($0) }
        let rows = try table.withUnsafeBytes {
            try Operator.gather(number, $0.baseAddress!, Layout(.f64, [50]), isLive: false)
        }
        let chain = try Operator.chain([
            constant(.add, number, Int32(1)), rows, constant(.multiply, Layout(.f64), 2.0),
        ])
        var values = (0..<2000).map { Int32($0 % 49) }
        values[bad] = 49
        let made: [Double] = apply(chain, to: values)
        #expect(made == values.prefix(bad).map { Double($0 + 1) * 2 })
    }

    @Test func nothingIsAllocatedAfterTheFirstCall() throws {
        guard counting_is_possible() else { return }
        let image = try Layout(.u8, [40, 40, 3])
        let half = try Operator.chain([
            .image(image, .randomCrop(height: 30, width: 30, seed: 1)),
            .image(Layout(.u8, [30, 30, 3]), .resize(height: 9, width: 9, method: .bilinear)),
            constant(.divide, Layout(.f32, [9, 9, 3]), Float(255)),
        ])
        let twice = try Operator.combine(.add, half, half)
        let pixels = [UInt8](repeating: 7, count: 16 * image.values)
        var out = [Float](repeating: 0, count: 16 * half.output.values)
        for round in 0..<10 {
            if round == 1 { counting_set(COUNTING_OPERATORS) }
            let start = counting_total(COUNTING_OPERATORS)
            let done = pixels.withUnsafeBytes { from in
                out.withUnsafeMutableBytes {
                    twice.apply(from.baseAddress!, $0.baseAddress!, 16, 0)
                }
            }
            if round > 0 { #expect(counting_total(COUNTING_OPERATORS) == start) }
            #expect(done == 16)
        }
        counting_set(COUNTING_NOTHING)
    }
}
