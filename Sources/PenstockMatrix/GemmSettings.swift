import CPenstockKernels

/// Which kernels a product uses and how it is blocked. Bits of a result depend on this and on the
/// operands, on nothing else.
package struct GemmSettings: Sendable {
    package let path: KernelPath
    package var f32: Blocking
    package var f64: Blocking

    package init(path: KernelPath, caches: CacheSizes) {
        self.path = path
        let table = path.table.pointee
        f32 = Blocking(table.f32, caches: caches)
        f64 = Blocking(table.f64, caches: caches)
    }

    /// The selected path and this machine's caches; nil when `PST_ISA` names no usable path.
    package static let standard: GemmSettings? = {
        guard case .success(let path) = selectedKernel() else { return nil }
        return GemmSettings(path: path, caches: .live)
    }()
}
