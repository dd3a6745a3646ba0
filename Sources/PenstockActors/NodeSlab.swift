/// The first 64 bytes of a slab of nodes, which stands at a multiple of its size.
struct NodeSlab: BitwiseCopyable {
    static let size = 64
    static let shift: UInt = 16
    static let bytes = 1 << shift

    /// Of a slab that is not the current one.
    var free: UnsafeMutablePointer<Node>?
    var freeCount: Int
    /// The next with free nodes.
    var next: UnsafeMutablePointer<NodeSlab>?
    /// Its nodes are short ones.
    var isShort: Bool
    /// Of the first slab of a chunk.
    var nextChunk: UnsafeMutablePointer<NodeSlab>?
    var chunkBytes: Int

    @inline(__always)
    static func address(of node: UnsafeMutablePointer<Node>) -> UInt {
        node.bits & ~UInt(bytes - 1)
    }
}

extension UnsafeMutablePointer where Pointee == NodeSlab {
    /// A node of a slab that is not the current one. How many are free now.
    @inline(__always)
    func putBack(_ node: UnsafeMutablePointer<Node>) -> Int {
        node.nextNode = pointee.free
        pointee.free = node
        pointee.freeCount &+= 1
        return pointee.freeCount
    }
}
