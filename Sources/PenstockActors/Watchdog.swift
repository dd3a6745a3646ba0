import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// A thread that looks now and then whether a worker is in the same call for too long, and tells.
/// Each call is told of once.
final class Watchdog: @unchecked Sendable {
    private let core: UnsafeMutablePointer<ActorCore>
    private let limit: UInt64
    private let environment: Environment
    private let waker: Waker
    private let isStopping = Atomic<Bool>(false)
    private var thread: OpaquePointer?
    private var seen: [Sighting]

    private struct Sighting {
        var turn: UInt64 = 0
        var since: UInt64 = 0
        var isTold = false
    }

    init?(core: UnsafeMutablePointer<ActorCore>, nanoseconds: UInt64, environment: Environment) {
        guard let waker = Waker(environment: environment) else { return nil }
        self.core = core
        limit = nanoseconds
        self.environment = environment
        self.waker = waker
        seen = Array(repeating: Sighting(), count: core.pointee.outsideIndex)
    }

    deinit { waker.free() }

    func start() throws(Failure) {
        let raw = Unmanaged.passUnretained(self).toOpaque()
        thread = pstp_thread_start(
            "pst-watchdog",
            { raw in
                guard let raw else { return }
                Unmanaged<Watchdog>.fromOpaque(raw).takeUnretainedValue().watch()
            }, raw)
        if thread == nil { throw Failure(.system, "cannot start thread 'pst-watchdog'") }
    }

    func stop() {
        guard let running = thread else { return }
        isStopping.store(true, ordering: .releasing)
        waker.signal()
        pstp_thread_join(running)
        thread = nil
    }

    private func watch() {
        while true {
            waker.announce()
            if isStopping.load(ordering: .acquiring) { return }
            waker.sleep(nanoseconds: Int64(min(limit / 4 + 1, UInt64(Int64.max))))
            if isStopping.load(ordering: .acquiring) { return }
            for i in seen.indices { look(i) }
        }
    }

    private func look(_ index: Int) {
        let door = core.pointee.doors[index]
        // acquiring: pairs with the store in noteTurn
        let running = door.pointee.running.load(ordering: .acquiring)
        let turn = door.pointee.turns.load(ordering: .relaxed)
        let now = environment.now
        guard let cell = UnsafeMutablePointer<Cell>(bitPattern: running), seen[index].turn == turn
        else {
            seen[index] = Sighting(turn: turn, since: now)
            return
        }
        let passed = now &- seen[index].since
        if passed < limit || seen[index].isTold { return }
        seen[index].isTold = true
        let ref = cell.ref
        let name = core.pointee.registry._withUnsafeGuaranteedRef { $0.name(of: ref) }
        core.pointee.events._withUnsafeGuaranteedRef {
            $0.tell(.blocked, ref, name: name, nanoseconds: passed)
        }
    }
}
