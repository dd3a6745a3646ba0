/// Where the operands of each product of a batch lie.
package struct GemmBatch {
    var count = 1
    /// Bytes from one product's operand to the next one's.
    var a = 0
    var b = 0
    var c = 0
    var residual = 0
    /// Instead of steps: a pointer for each product.
    var aArray: UnsafePointer<UnsafeRawPointer?>?
    var bArray: UnsafePointer<UnsafeRawPointer?>?
    var cArray: UnsafePointer<UnsafeMutableRawPointer?>?

    var hasArrays: Bool { aArray != nil || bArray != nil || cArray != nil }

    /// The same for the transposes, whose operands have changed places.
    var transposed: GemmBatch {
        var other = self
        (other.a, other.b) = (b, a)
        (other.aArray, other.bArray) = (bArray, aArray)
        return other
    }
}

extension GemmBatch {
    /// Steps in elements, of `elementSize` bytes in A and B, `resultSize` in C and the residual.
    init(
        count: Int, a: Int, b: Int, c: Int, residual: Int,
        aArray: UnsafePointer<UnsafeRawPointer?>?, bArray: UnsafePointer<UnsafeRawPointer?>?,
        cArray: UnsafePointer<UnsafeMutableRawPointer?>?, elementSize: Int, resultSize: Int
    ) throws(GemmFault) {
        func bytes(_ step: Int, _ size: Int, _ argument: GemmArgument) throws(GemmFault) -> Int {
            let (bytes, overflow) = step.multipliedReportingOverflow(by: size)
            if overflow { throw .tooLarge(argument) }
            return bytes
        }
        self.init(
            count: count, a: try bytes(a, elementSize, .a), b: try bytes(b, elementSize, .b),
            c: try bytes(c, resultSize, .c), residual: try bytes(residual, resultSize, .residual),
            aArray: aArray, bArray: bArray, cArray: cArray)
    }
}
