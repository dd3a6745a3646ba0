import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// What stands behind a host dispatcher, and stays when its program has given it up: its actors'
/// slots may still be posted there. Then worker 0 runs what comes.
final class HostPlace: @unchecked Sendable {
    let index: Int
    let worker: UnsafeMutablePointer<ActorWorker>
    let waker: Waker
    /// Readable while there may be something to do.
    let descriptor: Int32
    private let core: UnsafeMutablePointer<ActorCore>

    init(_ index: Int, _ system: ActorSystem) throws(Failure) {
        descriptor = pstp_bell_open()
        guard descriptor >= 0 else {
            throw Failure(.system, "no descriptor for a dispatcher")
        }
        guard let waker = Waker(environment: system.engine.environment) else {
            pstp_bell_close(descriptor)
            throw Failure(.noMemory, "no memory for a dispatcher")
        }
        self.index = index
        self.waker = waker
        core = system.core
        // Nobody has looked at the door yet: its worker does not exist.
        core.pointee.doors[core.pointee.workerCount + index].pointee.waker = waker
        worker = core.makeWorker(
            core.pointee.workerCount + index, system.engine.environment.clock)
        worker.pointee.isIdle = true
        waker.setNotify(
            { raw in Unmanaged<HostPlace>.fromOpaque(raw).takeUnretainedValue().ring() },
            Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        waker.free()
        pstp_bell_close(descriptor)
    }

    private var bit: UInt64 { 1 << UInt64(index) }

    var isAdopted: Bool {
        get { core.pointee.adopted.load(ordering: .acquiring) & bit != 0 }
        set {
            if newValue {
                core.pointee.adopted.bitwiseOr(bit, ordering: .acquiringAndReleasing)
                waker.announce()
                core.pointee.doors[0].pointee.waker.signal()
            } else {
                core.pointee.adopted.bitwiseAnd(~bit, ordering: .acquiringAndReleasing)
            }
        }
    }

    func ring() {
        if isAdopted {
            // Always announced: each post is worker 0's to look at.
            waker.announce()
            core.pointee.doors[0].pointee.waker.signal()
            return
        }
        pstp_bell_ring(descriptor)
    }

    func hush() { pstp_bell_hush(descriptor) }

    func sleep(_ nanoseconds: UInt64) { pstp_bell_wait(descriptor, nanoseconds) }
}
