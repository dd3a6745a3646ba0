import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// Work stealing, as far as workers do not share by themselves: a thread that looks now and then
/// whether one of them is in a call for long, and gives what waits behind it to others. It sleeps
/// while all workers do.
final class Relief: @unchecked Sendable {
    private let core: UnsafeMutablePointer<ActorCore>
    private let vigil: Waker
    /// What it sleeps on between two looks; 1: it is to end.
    private let stopWord: UnsafeMutablePointer<Atomic<UInt32>>
    private var thread: OpaquePointer?
    /// Of each worker, when it was looked at last.
    private var passes: [UInt64]

    private static let shortest: UInt64 = 1_000_000
    private static let longest: UInt64 = 16_000_000
    /// It rests when it has seen all workers asleep so often in a row.
    private static let quietLooks = 8

    /// nil: there is nobody to help, or no way to look at a worker's memory while its thread is
    /// away.
    init?(core: UnsafeMutablePointer<ActorCore>, environment: Environment) {
        guard core.pointee.workerCount > 1, pstp_heavy_fence_available(),
            let vigil = environment.vigil, let memory = pstp_alloc(1, 128, 128)
        else { return nil }
        self.core = core
        self.vigil = vigil
        stopWord = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        passes = Array(repeating: 0, count: core.pointee.workerCount)
    }

    deinit { pstp_free(stopWord, 1, 128) }

    func start() throws(Failure) {
        let raw = Unmanaged.passUnretained(self).toOpaque()
        thread = pstp_thread_start(
            "pst-relief",
            { raw in
                guard let raw else { return }
                Unmanaged<Relief>.fromOpaque(raw).takeUnretainedValue().watch()
            }, raw)
        if thread == nil { throw Failure(.system, "cannot start thread 'pst-relief'") }
    }

    func stop() {
        guard let running = thread else { return }
        stopWord.pointee.store(1, ordering: .releasing)
        pstp_futex_wake(stopWord, 1)
        vigil.signal()
        pstp_thread_join(running)
        thread = nil
    }

    private var isStopping: Bool { stopWord.pointee.load(ordering: .acquiring) != 0 }

    private func watch() {
        var interval = Self.shortest
        var quiet = 0
        while !isStopping {
            pstp_futex_wait(stopWord, 0, Int64(interval))
            if lookAtAll() {
                interval = Self.shortest
            } else {
                interval = min(interval * 2, Self.longest)
            }
            quiet = allSleep ? quiet + 1 : 0
            if quiet >= Self.quietLooks {
                rest()
                interval = Self.shortest
                quiet = 0
            }
        }
    }

    /// Until a worker's thread wakes up.
    private func rest() {
        // Each of them rings after it has said that it is awake.
        vigil.announce()
        if isStopping || !allSleep {
            vigil.retract()
        } else {
            vigil.sleep(nanoseconds: -1)
        }
    }

    private var allSleep: Bool {
        for i in 0..<core.pointee.workerCount where !core.pointee.doors[i].pointee.isParked {
            return false
        }
        return true
    }

    /// True if anything was given to others.
    private func lookAtAll() -> Bool {
        var any = false
        for i in passes.indices {
            guard let worker = core.pointee.workers[i] else { continue }
            let now = worker.pointee.passes.load(ordering: .relaxed)
            let isStuck = now == passes[i] && !core.pointee.doors[i].pointee.isParked
            passes[i] = now
            worker.pointee.isStuck.store(isStuck, ordering: .relaxed)
        }
        for i in passes.indices {
            guard let worker = core.pointee.workers[i],
                worker.pointee.isStuck.load(ordering: .relaxed),
                worker.pointee.isAway.load(ordering: .relaxed)
            else { continue }
            if worker.relieve() { any = true }
        }
        return any
    }
}
