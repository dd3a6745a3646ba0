/// The head of a slab of nodes, which stands at a multiple of its size: a line that its owner
/// writes, and one with the number of its pool, that all read who give nodes back.
struct NodeSlab: BitwiseCopyable {
    static let size = 128
    static let poolOffset = 64
    static let shift: UInt = 16
    static let bytes = 1 << shift
    /// With fewer free nodes it is not worth going back to.
    static let worthwhile = 64

    /// Nodes that came back, the last one first.
    var free: UnsafeMutablePointer<Node>? = nil
    /// How many have come back since it was the current one of a supply; of that one nobody's
    /// business.
    var freeCount = 0
    /// The next with free nodes.
    var next: UnsafeMutablePointer<NodeSlab>? = nil
    /// Its nodes are short ones.
    var isShort = false
    /// Of the first slab of a chunk.
    var nextChunk: UnsafeMutablePointer<NodeSlab>? = nil
    var chunkBytes = 0

    /// The one that a node of a pool stands in.
    @inline(__always)
    static func of(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<NodeSlab> {
        UnsafeMutablePointer(bitPattern: node.bits & ~UInt(bytes - 1)).unsafelyUnwrapped
    }
}

extension UnsafeMutablePointer where Pointee == NodeSlab {
    var pool: UInt32 {
        get { UnsafeRawPointer(self).load(fromByteOffset: NodeSlab.poolOffset, as: UInt32.self) }
        nonmutating set {
            UnsafeMutableRawPointer(self).storeBytes(
                of: newValue, toByteOffset: NodeSlab.poolOffset, as: UInt32.self)
        }
    }

    /// How many have come back now.
    @inline(__always)
    func put(_ node: UnsafeMutablePointer<Node>) -> Int {
        node.nextNode = pointee.free
        pointee.free = node
        pointee.freeCount &+= 1
        return pointee.freeCount
    }
}
