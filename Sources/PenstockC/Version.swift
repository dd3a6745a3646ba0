import CPenstock
import CPenstockPlatform
import PenstockMatrix
import PenstockTopology

@c @implementation
public func pst_version() -> UInt32 {
    UInt32(PST_VERSION_MAJOR * 10000 + PST_VERSION_MINOR * 100 + PST_VERSION_PATCH)
}

/// Made once and kept: the pointer is handed out.
nonisolated(unsafe) private let buildInfo: UnsafeMutablePointer<CChar> = {
    let paths = KernelPath.available.map(\.name).joined(separator: ", ")
    let used =
        switch selectedKernel() {
        case .success(let path): path.name
        case .failure(let error): "none (\(error.text))"
        }
    #if compiler(>=6.4)
        let compiler = "Swift 6.4 or later"
    #else
        let compiler = "Swift 6.3"
    #endif
    let text =
        "penstock \(PST_VERSION_MAJOR).\(PST_VERSION_MINOR).\(PST_VERSION_PATCH), kernels \(used) "
        + "(of \(paths)), hwloc \(Machine.hwlocVersion), \(compiler), "
        + String(cString: pstp_compiler())
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (i, byte) in text.utf8.enumerated() { memory[i] = CChar(bitPattern: byte) }
    memory[text.utf8.count] = 0
    return memory
}()

@c @implementation
public func pst_build_info() -> UnsafePointer<CChar>! { UnsafePointer(buildInfo) }
