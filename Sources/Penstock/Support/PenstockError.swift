import PenstockDataflow
import PenstockRuntime

/// What went wrong, and where.
///
/// Mistakes in a description stay with the graph until it is validated, started or run; that call
/// throws the first of them.
public struct PenstockError: Error, Sendable, CustomStringConvertible {
    /// The kinds of errors; the same as the statuses of the C interface.
    public enum Code: Sendable, Hashable {
        /// An argument or a setting is out of its range.
        case invalid
        case outOfMemory
        /// A stream of another graph.
        case badHandle
        /// Element types do not match.
        case typeMismatch
        /// A port is unconnected, or there is no such port.
        case port
        /// A cycle is not closed by a feedback edge, or grows without bound.
        case cycle
        /// Something would wait for itself.
        case deadlock
        case cancelled
        case timedOut
        /// The graph runs already.
        case busy
        /// Not allowed in this state, such as waiting for a graph that was never started.
        case badState
        /// A stage failed; `stage` and `underlying` say which and how.
        case stageFailed
        /// The topology cannot be loaded.
        case topology
        case notSupported
        /// Started before `fork()`, used in the child.
        case forked
        /// A system call failed.
        case system
        /// Nobody takes from this feed any more.
        case closed
        /// The actor is gone.
        case actorIsGone
        /// An actor failed while it handled an ask, or answered with an error; `underlying` has it.
        case actorFailed
        /// An actor's mailbox has a bound and refuses more.
        case mailboxFull
        /// A mistake of the engine; please report it.
        case `internal`
    }

    public let code: Code
    /// A sentence that names the graph and the stage or argument at fault.
    public let message: String
    /// The stage that failed.
    public let stage: String?
    /// The replica that failed, from 0.
    public let replica: Int?
    /// Index of the element that failed among those the replica was given in this run. For a stage
    /// that takes spans: of the first of its span. Of messages: how many were sent.
    public let element: UInt64?
    /// What the stage's closure or the actor threw.
    public let underlying: (any Error)?

    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.init(code, message, stage: nil, replica: nil, element: nil, underlying: nil)
    }

    init(
        _ code: Code, _ message: String, stage: String?, replica: Int?, element: UInt64?,
        underlying: (any Error)?
    ) {
        self.code = code
        self.message = message
        self.stage = stage
        self.replica = replica
        self.element = element
        self.underlying = underlying
    }

    init(_ failure: Failure) { self.init(Code(failure.status), failure.text) }
}

extension PenstockError.Code {
    init(_ status: Status) {
        switch status {
        case .invalid: self = .invalid
        case .noMemory: self = .outOfMemory
        case .badHandle: self = .badHandle
        case .typeMismatch: self = .typeMismatch
        case .port: self = .port
        case .cycle: self = .cycle
        case .deadlock: self = .deadlock
        case .cancelled: self = .cancelled
        case .timedOut: self = .timedOut
        case .busy: self = .busy
        case .badState: self = .badState
        case .stageFailed: self = .stageFailed
        case .topology: self = .topology
        case .notSupported: self = .notSupported
        case .forked: self = .forked
        case .system: self = .system
        case .closed: self = .closed
        case .stale: self = .actorIsGone
        case .ok, .end, .again, .internal: self = .internal
        }
    }
}

/// Runs calls of the engine's core and throws their failures as what this module's callers see.
func translating<Result>(
    _ body: () throws(Failure) -> Result
) throws(PenstockError) -> Result {
    do { return try body() } catch { throw PenstockError(error) }
}

extension Duration {
    /// 0 for negative ones; what does not fit is the largest number.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return overflow || overflow2 ? .max : sum
    }
}
