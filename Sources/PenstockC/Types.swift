public import CPenstock
import PenstockRuntime
import PenstockText

@c @implementation
public func pst_bytes_type() -> pst_type {
    pst_type(
        struct_size: MemoryLayout<pst_type>.size, size: MemoryLayout<pst_bytes>.stride,
        alignment: MemoryLayout<pst_bytes>.alignment, name: constantName("pst_bytes"),
        destroy: { elements, n, _ in
            guard let elements else { return }
            let blocks = elements.assumingMemoryBound(to: pst_bytes.self)
            for i in 0..<n { blocks[i].release?(blocks[i].owner) }
        },
        copy: { from, to, n, _ in
            guard let from, let to else { return PST_EINVAL }
            let isDone = Bytes.copy(
                from.assumingMemoryBound(to: Bytes.self), to.assumingMemoryBound(to: Bytes.self),
                n)
            return isDone ? PST_OK : PST_ENOMEM
        }, user: nil)
}

/// The head of DLManagedTensorVersioned as DLPack 1.0 fixes it: version (two u32), manager_ctx,
/// deleter.
private struct VersionedTensorHead {
    let major: UInt32
    let minor: UInt32
    let context: UnsafeMutableRawPointer?
    let deleter: (@convention(c) (UnsafeMutableRawPointer) -> Void)?
}

@c @implementation
public func pst_tensor_type() -> pst_type {
    pst_type(
        struct_size: MemoryLayout<pst_type>.size, size: MemoryLayout<UnsafeRawPointer>.size,
        alignment: MemoryLayout<UnsafeRawPointer>.alignment,
        name: constantName("DLManagedTensorVersioned *"),
        destroy: { elements, n, _ in
            guard let elements else { return }
            let tensors = elements.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
            for i in 0..<n {
                guard let tensor = tensors[i] else { continue }
                let head = tensor.assumingMemoryBound(to: VersionedTensorHead.self)
                head.pointee.deleter?(tensor)
            }
        }, copy: nil, user: nil)
}

private func constantName(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
