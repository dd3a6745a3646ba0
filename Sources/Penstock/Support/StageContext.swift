import PenstockDataflow
import PenstockRuntime

/// What a span loop may ask and do while the engine calls it: the engine's context, typed.
///
/// The loops live in inlinable code of this module, so that they are compiled in their client's
/// module together with the client's closures. What they need of the engine they get through the
/// calls here, at most a few per span.
@frozen @usableFromInline struct StageContext {
    @usableFromInline let raw: UnsafeMutableRawPointer

    @inlinable init(_ raw: UnsafeMutableRawPointer) { self.raw = raw }

    /// What a loop returns: the statuses it needs.
    @usableFromInline static let done: Int32 = 0
    @usableFromInline static let end: Int32 = 1
    /// From a finish: call me again, there is more.
    @usableFromInline static let again: Int32 = 11

    /// The replica's state, made by the box's set-up.
    @inlinable func state<State>(_: State.Type) -> UnsafeMutablePointer<State> {
        rawState.assumingMemoryBound(to: State.self)
    }

    @usableFromInline var rawState: UnsafeMutableRawPointer {
        guard let state = Step.state(raw) else { preconditionFailure("the stage has no state") }
        return state
    }

    /// The element at `index` of the span failed; those before it are done. With a negative index
    /// the whole span failed, and nothing of it is done.
    @usableFromInline @inline(never) func fail(_ index: Int, _ error: any Error) -> Int32 {
        StageBox.of(self).note(error, replica: Int(Step.replica(raw)))
        let text = (error as? StageFault)?.text ?? String(describing: error)
        return text.withCString { Step.fail(raw, Status.stageFailed.rawValue, index, $0) }
    }

    /// The same for a mistake that this module found.
    @usableFromInline @inline(never) func fail(_ index: Int, text: String) -> Int32 {
        fail(index, StageFault(text: text))
    }

    /// Room for up to `want` elements in an output port.
    @usableFromInline func reserve(
        _ port: Int, _ want: Int
    ) -> (base: UnsafeMutableRawPointer?, room: Int) {
        guard let (base, room) = Step.reserve(raw, UInt32(port), want) else { return (nil, 0) }
        return (base, room)
    }

    /// The first `count` elements of the reserved room have been made.
    @usableFromInline func commit(_ port: Int, _ count: Int) {
        _ = Step.commit(raw, UInt32(port), count)
    }

    /// The run was cancelled or has failed.
    @usableFromInline var shouldStop: Bool { Step.shouldStop(raw) }
}

/// A mistake in how a stage's closure keeps its contract.
struct StageFault: Error {
    let text: String
}
