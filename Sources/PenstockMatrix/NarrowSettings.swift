import CPenstockKernels

/// Which kernels a narrow product uses and how it is blocked. Bits of a bf16 result depend on the
/// kernel and on the operands, on nothing else; integers are exact.
package struct NarrowSettings: @unchecked Sendable {
    package let path: KernelPath
    package var bf16: NarrowBlocking
    package var int8: NarrowBlocking
    /// Point at constant data in the C module.
    private let kernels:
        (
            bf16: UnsafePointer<pstk_narrow_kernel>, s8: UnsafePointer<pstk_narrow_kernel>,
            u8s8: UnsafePointer<pstk_narrow_kernel>, s8u8: UnsafePointer<pstk_narrow_kernel>
        )

    package init(path: KernelPath, caches: CacheSizes) {
        // Generic kernels run anywhere, so there is one of each type.
        func kernel(_ type: pstk_narrow_type) -> UnsafePointer<pstk_narrow_kernel> {
            pstk_narrow_kernel_of(path.table.pointee.name, type).unsafelyUnwrapped
        }
        self.path = path
        kernels = (
            kernel(PSTK_NARROW_BF16), kernel(PSTK_NARROW_S8), kernel(PSTK_NARROW_U8S8),
            kernel(PSTK_NARROW_S8U8)
        )
        bf16 = NarrowBlocking(kernels.bf16.pointee, caches: caches)
        int8 = NarrowBlocking(kernels.s8.pointee, caches: caches)
    }

    /// The selected path and this machine's caches; nil when `PST_ISA` names no usable path.
    package static let standard: NarrowSettings? = {
        guard case .success(let path) = selectedKernel() else { return nil }
        return NarrowSettings(path: path, caches: .live)
    }()

    /// The instructions that multiply `type`. On a processor that has AVX-512 and not its BF16 or
    /// VNNI they are not the path's own.
    package func kernelName(_ type: NarrowType) -> String {
        String(cString: kernel(type, transposed: false).pointee.name)
    }

    /// A and B exchange their places, and so their types, when C is computed transposed.
    func kernel(_ type: NarrowType, transposed: Bool) -> UnsafePointer<pstk_narrow_kernel> {
        switch type {
        case .bf16: kernels.bf16
        case .s8: kernels.s8
        case .u8s8: transposed ? kernels.s8u8 : kernels.u8s8
        }
    }

    subscript(_ type: NarrowType) -> NarrowBlocking {
        get { type == .bf16 ? bf16 : int8 }
        set { if type == .bf16 { bf16 = newValue } else { int8 = newValue } }
    }
}

/// The types of A and B, which are narrower than that of C.
package enum NarrowType: String, Sendable {
    /// Both bf16; C is f32.
    case bf16
    /// Both signed bytes; C is int32, exact modulo 2^32.
    case s8
    /// A unsigned bytes, B signed ones; C is int32, exact modulo 2^32.
    case u8s8

    package var elementSize: Int { self == .bf16 ? 2 : 1 }
    /// Of C, the bias, and the residual.
    static var resultSize: Int { 4 }
}
