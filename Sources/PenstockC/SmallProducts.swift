import CPenstock
import PenstockMatrix
import Synchronization

// Small plain products, straight from a caller's arguments to the kernel.

/// `directGemm`, or nil before the first product of the general way: a lazy global of another
/// module would cost each product a call.
nonisolated(unsafe) let sharedDirect = Atomic<UnsafePointer<(f32: DirectGemm, f64: DirectGemm)>?>(
    nil)

/// Called on the general way, so that later products need not take it.
func prepareSmallProducts() {
    // releasing: pairs with the acquiring loads of all products
    sharedDirect.store(directGemm, ordering: .releasing)
}

/// alpha 1, beta 0 or 1, no epilogue. By their bits: comparing floating-point numbers is slower.
@inline(__always)
func isPlain<T: BinaryFloatingPoint & BitPattern>(
    _ alpha: T, _ beta: T, _ bias: UnsafeRawPointer?, _ activation: pst_activation
) -> Bool {
    let (one, beta) = ((1 as T).bitPattern, beta.bitPattern)
    let others = UInt(alpha.bitPattern ^ one) | UInt(bitPattern: bias) | UInt(activation.rawValue)
    return others == 0 && (beta == 0 || beta == one)
}

protocol BitPattern {
    associatedtype Bits: FixedWidthInteger
    var bitPattern: Bits { get }
}
extension Float: BitPattern {}
extension Double: BitPattern {}

/// The product that `args` describes, if it is small, plain and right. Else it is for the general
/// way, which says what is wrong.
func performDirectly(_ args: UnsafePointer<pst_gemm_args>) -> Bool {
    // Not copied: a caller who knows more or less than this library goes the general way.
    guard UnsafeRawPointer(args).loadUnaligned(as: Int.self) == MemoryLayout<pst_gemm_args>.size,
        args.pointee.type.rawValue <= PST_GEMM_F64.rawValue, args.pointee.batch == 1,
        isPlain(args.pointee.alpha, args.pointee.beta, args.pointee.bias, args.pointee.activation),
        args.pointee.scale == 1, args.pointee.kc | args.pointee.mc | args.pointee.nc == 0,
        args.pointee.threads >= 0, args.pointee.packed_b == nil, args.pointee.residual == nil,
        args.pointee.a_array == nil, args.pointee.b_array == nil, args.pointee.c_array == nil,
        // acquiring: pairs with the store of prepareSmallProducts
        let direct = sharedDirect.load(ordering: .acquiring)
    else { return false }
    if let handle = args.pointee.engine {
        // One thread is all that pays. The product of three sizes below 2^14 does not overflow.
        let (m, n, k) = (args.pointee.m, args.pointee.n, args.pointee.k)
        guard UInt(bitPattern: m | n | k) < 1 << 14, m &* n &* k <= Int(GemmGrid.leastWork),
            HandleTable.shared.knows(engine: handle)
        else { return false }
    }
    return args.pointee.type == PST_GEMM_F32
        ? direct.pointee.f32.perform(args, of: Float.self)
        : direct.pointee.f64.perform(args, of: Double.self)
}

extension DirectGemm {
    @inline(__always)
    fileprivate func perform<Element>(
        _ args: UnsafePointer<pst_gemm_args>, of: Element.Type
    ) -> Bool {
        perform(
            args.pointee.m, args.pointee.n, args.pointee.k,
            args.pointee.a?.assumingMemoryBound(to: Element.self), args.pointee.a_row,
            args.pointee.a_col, args.pointee.b?.assumingMemoryBound(to: Element.self),
            args.pointee.b_row, args.pointee.b_col,
            args.pointee.c?.assumingMemoryBound(to: Element.self), args.pointee.c_row,
            args.pointee.c_col, accumulate: args.pointee.beta != 0)
    }
}
