/// What happens to each element of C after the product: `activation(value + bias[column])`.
package struct Epilogue<Element> {
    package enum Activation: Sendable {
        case none
        case relu
    }

    /// NULL, or one value for each column of C.
    package var bias: UnsafePointer<Element>?
    package var activation: Activation

    package init(bias: UnsafePointer<Element>? = nil, activation: Activation = .none) {
        self.bias = bias
        self.activation = activation
    }

    package static var none: Self { Self() }
}
