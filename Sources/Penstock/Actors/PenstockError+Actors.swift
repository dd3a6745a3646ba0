import PenstockActors
import PenstockRuntime

extension PenstockError {
    static var noActorMemory: PenstockError {
        PenstockError(.outOfMemory, "the engine's memory for actors is exhausted")
    }

    /// Of a message that was not sent.
    init(sending result: SendResult, sent: Int? = nil) {
        let (code, text): (Code, String) =
            switch result {
            case .stale: (.actorIsGone, "the actor is gone")
            case .noMemory: (.outOfMemory, "the engine's memory for actors is exhausted")
            case .full, .wait: (.mailboxFull, "the actor's mailbox is full")
            case .closed: (.badState, "the actors of the engine were stopped")
            case .sent, .dropped: (.internal, "the message was sent")
            }
        self.init(
            code, text, stage: nil, replica: nil, element: sent.map(UInt64.init), underlying: nil)
    }

    @usableFromInline init(sending code: UInt32) {
        self.init(sending: SendResult(rawValue: Int32(code)) ?? .noMemory)
    }

    static func status(of result: SendResult) -> Int32 {
        switch result {
        case .sent, .dropped: Status.ok.rawValue
        case .stale: Status.stale.rawValue
        case .noMemory: Status.noMemory.rawValue
        case .full, .wait: Status.again.rawValue
        case .closed: Status.badState.rawValue
        }
    }

    /// Of an ask that has ended without a value.
    init(asking status: Int32, _ underlying: (any Error)? = nil) {
        let (code, text): (Code, String) =
            switch Status(rawValue: status) {
            case .timedOut: (.timedOut, "no answer in time")
            case .stale: (.actorIsGone, "the actor that was asked is gone")
            case .again: (.mailboxFull, "the mailbox of the actor that was asked is full")
            case .cancelled: (.cancelled, "the ask was cancelled")
            case .noMemory: (.outOfMemory, "the engine's memory for actors is exhausted")
            case .badState: (.badState, "the actors of the engine were stopped")
            default:
                (
                    .actorFailed,
                    underlying.map { "the actor that was asked failed: \($0)" }
                        ?? "the actor that was asked failed"
                )
            }
        self.init(
            code, text, stage: nil, replica: nil, element: nil, underlying: underlying)
    }

    /// Of a behaviour that could not be made.
    @usableFromInline init<B>(notMade _: B.Type, _ error: any Error) {
        self.init(
            .actorFailed, "the behaviour \(B.self) cannot be made: \(error)", stage: nil,
            replica: nil, element: nil, underlying: error)
    }
}
