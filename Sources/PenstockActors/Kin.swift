import Synchronization

/// What ties a child to its parent: a block of the parent's, made at the spawn, so that neither
/// needs memory when something goes wrong. The nodes travel in the control lanes, each at most once
/// at a time: words beside them say what it is about.
struct Kin: ~Copyable {
    static let size = 256

    let parent: ActorRef
    let child: ActorRef
    /// What the parent wants that the child has not read yet. Nonzero: the node is on its way.
    let command: Atomic<UInt32>
    /// What the child says that the parent has not read yet. Nonzero: the node is on its way.
    let news: Atomic<UInt32>
    /// Written before the news.
    let status: Atomic<Int32>

    static let linksOffset = 64
    static let commandOffset = 128
    static let newsOffset = 192

    enum Command {
        static let resume: UInt32 = 1
        static let restart: UInt32 = 2
        static let stop: UInt32 = 4
        /// The child is gone, and whoever takes the node frees the block.
        static let free: UInt32 = 8
    }

    enum News {
        static let failed: UInt32 = 1
        static let escalated: UInt32 = 2
        static let ended: UInt32 = 4
    }

    /// Its place among the parent's children. Guard: the parent's worker.
    struct Links: BitwiseCopyable {
        var older: UnsafeMutablePointer<Kin>?
        var younger: UnsafeMutablePointer<Kin>?
        /// It has failed and waits for its parent's word.
        var isWaiting = false
    }
}

extension UnsafeMutablePointer where Pointee == Kin {
    var links: UnsafeMutablePointer<Kin.Links> {
        (UnsafeMutableRawPointer(self) + Kin.linksOffset).assumingMemoryBound(to: Kin.Links.self)
    }
    var commandNode: UnsafeMutablePointer<Node> {
        (UnsafeMutableRawPointer(self) + Kin.commandOffset).assumingMemoryBound(to: Node.self)
    }
    var newsNode: UnsafeMutablePointer<Node> {
        (UnsafeMutableRawPointer(self) + Kin.newsOffset).assumingMemoryBound(to: Node.self)
    }

    static func of(command node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Kin> {
        (UnsafeMutableRawPointer(node) - Kin.commandOffset).assumingMemoryBound(to: Kin.self)
    }
    static func of(news node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Kin> {
        (UnsafeMutableRawPointer(node) - Kin.newsOffset).assumingMemoryBound(to: Kin.self)
    }

    func initialize(parent: ActorRef, child: ActorRef) {
        initialize(
            to: Kin(
                parent: parent, child: child, command: Atomic(0), news: Atomic(0),
                status: Atomic(0)))
        links.initialize(to: Kin.Links())
        commandNode.pointee.header = Header(
            generation: child.generation, kind: .command, size: 0, type: 0)
        newsNode.pointee.header = Header(
            generation: parent.generation, kind: .news, size: 0, type: 0)
    }
}
