public import CPenstock
import PenstockMatrix
import PenstockRuntime

/// B packed ahead, of any of the types that products have.
final class PackedHandle: Sendable {
    enum Matrix: Sendable {
        case f32(PackedMatrixF32)
        case f64(PackedMatrixF64)
        case narrow(NarrowPackedMatrix)
    }

    let type: pst_gemm_type
    let k: Int
    let n: Int
    let matrix: Matrix

    init(
        _ type: pst_gemm_type, k: Int, n: Int, _ b: UnsafeRawPointer?, _ row: Int, _ column: Int
    ) throws(Failure) {
        self.type = type
        self.k = k
        self.n = n
        do throws(GemmFault) {
            switch type {
            case PST_GEMM_F32:
                let view = MatrixView(
                    b?.assumingMemoryBound(to: Float.self), rowStride: row, columnStride: column)
                matrix = .f32(try PackedMatrixF32(view, k: k, n: n))
            case PST_GEMM_F64:
                let view = MatrixView(
                    b?.assumingMemoryBound(to: Double.self), rowStride: row, columnStride: column)
                matrix = .f64(try PackedMatrixF64(view, k: k, n: n))
            default:
                guard let narrow = narrowType(type) else { throw .noKernel }
                let b = RawMatrix(base: b, rowStride: row, columnStride: column)
                matrix = .narrow(try NarrowPackedMatrix(narrow, b, k: k, n: n))
            }
        } catch {
            throw failure(error, "pst_packed_create")
        }
    }
}

/// nil for f32 and f64.
func narrowType(_ type: pst_gemm_type) -> NarrowType? {
    switch type {
    case PST_GEMM_BF16: .bf16
    case PST_GEMM_S8: .s8
    case PST_GEMM_U8S8: .u8s8
    default: nil
    }
}

func packed(_ handle: OpaquePointer) throws(Failure) -> PackedHandle {
    guard let packed = HandleTable.shared.find(handle, .packed) as? PackedHandle else {
        throw Failure(.badHandle, "packed_b is not a live packed matrix")
    }
    return packed
}

@c @implementation
public func pst_packed_create(
    _ type: pst_gemm_type, _ k: Int, _ n: Int, _ b: UnsafeRawPointer!, _ bRow: Int, _ bCol: Int,
    _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let out = try required(out, "packed")
        try check(type, "pst_packed_create")
        let packed = try PackedHandle(type, k: k, n: n, b, bRow, bCol)
        out.pointee = try HandleTable.shared.add(packed, .packed)
    }
}

@c @implementation
public func pst_packed_destroy(_ packed: OpaquePointer!) {
    guard let packed else { return }
    HandleTable.shared.remove(packed, .packed)
}
