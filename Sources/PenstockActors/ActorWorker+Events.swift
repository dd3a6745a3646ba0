import Synchronization

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// In the statistics of an actor that is measured and wherever it is.
    func noteDropped(_ actor: ActorRef) {
        guard let (_, word) = find(actor), Bound.isMeasured(word) else { return }
        pointee.core.pointee.registry._withUnsafeGuaranteedRef {
            _ = $0.statistics(of: actor)?.dropped.add(1, ordering: .relaxed)
        }
    }

    /// Tells the program, if it wants to know.
    func tell(
        _ kind: ActorEvent.Kind, _ actor: ActorRef, message: MessageView? = nil,
        status: Int32 = 0, text: UnsafePointer<CChar>? = nil
    ) {
        let core = pointee.core
        core.pointee.events._withUnsafeGuaranteedRef { events in
            if !events.isActive { return }
            let name = core.pointee.registry._withUnsafeGuaranteedRef { $0.name(of: actor) }
            events.tell(kind, actor, name: name, message: message, status: status, text: text)
        }
    }
}
