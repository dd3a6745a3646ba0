import PenstockMatrix

/// What happens to each element of a product at last.
public enum Activation: Sendable, Hashable {
    case linear
    /// Negative values become 0.
    case relu
    /// `x / 2 * (1 + erf(x / sqrt(2)))`.
    case gelu
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`.
    case geluTanh
    /// `1 / (1 + exp(-x))`.
    case sigmoid
    case tanh
    /// Values outside become the nearest bound.
    case clamp(ClosedRange<Float>)

    var core: GemmActivation {
        switch self {
        case .linear: .none
        case .relu: .relu
        case .gelu: .gelu
        case .geluTanh: .geluTanh
        case .sigmoid: .sigmoid
        case .tanh: .tanh
        case .clamp(let range):
            .clamp(low: Double(range.lowerBound), high: Double(range.upperBound))
        }
    }
}
