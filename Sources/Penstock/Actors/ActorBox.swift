import PenstockActors

/// What stands behind an actor's state pointer: the behaviour in memory of its own, and the code
/// that was compiled for it in its program's module. The engine has one reference to the first one
/// of each actor; those that the actor becomes later are kept by the first.
@usableFromInline final class ActorBox: @unchecked Sendable {
    /// One call: the engine's context, this box, the behaviour, what happened, its payload, and of
    /// batches how many.
    @usableFromInline typealias Body =
        (
            _ raw: UnsafeMutableRawPointer, _ box: UnsafeMutableRawPointer,
            _ memory: UnsafeMutableRawPointer, _ what: Int, _ data: UnsafeRawPointer, _ count: Int
        ) -> Int32

    /// The end of an ask.
    @usableFromInline typealias Answer =
        (_ raw: UnsafeMutableRawPointer, _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int)
        -> Int32

    @usableFromInline enum Kind { case behaviour, batches, closure }

    @usableFromInline let body: Body
    @usableFromInline let memory: UnsafeMutableRawPointer
    /// Makes the behaviour anew.
    private let remake: (UnsafeMutableRawPointer) throws -> Void
    private let destroy: (UnsafeMutableRawPointer) -> Void
    /// nil: this is the first one.
    private(set) unowned(unsafe) var actor: ActorBox?
    private var wasStarted = false
    private var madeExtras: ActorExtras?

    /// What happened, for bodies. The index of a batch's first message stands above 8 bits.
    @usableFromInline enum Call {
        @usableFromInline static var inline: Int { @inlinable get { 0 } }
        @usableFromInline static var boxed: Int { @inlinable get { 1 } }
        @usableFromInline static var down: Int { @inlinable get { 2 } }
        @usableFromInline static var idle: Int { @inlinable get { 3 } }
        @usableFromInline static var started: Int { @inlinable get { 4 } }
    }

    @usableFromInline init(
        memory: UnsafeMutableRawPointer,
        remake: @escaping (UnsafeMutableRawPointer) throws -> Void,
        destroy: @escaping (UnsafeMutableRawPointer) -> Void, body: @escaping Body
    ) {
        self.memory = memory
        self.remake = remake
        self.destroy = destroy
        self.body = body
    }

    /// Another body for the same state.
    init(sharing other: ActorBox, body: @escaping Body) {
        memory = other.memory
        remake = { _ in }
        destroy = { _ in }
        self.body = body
        actor = other.first
    }

    deinit {
        // Closures in there may refer to the behaviour.
        madeExtras = nil
        destroy(memory)
    }

    var address: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static func at(_ address: UnsafeMutableRawPointer) -> ActorBox {
        Unmanaged<ActorBox>.fromOpaque(address).takeUnretainedValue()
    }

    /// The one that the engine has.
    var first: ActorBox { actor ?? self }

    /// For what outlives a call of the behaviour: nil for the first one, which has all of that.
    @usableFromInline static func keeper(_ address: UnsafeMutableRawPointer) -> ActorBox? {
        let box = at(address)
        return box.actor == nil ? nil : box
    }

    /// What few actors have; the first one's.
    var extras: ActorExtras {
        if let madeExtras { return madeExtras }
        let made = ActorExtras()
        madeExtras = made
        return made
    }

    var existingExtras: ActorExtras? { madeExtras }

    func belong(to first: ActorBox) { actor = first }

    // MARK: - Starting

    /// The first one: before the first message and after each restart.
    func start(_ raw: UnsafeMutableRawPointer) -> Int32 {
        if wasStarted {
            madeExtras?.forgetBecoming()
            do { try remake(memory) } catch { return fail(raw, -1, error) }
        }
        wasStarted = true
        return body(raw, address, memory, Call.started, raw, 0)
    }

    // MARK: - Failing

    /// The error of a call becomes the status that the engine gets, and the text of its event.
    func fail(_ raw: UnsafeMutableRawPointer, _ index: Int, _ error: any Error) -> Int32 {
        first.extras.failure = error
        return String(describing: error).withCString {
            PenstockActors.ActorContext(raw).fail(ActorStatus.failed, index, $0)
        }
    }

    /// For bodies. `what` and `error` say which message failed.
    @usableFromInline @inline(never) static func failed(
        _ raw: UnsafeMutableRawPointer, _ box: UnsafeMutableRawPointer, _ what: Int,
        _ error: any Error
    ) -> Int32 {
        guard let failure = error as? MessageFailure else { return at(box).fail(raw, -1, error) }
        return at(box).fail(raw, (what >> 8) + failure.index, failure.underlying)
    }
}

/// Of calls and answers, beside those of the engine.
enum ActorStatus {
    static let ok: Int32 = 0
    static let end: Int32 = 1
    /// A behaviour has thrown, or an ask was answered with an error, which is the payload.
    static let failed: Int32 = 1000
}
