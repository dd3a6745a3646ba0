import Glibc
import PenstockMatrix

/// The activations that are computed by approximation.
enum Curve: CaseIterable {
    case gelu, geluTanh, sigmoid, tanh

    var activation: GemmActivation {
        switch self {
        case .gelu: .gelu
        case .geluTanh: .geluTanh
        case .sigmoid: .sigmoid
        case .tanh: .tanh
        }
    }

    /// The function itself, in a type so wide that its rounding does not matter.
    func exact<Wide: Transcendental>(_ x: Wide) -> Wide {
        switch self {
        case .gelu: x == -.infinity ? 0 : x / 2 * Wide.erfc(-x / Wide(2).squareRoot())
        case .geluTanh: x == -.infinity ? 0 : x / (1 + Wide.exp(-decay(x)))
        case .sigmoid: 1 / (1 + Wide.exp(-x))
        case .tanh: Wide.tanh(x)
        }
    }

    /// 2√(2/π) (x + 0.044715 x³)
    func decay<Wide: Transcendental>(_ x: Wide) -> Wide {
        let cubic = x + Wide(44_715) / 1_000_000 * x * x * x
        return 2 * (2 / Wide.pi).squareRoot() * cubic
    }

    /// How far a result may be from the exact one, in units of its last place. The negative tails
    /// of gelu fall like e^-y; rounding y once costs y units, which fused multiply-adds avoid in
    /// one of the two.
    func bound(_ x: Double, fused: Bool) -> Double {
        switch self {
        case .gelu: fused ? 9.5 : 5 + x * x / 2
        case .geluTanh: 3 + (fused ? 1.8 : 2.7) * max(0, -decay(x))
        case .sigmoid: 2.6
        case .tanh: 3
        }
    }
}

/// A type with the functions that references need.
protocol Transcendental: BinaryFloatingPoint {
    static func exp(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self
    static func erfc(_ x: Self) -> Self
}

extension Double: Transcendental {
    static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
    static func erfc(_ x: Double) -> Double { Glibc.erfc(x) }
}

#if arch(x86_64)
    extension Float80: Transcendental {
        static func exp(_ x: Float80) -> Float80 { Glibc.exp(x) }
        static func tanh(_ x: Float80) -> Float80 { Glibc.tanh(x) }
        static func erfc(_ x: Float80) -> Float80 { Glibc.erfc(x) }
    }
#endif

extension GemmSettings {
    /// Whether a multiply-add rounds once.
    var isFused: Bool {
        #if arch(x86_64)
            path.name != "generic"
        #else
            true
        #endif
    }
}

/// `epilogue` on each value by itself: a row of C, with no product to add.
func applied<Element: Multiplied>(
    _ epilogue: Epilogue<Element>, to values: [Element], _ settings: GemmSettings
) -> [Element] {
    var values = values
    let status = values.withUnsafeMutableBufferPointer { buffer in
        let call = Call<Element>(
            m: 1, n: buffer.count, k: 0, a: .rowMajor(nil, leading: 0),
            b: .rowMajor(nil, leading: 0), beta: 1,
            c: .rowMajor(buffer.baseAddress, leading: buffer.count), epilogue: epilogue)
        return Element.gemm(call, settings)
    }
    precondition(status == .done)
    return values
}
