import CPenstock
import CPenstockPlatform
import PenstockRuntime

@c @implementation
public func pst_gemm_arrays(
    _ args: UnsafeMutablePointer<UnsafeMutableRawPointer?>!,
    _ dimensions: UnsafePointer<Int>!, _ steps: UnsafePointer<Int>!,
    _ loop: UnsafeMutableRawPointer!
) {
    guard let loop = loop?.assumingMemoryBound(to: pst_gemm_loop.self) else { return }
    let size = loop.pointee.struct_size
    guard size >= MemoryLayout<pst_gemm_loop>.size, size <= 1 << 16 else { return }
    // NumPy would tell of what was raised in lanes of a vector that hold no element.
    defer { pstp_float_flags_clear() }
    guard let args, let dimensions, let steps else {
        loop.pointee.failed?(report(.invalid, "args, dimensions or steps is NULL"))
        return
    }
    switch loop.pointee.type {
    case PST_GEMM_F32:
        multiply(args, dimensions, steps, loop, pst_gemm_f32, of: Float.self)
    case PST_GEMM_F64:
        multiply(args, dimensions, steps, loop, pst_gemm_f64, of: Double.self)
    default:
        loop.pointee.failed?(report(.invalid, "type \(loop.pointee.type.rawValue) has no loop"))
    }
}

private func report(_ status: Status, _ text: String) -> pst_status {
    report(Failure(status, "pst_gemm_arrays: \(text)"))
}

/// pst_gemm_f32, pst_gemm_f64.
private typealias Product<T> = (
    Int, Int, Int, T, UnsafePointer<T>?, Int, Int, UnsafePointer<T>?, Int, Int, T,
    UnsafeMutablePointer<T>?, Int, Int, UnsafePointer<T>?, pst_activation
) -> pst_status

/// Inlined, so that the product is a plain call.
@inline(__always)
private func multiply<T: BinaryFloatingPoint>(
    _ args: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ dimensions: UnsafePointer<Int>,
    _ steps: UnsafePointer<Int>, _ loop: UnsafeMutablePointer<pst_gemm_loop>,
    _ product: Product<T>, of: T.Type
) {
    let (m, k, n) = (dimensions[1], dimensions[2], dimensions[3])
    let size = MemoryLayout<T>.size
    // The place of C among the arguments, which is the number of operands.
    let last = loop.pointee.has_bias ? 3 : 2
    let inner = steps + last + 1
    let c = inner + last + 2
    if loop.pointee.has_bias && n > 1 && inner[4] != size {
        loop.pointee.failed?(report(.invalid, "the bias is not contiguous"))
        return
    }
    // Of one row or column a step may be anything. A size is a power of two: one bit below it in
    // any of them shows.
    let rows = m > 1 ? inner[0] | c[0] : 0
    let columns = n > 1 ? inner[3] | c[1] : 0
    let between = k > 1 ? inner[1] | inner[2] : 0
    guard (rows | columns | between) & (size - 1) == 0 else {
        loop.pointee.failed?(report(.invalid, "a step is not a multiple of a number's size"))
        return
    }
    for i in 0..<max(dimensions[0], 0) {
        func operand(_ at: Int) -> UnsafeMutablePointer<T>? {
            args[at].map { ($0 + i &* steps[at]).assumingMemoryBound(to: T.self) }
        }
        let status = product(
            m, n, k, 1, operand(0), inner[0] / size, inner[1] / size, operand(1), inner[2] / size,
            inner[3] / size, 0, operand(last), c[0] / size, c[1] / size,
            loop.pointee.has_bias ? operand(2) : nil, loop.pointee.activation)
        if status != PST_OK { loop.pointee.failed?(status) }
    }
}
