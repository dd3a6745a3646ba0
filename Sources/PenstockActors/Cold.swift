/// What few actors have, in a block that is made when it is first needed. Guard: the worker that
/// owns the actor.
struct Cold: BitwiseCopyable {
    static let size = 256

    // MARK: How it was made
    var start: Start?
    var batch: BatchBehaviour?
    /// What it goes back to when it restarts.
    var behaviour: Behaviour?
    var onFailure = ActorOptions.OnFailure.stops
    var strategy = ActorOptions.Strategy.oneForOne
    var hasName = false
    /// What happens when its last child has ended.
    var afterChildren = AfterChildren.nothing
    var statistics: Unmanaged<ActorStatistics>?

    // MARK: Supervision
    /// As a child.
    var kin: UnsafeMutablePointer<Kin>?
    /// As a parent.
    var youngest: UnsafeMutablePointer<Kin>?
    var restarts = RestartWindow()
    /// With which status it ends, or failed last.
    var reason: Int32 = 0

    // MARK: Watching
    /// The watches of others, which are the DOWNs that they will get.
    var watchers: UnsafeMutablePointer<Node>?
    var watching = WordSet()

    // MARK: Asks
    /// Tokens of asks that it was given and did not answer at once.
    var tokens = WordSet()

    // MARK: Time
    var timers: UnsafeMutablePointer<Pending>?
    var idleTimer: UnsafeMutablePointer<Pending>?
    var idleNanoseconds: UInt64 = 0
    /// When it last had a message, in engine time.
    var lastMessage: UInt64 = 0

    // MARK: Stash
    var stashHead: UnsafeMutablePointer<Node>?
    var stashTail: UnsafeMutablePointer<Node>?

    enum AfterChildren: UInt8, BitwiseCopyable { case nothing, end, restart }
}
