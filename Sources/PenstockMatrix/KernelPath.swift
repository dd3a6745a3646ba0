import CPenstockKernels
import Glibc

/// A set of micro-kernels: one instruction set's f32 and f64 kernels.
package struct KernelPath: @unchecked Sendable {
    /// Points at constant data in the C module.
    let table: UnsafePointer<pstk_kernels>

    var f32: UnsafePointer<pstk_kernel> {
        UnsafePointer(table.pointer(to: \.f32).unsafelyUnwrapped)
    }
    var f64: UnsafePointer<pstk_kernel> {
        UnsafePointer(table.pointer(to: \.f64).unsafelyUnwrapped)
    }

    package var name: String { String(cString: table.pointee.name) }

    /// The paths that this processor can run, best first. The last one is "generic".
    package static var available: [KernelPath] {
        var paths: [KernelPath] = []
        var index = 0
        while let table = pstk_kernels_at(index) {
            if table.pointee.supported() { paths.append(KernelPath(table: table)) }
            index += 1
        }
        return paths
    }

    package static func named(_ name: String) -> Result<KernelPath, KernelPathError> {
        guard let table = pstk_kernels_named(name) else { return .failure(.unknown(name)) }
        guard table.pointee.supported() else { return .failure(.unsupported(name)) }
        return .success(KernelPath(table: table))
    }
}

package enum KernelPathError: Error, Equatable, Sendable {
    /// Not a path that was compiled in.
    case unknown(String)
    /// Compiled in, but this processor lacks the instructions.
    case unsupported(String)

    package var text: String {
        let usable = KernelPath.available.map(\.name).joined(separator: ", ")
        return switch self {
        case .unknown(let name): "no kernel is named \"\(name)\"; this machine has \(usable)"
        case .unsupported(let name):
            "this processor lacks the instructions of \"\(name)\"; it has \(usable)"
        }
    }
}

/// The path that products use: what `PST_ISA` names, else the best. Read once in a process; a name
/// that cannot be used is an error, since a silent fallback would hide a tenfold loss of speed.
package func selectedKernel() -> Result<KernelPath, KernelPathError> { selection }

private let selection: Result<KernelPath, KernelPathError> = {
    guard let value = getenv("PST_ISA"), value.pointee != 0 else {
        return .success(KernelPath(table: pstk_kernels_best()))
    }
    return KernelPath.named(String(cString: value))
}()
