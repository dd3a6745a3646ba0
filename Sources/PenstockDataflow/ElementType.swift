/// What a channel carries: elements of a fixed size, moved by value.
package struct ElementType: Sendable {
    /// Gives up contiguous elements. Any thread.
    package typealias Destroy =
        @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?) -> Void
    /// Makes independent copies in uninitialised memory; a status.
    package typealias Copy =
        @convention(c) (UnsafeRawPointer?, UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?)
        -> Int32

    package let size: Int
    package let alignment: Int
    package let name: String
    package let destroy: Destroy?
    package let copy: Copy?
    /// Given to destroy and copy. The description keeps what it points to alive.
    nonisolated(unsafe) package let user: UnsafeMutableRawPointer?

    package init(
        size: Int, alignment: Int, name: String, destroy: Destroy? = nil, copy: Copy? = nil,
        user: UnsafeMutableRawPointer? = nil
    ) {
        self.size = size
        self.alignment = alignment
        self.name = name
        self.destroy = destroy
        self.copy = copy
        self.user = user
    }

    package func matches(_ other: ElementType) -> Bool {
        size == other.size && alignment == other.alignment && name == other.name
    }

    package static let maximumSize = 1 << 30
    package static let maximumAlignment = 128

    /// What is wrong with it, or nil.
    package var defect: String? {
        if size < 1 || size > ElementType.maximumSize {
            return "element type '\(name)': size \(size) is not in 1...\(ElementType.maximumSize)"
        }
        if alignment < 1 || alignment > ElementType.maximumAlignment
            || alignment & (alignment - 1) != 0
        {
            return "element type '\(name)': alignment \(alignment) is not a power of two up to "
                + "\(ElementType.maximumAlignment)"
        }
        if size % alignment != 0 {
            return "element type '\(name)': size \(size) is not a multiple of its alignment "
                + "\(alignment)"
        }
        return nil
    }
}

extension ElementType: CustomStringConvertible {
    package var description: String { "\(name) (\(size) bytes, aligned to \(alignment))" }
}
