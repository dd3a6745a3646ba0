import PenstockActors
import PenstockRuntime
import Synchronization

/// What happened to an engine's actors so far. `sent` is `delivered`, `dropped` and `deadLetters`
/// together when nothing is under way. Messages of the engine and answers are not counted.
public struct ActorCounts: Sendable, Hashable {
    public let sent: UInt64
    /// Given to a behaviour.
    public let delivered: UInt64
    /// By the bounds of mailboxes.
    public let dropped: UInt64
    public let deadLetters: UInt64
    /// Answers to asks that had ended.
    public let lateReplies: UInt64
    public let spawned: UInt64
    public let stopped: UInt64
    /// Errors that behaviours threw.
    public let failed: UInt64
    public let restarts: UInt64
    /// Memory that actors and messages take, without the values that they refer to.
    public let bytes: Int

    init(_ counts: PenstockActors.ActorCounts, bytes: Int, own: UInt64, isOver: Bool) {
        sent = counts.sent
        delivered = counts.delivered
        dropped = counts.dropped
        deadLetters = counts.deadLetters
        lateReplies = counts.lateReplies
        spawned = counts.spawned &- min(own, counts.spawned)
        stopped = counts.stopped &- (isOver ? min(own, counts.stopped) : 0)
        failed = counts.failed
        restarts = counts.restarts
        self.bytes = bytes
    }
}

/// Of one actor whose options ask for it.
public struct ActorStatistics: Sendable, Hashable {
    /// Messages.
    public let processed: UInt64
    /// By the bound of the mailbox.
    public let dropped: UInt64
    public let failed: UInt64
    public let restarts: UInt64
    public let queueLength: Int
    public let queueHighWater: Int
    /// Of one call of the behaviour.
    public let longest: Duration
}

extension Engine {
    /// Of all actors. While they run the counts may be some activations old.
    public var actorCounts: ActorCounts {
        get throws(PenstockError) { try actors().counts }
    }

    /// Of one actor. Throws `.badState` when it is not measured (see `ActorOptions.statistics`),
    /// `.actorIsGone`.
    public func statistics<Message>(
        of actor: ActorRef<Message>
    ) throws(PenstockError) -> ActorStatistics {
        let system = try actors().system
        let ref = PenstockActors.ActorRef(bits: actor.bits)
        guard let (found, waiting) = system.statistics(of: ref) else {
            if system.isAlive(ref) {
                throw PenstockError(.badState, "the actor was spawned without statistics")
            }
            throw PenstockError(sending: SendResult.stale)
        }
        return ActorStatistics(
            processed: found.processed.load(ordering: .relaxed),
            dropped: found.dropped.load(ordering: .relaxed),
            failed: found.failed.load(ordering: .relaxed),
            restarts: found.restarts.load(ordering: .relaxed), queueLength: waiting,
            queueHighWater: Int(found.queueHighWater.load(ordering: .relaxed)),
            longest: .nanoseconds(found.longestNanoseconds.load(ordering: .relaxed)))
    }

    // MARK: - Waiting for all, and their end

    /// Waits until no actor has anything to do (timers that will fire do not count, nor asks that
    /// wait), at most so long. Says nothing about what other threads send meanwhile. Throws
    /// `.timedOut`, and `.deadlock` inside a callback.
    public func awaitQuiescence(timeout: Duration? = nil) throws(PenstockError) {
        let system = try actors().system
        if system.isCalledFromInside {
            throw PenstockError(.deadlock, "waiting for all actors inside an engine's callback")
        }
        if !system.awaitQuiescence(nanoseconds: timeout?.wholeNanoseconds ?? .max) {
            throw PenstockError(.timedOut, "actors still have something to do")
        }
    }

    /// The same on a thread of its own, while the task is suspended. Not ended by cancellation.
    public func awaitQuiescence(timeout: Duration? = nil) async throws(PenstockError) {
        try await OwnThread.run { () -> Result<Void, PenstockError> in
            Result { () throws(PenstockError) in try self.awaitQuiescence(timeout: timeout) }
        }.get()
    }

    /// Ends all actors: refuses what is sent from outside, lets the actors finish what is under
    /// way, at most for `deadline`, then stops them, children before parents. Returns when that is
    /// done; no behaviour runs afterwards, and all messages are released. Calling it again gives
    /// the same counts. The engine's end does it with deadline 0. Throws `.deadlock` inside a
    /// callback.
    @discardableResult
    public func stopActors(deadline: Duration = .zero) throws(PenstockError) -> ActorCounts {
        let host = try actors()
        if host.system.isCalledFromInside {
            throw PenstockError(.deadlock, "the actors are stopped from inside a callback")
        }
        return host.counts(host.system.stop(deadline: deadline.wholeNanoseconds))
    }

    /// The same on a thread of its own, while the task is suspended.
    @discardableResult
    public func stopActors(deadline: Duration = .zero) async throws(PenstockError) -> ActorCounts {
        try await OwnThread.run { () -> Result<ActorCounts, PenstockError> in
            Result { () throws(PenstockError) in try self.stopActors(deadline: deadline) }
        }.get()
    }
}
