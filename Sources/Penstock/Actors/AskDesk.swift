import PenstockActors
import PenstockRuntime

/// Where tasks wait for answers: an actor that only asks, and hands each answer to its task.
final class AskDesk: @unchecked Sendable {
    /// Called once with the end of an ask; the payload is there during the call.
    typealias Take = (_ status: Int32, _ data: UnsafeRawPointer?, _ size: Int) -> Void

    let system: ActorSystem
    private let lock = Lock()
    private var waiting: [Int: Take] = [:]  // guard: lock
    private var last = 0  // guard: lock
    private var isOver = false  // guard: lock
    /// Set before anybody asks.
    private var actor = PenstockActors.ActorRef.none

    init(_ system: ActorSystem) throws(Failure) {
        self.system = system
        // The actor has a reference; with its end all asks end.
        let state = Unmanaged.passRetained(self)
        do throws(Failure) {
            actor = try system.spawn(
                { _, _, _ in 0 }, state.toOpaque(),
                PenstockActors.ActorOptions(destroy: { state in
                    guard let state else { return }
                    Unmanaged<AskDesk>.fromOpaque(state).takeRetainedValue().end()
                }))
        } catch {
            state.release()
            throw error
        }
    }

    /// `take` is called in any case.
    func ask<Message>(
        _ target: UInt64, _ question: Question<Message>, _ open: OpenAsk, timeout: UInt64,
        _ take: @escaping Take
    ) {
        let token = open.token
        guard let number = add(take) else {
            system.closeAsk(open)
            return take(Status.badState.rawValue, nil, 0)
        }
        let result = question.send { data, size, type, bytes in
            system.ask(
                as: actor, .init(bits: target), type: type, data, size, bytes: bytes, opened: open,
                timeout: timeout, answer: deskAnswer,
                user: UnsafeMutableRawPointer(bitPattern: number))
        }
        if result == .sent {
            if system.engine.isSimulated { drive(number, token) }
            return
        }
        system.closeAsk(open)
        finish(number, PenstockError.status(of: result))
    }

    func cancel(_ token: UInt64) { system.endAsk(token, Status.cancelled.rawValue) }

    private func add(_ take: @escaping Take) -> Int? {
        lock.withLock {
            if isOver { return nil }
            last += 1
            waiting[last] = take
            return last
        }
    }

    fileprivate func finish(
        _ number: Int, _ status: Int32, _ data: UnsafeRawPointer? = nil, _ size: Int = 0
    ) {
        lock.withLock { waiting.removeValue(forKey: number) }?(status, data, size)
    }

    /// The actors were stopped.
    private func end() {
        let left = lock.withLock { () -> [Take] in
            isOver = true
            let left = Array(waiting.values)
            waiting = [:]
            return left
        }
        for take in left { take(Status.badState.rawValue, nil, 0) }
    }

    /// Nobody waits on a thread, so one of its own moves the simulation until the ask has ended.
    private func drive(_ number: Int, _ token: UInt64) {
        OwnThread.detach { [self] in
            while lock.withLock({ waiting[number] != nil }) {
                if system.step() { continue }
                // Nothing can happen any more.
                system.endAsk(token, Status.timedOut.rawValue)
                if !system.step() { finish(number, Status.timedOut.rawValue) }
            }
        }
    }
}

private let deskAnswer: Answer = { _, state, status, message, user in
    guard let state else { return ActorStatus.ok }
    let view = message.assumingMemoryBound(to: MessageView.self).pointee
    Unmanaged<AskDesk>.fromOpaque(state).takeUnretainedValue()
        .finish(Int(bitPattern: user), status, view.data, view.size)
    return ActorStatus.ok
}
