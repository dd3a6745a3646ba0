import CPenstockKernels

package enum GemmActivation: Equatable, Sendable {
    case none
    case relu
    /// x · Φ(x), Φ the distribution function of the normal distribution (Hendrycks and Gimpel
    /// 2016).
    case gelu
    /// The same with Φ through tanh: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))).
    case geluTanh
    case sigmoid
    case tanh
    /// min(max(x, low), high); `low` is not above `high`, and neither is NaN.
    case clamp(low: Double, high: Double)
}

/// What happens to each element v of C after the product, in this order: `v += bias`,
/// `v = activation(v)`, `v *= scale`, `v += residual`. Every step rounds, and NaN passes through.
/// How near the activations come to the exact function says curves.h.
package struct Epilogue<Element> {
    package typealias Activation = GemmActivation

    package enum BiasAlong: Sendable {
        /// One value for each column of C.
        case columns
        /// One value for each row of C.
        case rows
    }

    package var bias: UnsafePointer<Element>?
    package var biasAlong: BiasAlong
    package var activation: Activation
    package var scale: Double
    /// Added last: as large as C, and no element of it one of C's. Any strides, also zero.
    package var residual: MatrixView<Element>?

    package init(
        bias: UnsafePointer<Element>? = nil, biasAlong: BiasAlong = .columns,
        activation: Activation = .none, scale: Double = 1, residual: MatrixView<Element>? = nil
    ) {
        self.bias = bias
        self.biasAlong = biasAlong
        self.activation = activation
        self.scale = scale
        self.residual = residual
    }

    package static var none: Self { Self() }

    package var raw: RawEpilogue {
        Self.raw(
            bias: UnsafeRawPointer(bias), byRow: biasAlong == .rows, activation: activation,
            scale: scale, residual: residual?.raw)
    }
}

extension Epilogue {
    package static func raw(
        bias: UnsafeRawPointer?, byRow: Bool, activation: GemmActivation, scale: Double,
        residual: RawMatrix?
    ) -> RawEpilogue {
        var raw = RawEpilogue()
        raw.bias = bias
        raw.biasByRow = bias != nil && byRow
        raw.scale = scale
        raw.residual = residual
        switch activation {
        case .none: raw.activation = PSTK_LINEAR
        case .relu: raw.activation = PSTK_RELU
        case .gelu: raw.activation = PSTK_GELU
        case .geluTanh: raw.activation = PSTK_GELU_TANH
        case .sigmoid: raw.activation = PSTK_SIGMOID
        case .tanh: raw.activation = PSTK_TANH
        case .clamp(let low, let high):
            raw.activation = PSTK_CLAMP
            raw.low = low
            raw.high = high
        }
        return raw
    }
}

/// An epilogue without its element type.
package struct RawEpilogue {
    var bias: UnsafeRawPointer?
    var biasByRow = false
    var activation = PSTK_LINEAR
    var low = 0.0
    var high = 0.0
    var scale = 1.0
    var residual: RawMatrix?

    /// What is wrong with its numbers. Not `low > high`: a NaN is a fault too.
    var fault: GemmFault? {
        activation == PSTK_CLAMP && !(low <= high) ? .clampBounds : nil
    }

    var isNone: Bool {
        bias == nil && activation == PSTK_LINEAR && scale == 1 && residual == nil
    }

    /// The same for the transpose of C.
    var transposed: RawEpilogue {
        var other = self
        other.biasByRow = bias != nil && !biasByRow
        other.residual = residual?.transposed
        return other
    }

    /// The kernel's form for the block that starts at (row, column).
    func at(_ row: Int, _ column: Int, _ size: Int) -> pstk_epilogue {
        var block = pstk_epilogue()
        block.bias = bias.map { $0 + (biasByRow ? row : column) * size }
        block.bias_by_row = biasByRow
        block.activation = Int32(bitPattern: activation.rawValue)
        block.low = low
        block.high = high
        block.scale = scale
        if let residual {
            block.residual = residual.at(row, column, size)
            block.residual_row = residual.rowStride
        }
        return block
    }
}
