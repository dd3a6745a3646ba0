import PenstockDataflow

/// How elements of a Swift type that holds references are given up and copied. For the engine an
/// element is bytes; it moves them and asks here when nobody consumes them or several do.
class ElementOperations: @unchecked Sendable {
    func destroy(_ elements: UnsafeMutableRawPointer, _ n: Int) {}
    func copy(_ from: UnsafeRawPointer, to: UnsafeMutableRawPointer, _ n: Int) {}

    /// The engine's view of a type. The operations must live as long as the element type is used.
    static func elementType<Element>(
        _: Element.Type
    ) -> (type: ElementType, operations: ElementOperations?) {
        let size = MemoryLayout<Element>.stride
        let alignment = MemoryLayout<Element>.alignment
        let name = String(describing: Element.self)
        if _isPOD(Element.self) {
            return (ElementType(size: size, alignment: alignment, name: name), nil)
        }
        let operations = TypedOperations<Element>()
        let type = ElementType(
            size: size, alignment: alignment, name: name,
            destroy: { elements, n, user in
                guard let elements, let user else { return }
                Unmanaged<ElementOperations>.fromOpaque(user).takeUnretainedValue()
                    .destroy(elements, n)
            },
            copy: { from, to, n, user in
                guard let from, let to, let user else { return 20 }
                Unmanaged<ElementOperations>.fromOpaque(user).takeUnretainedValue()
                    .copy(from, to: to, n)
                return 0
            },
            user: Unmanaged.passUnretained(operations as ElementOperations).toOpaque())
        return (type, operations)
    }
}

private final class TypedOperations<Element>: ElementOperations, @unchecked Sendable {
    override func destroy(_ elements: UnsafeMutableRawPointer, _ n: Int) {
        elements.assumingMemoryBound(to: Element.self).deinitialize(count: n)
    }

    override func copy(_ from: UnsafeRawPointer, to: UnsafeMutableRawPointer, _ n: Int) {
        to.assumingMemoryBound(to: Element.self)
            .initialize(from: from.assumingMemoryBound(to: Element.self), count: n)
    }
}
