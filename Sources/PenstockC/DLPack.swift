public import CPenstock
import CPenstockPlatform
import PenstockRuntime

// Tensors of other libraries as operands. Only their description is read; nothing is copied or
// kept.

/// A tensor's last two dimensions, and the stack of them.
private struct TensorView {
    var data: UnsafeMutableRawPointer?
    var rows: Int
    var columns: Int
    var rowStride: Int
    var columnStride: Int
    /// nil: a single matrix.
    var stack: Int?
    var stackStride = 0
    var code: Int32
    var bits: Int

    init(_ pointer: UnsafeRawPointer?, _ name: String) throws(Failure) {
        let tensor = try required(pointer, name).loadUnaligned(
            as: pstp_dl_tensor.self)
        let host = [PSTP_DL_CPU, PSTP_DL_CUDA_HOST, PSTP_DL_ROCM_HOST].map { Int32($0) }
        guard host.contains(tensor.device_type) else {
            throw Failure(.invalid, "\(name): device type \(tensor.device_type) is not CPU memory")
        }
        guard (2...3).contains(tensor.ndim) else {
            throw Failure(.invalid, "\(name) has \(tensor.ndim) dimensions; 2 or 3 are wanted")
        }
        guard let shape = tensor.shape else { throw Failure(.invalid, "\(name) has no shape") }
        guard tensor.lanes == 1 else {
            throw Failure(.invalid, "\(name) has elements of \(tensor.lanes) lanes; 1 is wanted")
        }
        let rank = Int(tensor.ndim)
        var strides = [1, 1, 1]
        for i in 0..<rank where shape[i] < 0 {
            throw Failure(.invalid, "\(name): dimension \(i) is \(shape[i])")
        }
        for i in stride(from: rank - 1, through: 0, by: -1) {
            if let given = tensor.strides {
                strides[i] = Int(given[i])
            } else if i < rank - 1 {
                let (stride, overflow) = strides[i + 1].multipliedReportingOverflow(
                    by: Int(shape[i + 1]))
                if overflow { throw Failure(.invalid, "\(name) is too large") }
                strides[i] = stride
            }
        }
        rows = Int(shape[rank - 2])
        columns = Int(shape[rank - 1])
        rowStride = strides[rank - 2]
        columnStride = strides[rank - 1]
        if rank == 3 {
            stack = Int(shape[0])
            stackStride = strides[0]
        }
        guard tensor.byte_offset <= UInt64(Int.max) else {
            throw Failure(.invalid, "\(name): byte_offset \(tensor.byte_offset) is too large")
        }
        data = tensor.data.map { $0 + Int(tensor.byte_offset) }
        code = Int32(tensor.code)
        bits = Int(tensor.bits)
    }

    func isOf(_ code: Int, _ bits: Int) -> Bool { self.code == Int32(code) && self.bits == bits }
}

private func gemmType(
    _ a: TensorView, _ b: TensorView?, _ c: TensorView
) throws(Failure) -> pst_gemm_type {
    let (int, unsigned, float, bfloat) = (
        Int(PSTP_DL_INT), Int(PSTP_DL_UINT), Int(PSTP_DL_FLOAT), Int(PSTP_DL_BFLOAT)
    )
    func all(_ code: Int, _ bits: Int, result: (Int, Int)) -> Bool {
        a.isOf(code, bits) && b?.isOf(code, bits) ?? true && c.isOf(result.0, result.1)
    }
    if all(float, 32, result: (float, 32)) { return PST_GEMM_F32 }
    if all(float, 64, result: (float, 64)) { return PST_GEMM_F64 }
    if all(bfloat, 16, result: (float, 32)) { return PST_GEMM_BF16 }
    if all(int, 8, result: (int, 32)) { return PST_GEMM_S8 }
    if a.isOf(unsigned, 8), b?.isOf(int, 8) ?? true, c.isOf(int, 32) { return PST_GEMM_U8S8 }
    func named(_ name: String, _ tensor: TensorView) -> String {
        "\(name) (code \(tensor.code), \(tensor.bits) bits)"
    }
    throw Failure(
        .invalid,
        "the element types of \(named("a", a))\(b.map { ", " + named("b", $0) } ?? "") and "
            + "\(named("c", c)) are no pst_gemm_type")
}

@c @implementation
public func pst_gemm_args_dlpack(
    _ args: UnsafeMutablePointer<pst_gemm_args>!, _ a: UnsafeRawPointer!, _ b: UnsafeRawPointer!,
    _ c: UnsafeMutableRawPointer!
) -> pst_status {
    attempt { () throws(Failure) in
        let args = try required(args, "args")
        // Up to the last field that is written; a caller with an older header has no more.
        let least = MemoryLayout<pst_gemm_args>.offset(of: \.bias).unsafelyUnwrapped
        guard (least...1 << 16).contains(args.pointee.struct_size) else {
            throw Failure(
                .invalid,
                "args.struct_size is \(args.pointee.struct_size); set it up with "
                    + "PST_GEMM_ARGS_INIT")
        }
        let left = try TensorView(a, "a")
        let right = b == nil ? nil : try TensorView(b, "b")
        let result = try TensorView(UnsafeRawPointer(c), "c")
        let type = try gemmType(left, right, result)
        guard left.rows == result.rows else {
            throw Failure(.invalid, "a has \(left.rows) rows, c \(result.rows)")
        }
        let (inner, across) = (right?.rows ?? args.pointee.k, right?.columns ?? args.pointee.n)
        guard left.columns == inner else {
            throw Failure(
                .invalid,
                "a has \(left.columns) columns, "
                    + (right == nil ? "args.k is \(inner)" : "b \(inner) rows"))
        }
        guard across == result.columns else {
            throw Failure(
                .invalid,
                (right == nil ? "args.n is \(across)" : "b has \(across) columns")
                    + ", c \(result.columns) columns")
        }
        let count = result.stack ?? 1
        for (name, tensor) in [("a", left), ("b", right)] {
            if let stack = tensor?.stack, stack != count && stack != 1 {
                throw Failure(.invalid, "\(name) is a stack of \(stack), c of \(count)")
            }
        }
        func step(_ tensor: TensorView?) -> Int {
            guard let tensor, let stack = tensor.stack, stack > 1 else { return 0 }
            return tensor.stackStride
        }
        args.pointee.type = type
        (args.pointee.m, args.pointee.n, args.pointee.k) = (left.rows, across, inner)
        (args.pointee.a, args.pointee.a_row, args.pointee.a_col) = (
            UnsafeRawPointer(left.data), left.rowStride, left.columnStride
        )
        if let right {
            (args.pointee.b, args.pointee.b_row, args.pointee.b_col) = (
                UnsafeRawPointer(right.data), right.rowStride, right.columnStride
            )
            args.pointee.packed_b = nil
        }
        (args.pointee.c, args.pointee.c_row, args.pointee.c_col) = (
            result.data, result.rowStride, result.columnStride
        )
        args.pointee.batch = count
        (args.pointee.a_batch, args.pointee.b_batch, args.pointee.c_batch) = (
            step(left), step(right), step(result)
        )
        (args.pointee.a_array, args.pointee.b_array, args.pointee.c_array) = (nil, nil, nil)
    }
}
