import PenstockActors
import PenstockRuntime

/// A timer of an actor's, to cancel it.
public struct ActorTimer: Sendable, Hashable, BitwiseCopyable {
    let token: UInt64
    /// Of a message that travels in a box; 0: it does not.
    let key: UInt64
}

extension ActorContext {
    /// Sends a message to the actor itself after so long. The timer ends with the actor; it
    /// outlives restarts. Throws `.outOfMemory`.
    @discardableResult
    public func after(
        _ delay: Duration, send message: B.Message
    ) throws(PenstockError) -> ActorTimer { try start(delay, nil, message) }

    /// The same again and again, `period` apart; one that was missed is left out. The first comes
    /// after `delay`, or else after the first period. Throws `.invalid` when the period is not
    /// positive, `.outOfMemory`.
    @discardableResult
    public func every(
        _ period: Duration, after delay: Duration? = nil, send message: B.Message
    ) throws(PenstockError) -> ActorTimer {
        if period.wholeNanoseconds == 0 {
            throw PenstockError(.invalid, "a timer's period of \(period) is not positive")
        }
        return try start(delay ?? period, period, message)
    }

    /// No message of the timer's arrives any more, also none that is in the mailbox. False: it has
    /// fired for the last time, or was cancelled.
    @discardableResult
    public func cancel(_ timer: ActorTimer) -> Bool {
        if timer.key != 0 { ActorBox.at(box).first.extras.removeTick(timer.key) }
        return core.cancelTimer(timer.token)
    }

    /// From here on `idle` is called when no message came for so long, and again after as long.
    /// nil: no more. Throws `.outOfMemory`.
    ///
    /// An actor that was spawned with a closure has no `idle`.
    public func setIdleTimeout(_ timeout: Duration?) throws(PenstockError) {
        guard core.setIdleTimeout(timeout.map { max(1, $0.wholeNanoseconds) } ?? 0) else {
            throw .noActorMemory
        }
    }

    private func start(
        _ delay: Duration, _ period: Duration?, _ message: B.Message
    ) throws(PenstockError) -> ActorTimer {
        let (delay, period) = (delay.wholeNanoseconds, period?.wholeNanoseconds ?? 0)
        if Payload<B.Message>.isInline {
            let token = withUnsafePointer(to: message) {
                core.startTimer(
                    delay: delay, period: period, type: MessageType.inline, $0,
                    MemoryLayout<B.Message>.size)
            }
            guard let token else { throw .noActorMemory }
            return ActorTimer(token: token, key: 0)
        }
        let extras = ActorBox.at(box).first.extras
        var key = extras.add(.init(box: MessageBox(message), repeats: period > 0))
        guard
            let token = core.startTimer(
                delay: delay, period: period, type: MessageType.keyed, &key,
                MemoryLayout<UInt64>.size)
        else {
            extras.removeTick(key)
            throw .noActorMemory
        }
        return ActorTimer(token: token, key: key)
    }
}
