package import PenstockRuntime

/// What stands in an element: numbers of one type, row-major without gaps.
package struct Layout: Sendable, Equatable {
    package let scalar: Scalar
    /// Empty for a single number.
    package let shape: [Int]
    /// Numbers of an element.
    package let values: Int

    package static let maximumRank = 8
    package static let maximumBytes = 1 << 30

    package init(_ scalar: Scalar, _ shape: [Int] = []) throws(OperatorFault) {
        var values = 1
        for length in shape {
            let product = values.multipliedReportingOverflow(by: length)
            guard length >= 1, !product.overflow,
                product.partialValue <= Layout.maximumBytes / scalar.bytes
            else {
                throw .invalid(
                    "shape \(Layout.text(shape)) of \(scalar) is not of 1 to "
                        + "\(Layout.maximumBytes) bytes")
            }
            values = product.partialValue
        }
        guard shape.count <= Layout.maximumRank else {
            throw .invalid("rank \(shape.count) is more than \(Layout.maximumRank)")
        }
        self.scalar = scalar
        self.shape = shape
        self.values = values
    }

    /// The same shape of other numbers.
    func with(_ scalar: Scalar) throws(OperatorFault) -> Layout { try Layout(scalar, shape) }

    /// Of an element.
    package var bytes: Int { values * scalar.bytes }

    private static func text(_ shape: [Int]) -> String {
        "(" + shape.map { "\($0)" }.joined(separator: ", ") + ")"
    }
}

extension Layout: CustomStringConvertible {
    package var description: String { "\(scalar)" + shape.map { "[\($0)]" }.joined() }
}
