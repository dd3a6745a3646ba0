package import PenstockRuntime
import Synchronization

/// What a behaviour can do while it runs, for the actor that runs; made of the context that it was
/// given.
package struct ActorContext {
    let worker: UnsafeMutablePointer<ActorWorker>

    @inline(__always)
    package init(_ context: UnsafeMutableRawPointer) {
        worker = context.assumingMemoryBound(to: ActorWorker.self)
    }

    /// nil for what is no context of an actor, or of one whose call is over.
    @inline(__always)
    package init?(checking context: UnsafeMutableRawPointer?) {
        guard let worker = context?.assumingMemoryBound(to: ActorWorker.self),
            worker.pointee.mark == ActorWorker.aliveMark, worker.pointee.current != nil
        else { return nil }
        self.worker = worker
    }

    package var me: ActorRef { worker.pointee.current?.ref ?? .none }
    package var now: UInt64 { worker.pointee.clock.now }
    package var isEnding: Bool {
        worker.pointee.core.pointee.isClosed.load(ordering: .relaxed)
    }

    // MARK: - Sending

    /// A copy of `size` bytes, at most `inlineBytes`.
    @inline(__always)
    package func send(
        to ref: ActorRef, type: UInt16 = 0, _ data: UnsafeRawPointer? = nil, _ size: Int = 0
    ) -> SendResult {
        let result = worker.inside { worker.send(to: ref, type: type, data, size) }
        if result == .sent { return result }
        return lost(result, ref, MessageView(type: UInt32(type), size: size, data: data))
    }

    package static var inlineBytes: Int { Node.inlineBytes }
    package static var inlineAskBytes: Int { Node.inlineAskBytes }

    /// A payload that is too long to travel inside a message; nil: no memory.
    package func copy(_ data: UnsafeRawPointer?, _ size: Int) -> OwnedBytes? {
        OwnedBytes(copy: data, size, worker.pointee.core)
    }

    /// Released when it was handled, or at once for a dead letter; otherwise the caller's still.
    package func send(to ref: ActorRef, type: UInt16, _ bytes: OwnedBytes) -> SendResult {
        let result = worker.inside { worker.send(to: ref, type: type, bytes) }
        if result == .stale || result == .dropped {
            _ = lost(
                result, ref, MessageView(type: UInt32(type), size: bytes.size, data: bytes.data))
            bytes.release?(bytes.owner)
        }
        return result == .dropped ? .sent : result
    }

    package func sendMany(
        to ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, _ count: Int
    ) -> (SendResult, Int) {
        var done = 0
        while true {
            let (result, sent) = worker.inside {
                worker.sendMany(
                    to: ref, type: type, data.map { $0 + done &* size }, size, count &- done)
            }
            done &+= sent
            if result == .sent { return (result, done) }
            let last = MessageView(
                type: UInt32(type), size: size, data: data.map { $0 + (done &- 1) &* size })
            let end = lost(result, ref, last)
            // Those that were dropped or dead count as sent: the next may find room.
            if done == count || (result != .dropped && result != .stale) { return (end, done) }
        }
    }

    /// Tells who wants to know of a message that nobody gets.
    @inline(never)
    private func lost(
        _ result: SendResult, _ ref: ActorRef, _ message: MessageView
    ) -> SendResult {
        switch result {
        case .stale: worker.tell(.deadLetter, ref, message: message)
        case .dropped:
            worker.noteDropped(ref)
            worker.tell(.dropped, ref, message: message)
            return .sent
        case .wait: return .full
        default: break
        }
        return result
    }

    // MARK: - Actors

    @inline(__always)
    package func spawn(
        _ behaviour: Behaviour, _ state: UnsafeMutableRawPointer?, destroy: Destroy? = nil
    ) -> ActorRef? {
        worker.inside { worker.spawn(behaviour, state, destroy) }
    }

    package func spawn(
        _ behaviour: Behaviour?, _ state: UnsafeMutableRawPointer?, _ options: ActorOptions,
        isChild: Bool
    ) throws(Failure) -> ActorRef {
        var plan = try options.plan(behaviour, state, worker.pointee.core)
        plan.turn = worker.pointee.current?.pointee.slot ?? 0
        return try options.withName(worker.pointee.core) { () throws(Failure) in
            let ref = worker.inside { worker.spawn(plan, isChild: isChild) }
            guard let ref else {
                throw Failure(.noMemory, "no memory for an actor")
            }
            return ref
        }
    }

    package func stop(_ ref: ActorRef, now: Bool) -> SendResult {
        worker.inside { worker.stop(ref, now: now) }
    }

    /// The actor ends after this message.
    package func stop() { _ = stop(me, now: true) }

    package func become(_ behaviour: Behaviour) -> Bool {
        guard let cell = worker.pointee.current,
            !cell.body.pointee.marks.contains(.isBatch)
        else { return false }
        cell.body.pointee.behaviour = behaviour
        return true
    }

    /// Notes which message of a batch failed, and why; returns the status for the behaviour to
    /// return.
    package func fail(_ status: Int32, _ index: Int, _ text: UnsafePointer<CChar>?) -> Int32 {
        worker.pointee.failedIndex = index
        var i = 0
        while let text, i < ActorWorker.textBytes - 1, text[i] != 0 {
            worker.pointee.failureText[i] = text[i]
            i += 1
        }
        worker.pointee.failureText[i] = 0
        return status == Status.ok.rawValue || status == Status.end.rawValue
            ? Status.stageFailed.rawValue : status
    }

    // MARK: - Asking

    /// A copy of `size` bytes, at most `inlineAskBytes`, or `bytes`, which are the caller's still
    /// unless the result is `.sent`. `timeout` `.max`: none. A dead actor's ask is answered so.
    package func ask(
        _ ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int, bytes: OwnedBytes?,
        opened: OpenAsk? = nil, timeout: UInt64, answer: Answer, user: UnsafeMutableRawPointer?
    ) -> SendResult {
        let asker = Asker(
            actor: me, answer: answer, user: user,
            deadline: timeout == .max ? .max : worker.deadline(timeout))
        let result = worker.inside {
            worker.ask(asker, ref, type: type, data, size, bytes: bytes, opened: opened)
        }
        if result == .stale || result == .dropped {
            _ = lost(result, ref, MessageView(type: UInt32(type), size: size, data: data))
            bytes?.release?(bytes?.owner)
            return .sent
        }
        return result == .wait ? .full : result
    }

    package func reply(
        _ token: UInt64, _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
    ) -> ReplyResult {
        worker.inside { worker.reply(token, status, data, size) }
    }

    package func forward(to ref: ActorRef) -> HandResult {
        worker.inside { worker.forward(to: ref) }
    }
    package func take(_ message: UnsafeRawPointer) -> OwnedBytes? {
        worker.inside { worker.take(message) }
    }
    package func stash() -> HandResult { worker.inside { worker.stash() } }
    package func unstash() { worker.inside { worker.unstash() } }

    // MARK: - Watching and time

    package func watch(_ ref: ActorRef) -> Bool { worker.inside { worker.watch(ref) } }
    package func unwatch(_ ref: ActorRef) { worker.inside { worker.unwatch(ref) } }

    package func startTimer(
        delay: UInt64, period: UInt64, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int
    ) -> UInt64? {
        worker.inside {
            worker.startTimer(delay: delay, period: period, type: type, data, size)
        }
    }
    package func cancelTimer(_ timer: UInt64) -> Bool {
        worker.inside { worker.cancelTimer(timer) }
    }
    package func setIdleTimeout(_ nanoseconds: UInt64) -> Bool {
        worker.inside { worker.setIdleTimeout(nanoseconds) }
    }
}
