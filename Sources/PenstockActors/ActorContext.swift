/// What a behaviour can do while it runs; made of the context that it is given.
package struct ActorContext {
    private let worker: UnsafeMutablePointer<ActorWorker>

    @inline(__always)
    package init(_ context: UnsafeMutableRawPointer) {
        worker = context.assumingMemoryBound(to: ActorWorker.self)
    }

    package var me: ActorRef { worker.currentRef }

    /// A copy of `size` bytes, at most 48.
    package func send(
        to ref: ActorRef, type: UInt16 = 0, _ data: UnsafeRawPointer? = nil, _ size: Int = 0
    ) -> SendResult {
        worker.send(to: ref, type: type, data, size)
    }

    package func spawn(
        _ behaviour: Behaviour, _ state: UnsafeMutableRawPointer?, destroy: Destroy? = nil
    ) -> ActorRef? {
        worker.spawn(behaviour, state, destroy)
    }

    /// The actor ends after this message.
    package func stop() { worker.stopCurrent() }
}
