import PenstockActors
import PenstockRuntime

/// Runs actors on the thread that polls it, instead of the engine's workers: for a thread that the
/// program must not leave, as that of a user interface or an interpreter.
///
///     let main = try Dispatcher(engine)
///     let window = try engine.spawn(Window(), ActorOptions(dispatcher: main))
///     while isOpen { try main.poll(timeout: .milliseconds(10)) }
///
/// At most 16 at a time for an engine. Any thread may use it, one at a time polls.
public final class Dispatcher: Sendable {
    let core: HostDispatcher
    private let asks: DispatcherAsks

    /// Throws `.notSupported` when the engine has 16 already, `.badState` when its actors were
    /// stopped, `.system`, `.outOfMemory`.
    public init(_ engine: Engine) throws(PenstockError) {
        let system = try engine.actors().system
        if system.isOver { throw PenstockError(sending: .closed) }
        core = try translating { () throws(Failure) in try HostDispatcher(system) }
        asks = DispatcherAsks()
    }

    deinit {
        let (core, asks) = (core, asks)
        let end: @Sendable () -> Void = {
            _ = try? translating { () throws(Failure) in try core.close() }
            asks.end()
        }
        // A behaviour cannot wait for its own end.
        if core.system.isCalledFromInside { OwnThread.detach(end) } else { end() }
    }

    /// Runs its actors for up to `limit` messages (nil: until there is none), first waiting up to
    /// `timeout` (nil: without limit) for something to do. Returns how many were handled; 0 when
    /// nothing came. Throws `.busy` when another thread is in there, `.deadlock` inside a callback,
    /// `.badState` when the actors were stopped.
    @discardableResult
    public func poll(
        limit: Int? = nil, timeout: Duration? = .zero
    ) throws(PenstockError) -> Int {
        if let limit, limit < 1 { throw PenstockError(.invalid, "limit \(limit) is less than 1") }
        if core.system.isCalledFromInside {
            throw PenstockError(.deadlock, "a dispatcher is polled inside an engine's callback")
        }
        do throws(Failure) {
            return try core.poll(
                limit: limit ?? .max, timeout: timeout?.wholeNanoseconds ?? .max)
        } catch {
            if error.status == .badState { asks.end() }
            throw PenstockError(error)
        }
    }

    /// Readable while there may be something to do, for poll, epoll and event loops. The
    /// dispatcher's, which closes it.
    public var fileDescriptor: Int32 { core.descriptor }

    /// Ends the actors that it runs, on this thread; asks of its own end with `.badState`. Throws
    /// `.deadlock` inside a callback, `.busy` while another thread polls.
    public func close() throws(PenstockError) {
        try translating { () throws(Failure) in try core.close() }
        asks.end()
    }

    /// Asks an actor without waiting: `then` is called once, inside `poll`, or by `close` when
    /// there was no answer before. Throws `.mailboxFull`, `.outOfMemory`, `.badState`; then it is
    /// not called.
    public func ask<Message, Value>(
        _ actor: ActorRef<Message>, timeout: Duration? = nil, _ message: (Reply<Value>) -> Message,
        then: @escaping @Sendable (Result<Value, PenstockError>) -> Void
    ) throws(PenstockError) {
        let system = core.system
        guard let open = system.openAsk() else { throw .noActorMemory }
        let question = Question(message(Reply(token: open.token)))
        let entry = asks.add { then(answer($0, $1, $2)) }
        var result = SendResult.closed
        do throws(PenstockError) {
            result = try question.send { data, size, type, bytes throws(PenstockError) in
                try translating { () throws(Failure) in
                    try system.ask(
                        from: core, .init(bits: actor.bits), type: type, data, size, bytes: bytes,
                        opened: open, timeout: timeout?.wholeNanoseconds ?? .max,
                        answer: dispatcherAnswer, user: Unmanaged.passUnretained(entry).toOpaque())
                }
            }
        } catch {
            asks.remove(entry)
            system.closeAsk(open)
            throw error
        }
        if result == .sent { return }
        asks.remove(entry)
        system.closeAsk(open)
        throw PenstockError(sending: result)
    }
}

/// The asks of a dispatcher that have not ended. It keeps them until they have.
private final class DispatcherAsks: @unchecked Sendable {
    final class Entry {
        let asks: DispatcherAsks
        let take: AskDesk.Take

        init(_ asks: DispatcherAsks, _ take: @escaping AskDesk.Take) {
            self.asks = asks
            self.take = take
        }
    }

    private let lock = Lock()
    private var entries: [ObjectIdentifier: Entry] = [:]  // guard: lock

    func add(_ take: @escaping AskDesk.Take) -> Entry {
        let entry = Entry(self, take)
        lock.withLock { entries[ObjectIdentifier(entry)] = entry }
        return entry
    }

    @discardableResult
    func remove(_ entry: Entry) -> Entry? {
        lock.withLock { entries.removeValue(forKey: ObjectIdentifier(entry)) }
    }

    /// Nobody answers any more.
    func end() {
        let left = lock.withLock { () -> [Entry] in
            let left = Array(entries.values)
            entries = [:]
            return left
        }
        for entry in left { entry.take(Status.badState.rawValue, nil, 0) }
    }
}

private let dispatcherAnswer: Answer = { _, _, status, message, user in
    guard let user else { return ActorStatus.ok }
    let entry = Unmanaged<DispatcherAsks.Entry>.fromOpaque(user).takeUnretainedValue()
    let view = message.assumingMemoryBound(to: MessageView.self).pointee
    entry.asks.remove(entry)?.take(status, view.data, view.size)
    return ActorStatus.ok
}
