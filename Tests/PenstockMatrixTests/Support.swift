import PenstockMatrix

/// SplitMix64: the same cases in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func oneIn(_ count: Int) -> Bool { pick(1...count) == 1 }
}

/// An element type that the module multiplies.
protocol Multiplied: BinaryFloatingPoint, Stored {
    /// Wide enough that a sum's own rounding does not matter.
    associatedtype Wide: BinaryFloatingPoint
    static var unitRoundoff: Double { get }

    static func blocking(_ settings: GemmSettings) -> Blocking
    static func adjust(_ settings: inout GemmSettings, _ change: (inout Blocking) -> Void)
    static func gemm(_ call: Call<Self>, _ settings: GemmSettings?) -> GemmStatus
    static func pack(
        _ b: MatrixView<Self>, k: Int, n: Int, _ settings: GemmSettings?
    ) throws -> PackedMatrix<Self>
    static func gemm(_ call: Call<Self>, _ packed: PackedMatrix<Self>) -> GemmStatus
}

extension Multiplied {
    static var outside: Self { .nan }
}

struct Call<Element: BinaryFloatingPoint> {
    var m: Int
    var n: Int
    var k: Int
    var alpha: Element = 1
    var a: MatrixView<Element>
    var b: MatrixView<Element>
    var beta: Element = 0
    var c: MutableMatrixView<Element>
    var epilogue: Epilogue<Element> = .none
}

extension Float: Multiplied {
    typealias Wide = Double
    static var unitRoundoff: Double { 0x1p-24 }
    static func blocking(_ settings: GemmSettings) -> Blocking { settings.f32 }
    static func adjust(_ settings: inout GemmSettings, _ change: (inout Blocking) -> Void) {
        change(&settings.f32)
    }
    static func gemm(_ call: Call<Float>, _ settings: GemmSettings?) -> GemmStatus {
        gemmF32(
            m: call.m, n: call.n, k: call.k, alpha: call.alpha, a: call.a, b: call.b,
            beta: call.beta, c: call.c, epilogue: call.epilogue, settings: settings)
    }
    static func pack(
        _ b: MatrixView<Float>, k: Int, n: Int, _ settings: GemmSettings?
    ) throws -> PackedMatrix<Float> { try PackedMatrixF32(b, k: k, n: n, settings: settings) }
    static func gemm(_ call: Call<Float>, _ packed: PackedMatrix<Float>) -> GemmStatus {
        gemmF32(
            m: call.m, alpha: call.alpha, a: call.a, packedB: packed, beta: call.beta, c: call.c,
            epilogue: call.epilogue)
    }
}

extension Double: Multiplied {
    #if arch(x86_64)
        typealias Wide = Float80
    #else
        typealias Wide = Double
    #endif
    static var unitRoundoff: Double { 0x1p-53 }
    static func blocking(_ settings: GemmSettings) -> Blocking { settings.f64 }
    static func adjust(_ settings: inout GemmSettings, _ change: (inout Blocking) -> Void) {
        change(&settings.f64)
    }
    static func gemm(_ call: Call<Double>, _ settings: GemmSettings?) -> GemmStatus {
        gemmF64(
            m: call.m, n: call.n, k: call.k, alpha: call.alpha, a: call.a, b: call.b,
            beta: call.beta, c: call.c, epilogue: call.epilogue, settings: settings)
    }
    static func pack(
        _ b: MatrixView<Double>, k: Int, n: Int, _ settings: GemmSettings?
    ) throws -> PackedMatrix<Double> { try PackedMatrixF64(b, k: k, n: n, settings: settings) }
    static func gemm(_ call: Call<Double>, _ packed: PackedMatrix<Double>) -> GemmStatus {
        gemmF64(
            m: call.m, alpha: call.alpha, a: call.a, packedB: packed, beta: call.beta, c: call.c,
            epilogue: call.epilogue)
    }
}

/// Settings for every path that this machine runs.
let allSettings: [GemmSettings] = KernelPath.available.map {
    GemmSettings(path: $0, caches: CacheSizes(l1d: 32 << 10, l2: 1 << 20, l3: 16 << 20))
}

/// Caches and blocks so small that a modest product takes every path and crosses every boundary.
func crossing<Element: Multiplied>(
    _ settings: GemmSettings, _: Element.Type, _ generator: inout SeededGenerator
) -> GemmSettings {
    let l1d = [4 << 10, 32 << 10][generator.pick(0...1)]
    let l2 = [l1d, 1 << 20][generator.pick(0...1)]
    var settings = GemmSettings(
        path: settings.path, caches: CacheSizes(l1d: l1d, l2: l2, l3: 1 << 20))
    let (kc, rows, columns) = (
        generator.pick(1...20), generator.pick(1...30), generator.pick(1...80)
    )
    let fixed = generator.pick(0...7)
    Element.adjust(&settings) {
        if fixed & 1 != 0 { $0.kc = kc }
        if fixed & 2 != 0 { $0.mc = rows }
        if fixed & 4 != 0 { $0.nc = columns }
    }
    return settings
}
