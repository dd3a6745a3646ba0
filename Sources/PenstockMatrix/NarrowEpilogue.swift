/// What happens to each element of a narrow product's C at its end: `activation(value + bias)`.
package struct NarrowEpilogue<Element> {
    package enum Activation: Equatable, Sendable {
        case none
        case relu
        /// Values below `low` become `low`, values above `high` become `high`; NaN stays.
        case clamp(low: Float, high: Float)
    }

    /// NULL, or one value for each column of C, or for each row.
    package var bias: UnsafePointer<Element>?
    package var biasByRow: Bool
    package var activation: Activation

    package init(
        bias: UnsafePointer<Element>? = nil, byRow: Bool = false, activation: Activation = .none
    ) {
        self.bias = bias
        biasByRow = byRow
        self.activation = activation
    }

    package static var none: Self { Self() }

    /// The bounds of the activation; relu is a clamp at zero.
    var bounds: (low: Float, high: Float)? {
        switch activation {
        case .none: nil
        case .relu: (0, .infinity)
        case .clamp(let low, let high): (low, high)
        }
    }
}
