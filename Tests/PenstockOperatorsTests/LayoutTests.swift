import PenstockOperators
import PenstockRuntime
import Testing

@Suite struct LayoutTests {
    @Test func sizesOfElements() throws {
        let image = try Layout(.f32, [4, 5, 3])
        #expect(image.values == 60)
        #expect(image.bytes == 240)
        #expect(try Layout(.i64).bytes == 8)
    }

    @Test(arguments: [[0], [-1], [1 << 20, 1 << 20], [1 << 62, 4]])
    func refusesShapes(_ shape: [Int]) {
        #expect(throws: OperatorFault.self) { try Layout(.u8, shape) }
    }
}
