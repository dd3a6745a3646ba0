import PenstockMatrix

extension Int8: Stored {
    var bitPattern: Int8 { self }
    static var outside: Int8 { 0x55 }
}

extension UInt8: Stored {
    var bitPattern: UInt8 { self }
    static var outside: UInt8 { 0xAA }
}

/// The bits of a bf16: NaN outside.
extension UInt16: Stored {
    var bitPattern: UInt16 { self }
    static var outside: UInt16 { 0x7FC0 }

    /// The nearest bf16 towards zero.
    init(bf16 value: Float) { self.init(truncatingIfNeeded: value.bitPattern >> 16) }
    var bf16: Float { Float(bitPattern: UInt32(self) << 16) }
}

extension Int32: Stored {
    var bitPattern: Int32 { self }
    static var outside: Int32 { 0x5555_5555 }
}

struct NarrowCall<T: NarrowInputs> {
    var m: Int
    var n: Int
    var k: Int
    var alpha = 1.0
    var a: MatrixView<T.A>
    var b: MatrixView<T.B>
    var beta = 0.0
    var c: MutableMatrixView<T.C>
    var epilogue: Epilogue<T.C> = .none
}

/// A combination of types that the module multiplies.
protocol NarrowInputs {
    associatedtype A: Stored
    associatedtype B: Stored
    associatedtype C: Stored & Numeric
    static var name: String { get }
    static func adjust(_ settings: inout NarrowSettings, _ change: (inout NarrowBlocking) -> Void)
    static func gemm(_ call: NarrowCall<Self>, _ settings: NarrowSettings?) -> GemmStatus
    static func pack(
        _ b: MatrixView<B>, k: Int, n: Int, _ settings: NarrowSettings?
    ) throws -> NarrowPackedMatrix
    static func gemm(_ call: NarrowCall<Self>, _ packed: NarrowPackedMatrix) -> GemmStatus

    static func left(_ generator: inout SeededGenerator) -> A
    static func right(_ generator: inout SeededGenerator) -> B
    static func result(_ generator: inout SeededGenerator) -> C
    /// `sum + a * b`, exact for what `left` and `right` give.
    static func add(_ sum: C, _ a: A, _ b: B) -> C
    /// What becomes of a sum.
    static func finish(
        _ sum: C, _ alpha: Double, _ beta: Double, _ c: C, _ bias: C?, _ activation: GemmActivation,
        _ scale: Double, _ residual: C?
    ) -> C
}

enum BF16: NarrowInputs {
    typealias A = UInt16
    typealias B = UInt16
    typealias C = Float

    static var name: String { "bf16" }
    static func adjust(
        _ settings: inout NarrowSettings, _ change: (inout NarrowBlocking) -> Void
    ) { change(&settings.bf16) }
    static func gemm(_ call: NarrowCall<BF16>, _ settings: NarrowSettings?) -> GemmStatus {
        gemmBF16(
            m: call.m, n: call.n, k: call.k, alpha: call.alpha, a: call.a, b: call.b,
            beta: call.beta, c: call.c, epilogue: call.epilogue, settings: settings)
    }
    static func pack(
        _ b: MatrixView<UInt16>, k: Int, n: Int, _ settings: NarrowSettings?
    ) throws -> NarrowPackedMatrix {
        try NarrowPackedMatrix(bf16: b, k: k, n: n, settings: settings)
    }
    static func gemm(_ call: NarrowCall<BF16>, _ packed: NarrowPackedMatrix) -> GemmStatus {
        gemmBF16(
            m: call.m, alpha: call.alpha, a: call.a, packedB: packed,
            beta: call.beta, c: call.c, epilogue: call.epilogue)
    }

    static func left(_ generator: inout SeededGenerator) -> UInt16 {
        UInt16(bf16: Float(generator.pick(-4...4)))
    }
    static func right(_ generator: inout SeededGenerator) -> UInt16 { left(&generator) }
    static func result(_ generator: inout SeededGenerator) -> Float {
        Float(generator.pick(-50...50))
    }
    static func add(_ sum: Float, _ a: UInt16, _ b: UInt16) -> Float { sum + a.bf16 * b.bf16 }
    static func finish(
        _ sum: Float, _ alpha: Double, _ beta: Double, _ c: Float, _ bias: Float?,
        _ activation: GemmActivation, _ scale: Double, _ residual: Float?
    ) -> Float {
        var value = Float(alpha) * sum + (beta == 0 ? 0 : Float(beta) * c) + (bias ?? 0)
        switch activation {
        case .relu: value = max(value, 0)
        case .clamp(let low, let high): value = min(max(value, Float(low)), Float(high))
        default: break
        }
        return value * Float(scale) + (residual ?? 0)
    }
}

enum S8: NarrowInputs {
    typealias A = Int8
    typealias B = Int8
    typealias C = Int32

    static var name: String { "s8" }
    static func adjust(
        _ settings: inout NarrowSettings, _ change: (inout NarrowBlocking) -> Void
    ) { change(&settings.int8) }
    static func gemm(_ call: NarrowCall<S8>, _ settings: NarrowSettings?) -> GemmStatus {
        gemmS8(
            m: call.m, n: call.n, k: call.k, alpha: call.alpha, a: call.a, b: call.b,
            beta: call.beta, c: call.c, epilogue: call.epilogue, settings: settings)
    }
    static func pack(
        _ b: MatrixView<Int8>, k: Int, n: Int, _ settings: NarrowSettings?
    ) throws -> NarrowPackedMatrix {
        try NarrowPackedMatrix(s8: b, k: k, n: n, settings: settings)
    }
    static func gemm(_ call: NarrowCall<S8>, _ packed: NarrowPackedMatrix) -> GemmStatus {
        gemmS8(
            m: call.m, alpha: call.alpha, a: call.a, packedB: packed, beta: call.beta, c: call.c,
            epilogue: call.epilogue)
    }

    /// All values, the extremes often.
    static func left(_ generator: inout SeededGenerator) -> Int8 {
        generator.oneIn(3)
            ? (generator.oneIn(2) ? .min : .max) : Int8(truncatingIfNeeded: generator.next())
    }
    static func right(_ generator: inout SeededGenerator) -> Int8 { left(&generator) }
    static func result(_ generator: inout SeededGenerator) -> Int32 {
        Int32(truncatingIfNeeded: generator.next())
    }
    static func add(_ sum: Int32, _ a: Int8, _ b: Int8) -> Int32 { sum &+ Int32(a) &* Int32(b) }
    static func finish(
        _ sum: Int32, _: Double, _ beta: Double, _ c: Int32, _ bias: Int32?, _: GemmActivation,
        _: Double, _ residual: Int32?
    ) -> Int32 { sum &+ (beta == 0 ? 0 : c) &+ (bias ?? 0) &+ (residual ?? 0) }
}

enum U8S8: NarrowInputs {
    typealias A = UInt8
    typealias B = Int8
    typealias C = Int32

    static var name: String { "u8s8" }
    static func adjust(
        _ settings: inout NarrowSettings, _ change: (inout NarrowBlocking) -> Void
    ) { change(&settings.int8) }
    static func gemm(_ call: NarrowCall<U8S8>, _ settings: NarrowSettings?) -> GemmStatus {
        gemmU8S8(
            m: call.m, n: call.n, k: call.k, alpha: call.alpha, a: call.a, b: call.b,
            beta: call.beta, c: call.c, epilogue: call.epilogue, settings: settings)
    }
    static func pack(
        _ b: MatrixView<Int8>, k: Int, n: Int, _ settings: NarrowSettings?
    ) throws -> NarrowPackedMatrix {
        try NarrowPackedMatrix(u8s8: b, k: k, n: n, settings: settings)
    }
    static func gemm(_ call: NarrowCall<U8S8>, _ packed: NarrowPackedMatrix) -> GemmStatus {
        gemmU8S8(
            m: call.m, alpha: call.alpha, a: call.a, packedB: packed, beta: call.beta, c: call.c,
            epilogue: call.epilogue)
    }

    static func left(_ generator: inout SeededGenerator) -> UInt8 {
        UInt8(bitPattern: S8.left(&generator)) ^ (generator.oneIn(2) ? 0x80 : 0)
    }
    static func right(_ generator: inout SeededGenerator) -> Int8 { S8.left(&generator) }
    static func result(_ generator: inout SeededGenerator) -> Int32 { S8.result(&generator) }
    static func add(_ sum: Int32, _ a: UInt8, _ b: Int8) -> Int32 { sum &+ Int32(a) &* Int32(b) }
    static func finish(
        _ sum: Int32, _ alpha: Double, _ beta: Double, _ c: Int32, _ bias: Int32?,
        _ activation: GemmActivation, _ scale: Double, _ residual: Int32?
    ) -> Int32 { S8.finish(sum, alpha, beta, c, bias, activation, scale, residual) }
}

/// Settings for every path that this machine runs.
let allNarrowSettings: [NarrowSettings] = KernelPath.available.map {
    NarrowSettings(path: $0, caches: CacheSizes(l1d: 32 << 10, l2: 1 << 20, l3: 16 << 20))
}

/// Blocks so small that a modest product crosses every block boundary.
func crossing<T: NarrowInputs>(
    _ settings: NarrowSettings, _: T.Type, _ generator: inout SeededGenerator
) -> NarrowSettings {
    var settings = settings
    let (steps, rows, columns) = (
        generator.pick(1...60), generator.pick(1...30), generator.pick(1...60)
    )
    let fixed = generator.pick(0...7)
    T.adjust(&settings) {
        if fixed & 1 == 0 { $0.kc = steps }
        if fixed & 2 == 0 { $0.mc = rows }
        if fixed & 4 == 0 { $0.nc = columns }
    }
    return settings
}

extension Operand<UInt16> {
    /// bf16 values in -1...1 that do not add exactly.
    static func noise(
        _ rows: Int, _ columns: Int, _ layout: Layout? = nil, seed: UInt64
    ) -> Operand {
        let values = Operand<Float>.noise(rows, columns, seed: seed)
        let layout = layout ?? Layout(rowStride: max(columns, 1), columnStride: 1)
        return Operand(rows, columns, layout) { UInt16(bf16: values[$0, $1]) }
    }
}
