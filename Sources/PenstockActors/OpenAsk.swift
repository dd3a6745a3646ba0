import PenstockRuntime
import Synchronization

// Asks in two steps, for messages that carry the right to answer inside: first the token, then the
// message.

/// An ask that has a token and was not sent. Nobody can answer it yet.
package struct OpenAsk: @unchecked Sendable {
    let pending: UnsafeMutablePointer<Pending>

    package var token: UInt64 { pending.token }

    /// For code that does not know this type.
    package var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pending) }

    package init(address: UnsafeMutableRawPointer) {
        pending = address.assumingMemoryBound(to: Pending.self)
    }

    init(_ pending: UnsafeMutablePointer<Pending>) { self.pending = pending }
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// nil: no memory.
    func openAsk() -> OpenAsk? {
        pointee.pendings.take(pointee.core.pointee.budget).map {
            OpenAsk($0.assumingMemoryBound(to: Pending.self))
        }
    }

    /// Of one that was not sent.
    func closeAsk(_ ask: OpenAsk) { release(ask.pending) }

    /// Ends the ask with an answer in memory of its own, which is the caller's still unless the
    /// result is `.done`.
    func reply(_ token: UInt64, _ status: Int32, _ bytes: OwnedBytes) -> ReplyResult {
        var result = ReplyResult.late
        if let pending = pointee.core.pointee.pending(token) {
            result = complete(pending, token >> 32, status) { node in
                node.payload.storeBytes(of: bytes, as: OwnedBytes.self)
                return nil
            }
        }
        if result == .late { pointee.counts.lateReplies &+= 1 }
        return result
    }
}

extension ActorContext {
    package func openAsk() -> OpenAsk? { worker.inside { worker.openAsk() } }
    package func closeAsk(_ ask: OpenAsk) { worker.inside { worker.closeAsk(ask) } }

    package func reply(_ token: UInt64, _ status: Int32, _ bytes: OwnedBytes) -> ReplyResult {
        worker.inside { worker.reply(token, status, bytes) }
    }

    /// The message that was given to the behaviour has not become another's, nor was it put aside.
    package var hasHand: Bool { worker.pointee.hand != nil }
    /// Which message of the batch in hand `fail` was told of; negative: all of them.
    package var failedIndex: Int { worker.pointee.failedIndex }
    /// An ask that has not ended.
    package func isOpen(_ token: UInt64) -> Bool { worker.isOpen(token) }

    /// With its tag.
    package func find(_ name: String) -> (actor: ActorRef, tag: UInt)? {
        worker.pointee.core.pointee.registry._withUnsafeGuaranteedRef { $0.find(name) }
    }
}

extension ActorSystem {
    package func openAsk() -> OpenAsk? { outsideLock.withLock { outside.openAsk() } }
    package func closeAsk(_ ask: OpenAsk) { outsideLock.withLock { outside.closeAsk(ask) } }

    /// Unless it has ended.
    package func endAsk(_ token: UInt64, _ status: Int32) {
        outsideLock.withLock { outside.abandon(token, status) }
    }

    /// Of a simulation. False: nothing can happen any more.
    package func step() -> Bool {
        guard let simulation = engine.environment.simulation else { return false }
        return simulation.exclusively { simulation.step() }
    }

    package func reply(_ token: UInt64, _ status: Int32, _ bytes: OwnedBytes) -> ReplyResult {
        outsideLock.withLock { outside.reply(token, status, bytes) }
    }
}
