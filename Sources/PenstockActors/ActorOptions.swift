/// How an actor is made; the defaults are those of PST_ACTOR_OPTIONS_INIT.
package struct ActorOptions {
    package var name: String?
    /// What whoever finds it by its name may want to know.
    package var tag: UInt = 0
    package var start: Start?
    package var destroy: Destroy?
    package var batch: BatchBehaviour?
    package var onFailure = OnFailure.stops
    package var strategy = Strategy.oneForOne
    package var maxRestarts: UInt32 = 3
    package var restartPeriod: UInt64 = 5_000_000_000
    /// 0: no bound.
    package var capacity = 0
    package var overflow = Overflow.refuse
    /// A topology object; nil: all workers.
    package var on: String?
    package var dispatcher: HostDispatcher?
    package var isMeasured = false

    package init(destroy: Destroy? = nil) { self.destroy = destroy }

    package enum OnFailure: UInt8, BitwiseCopyable, Sendable {
        case stops, resumes, restarts, escalates
    }
    package enum Strategy: UInt8, BitwiseCopyable, Sendable {
        case oneForOne, oneForAll, restForOne
    }
    package enum Overflow: UInt8, BitwiseCopyable, Sendable {
        case refuse, dropNewest, dropOldest, wait
    }

    /// More restarts than this in a period are not counted one by one.
    package static let restartLimit: UInt32 = 1000
}
