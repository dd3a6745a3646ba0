import CPenstockPlatform
import PenstockRuntime

/// The host's end of a feed or drain: a channel whose other side is any host thread, one at a time.
final class HostEdge: @unchecked Sendable {
    let stage: Int
    let isFeed: Bool
    let ring: Ring
    /// Wakes the host thread that waits here.
    let waker: Waker
    /// Held by the host thread while it is in push or pull (but not while it sleeps in it).
    private let lock = Lock()
    private var runIsOver = false  // guard: lock
    private var isOccupied = false  // guard: lock
    private var isClosed = false  // guard: lock

    init(stage: Int, isFeed: Bool, ring: Ring, waker: Waker) {
        self.stage = stage
        self.isFeed = isFeed
        self.ring = ring
        self.waker = waker
    }

    func free() {
        ring.free()
        waker.free()
    }

    // MARK: - Host threads

    /// One thread at a time: false when another is inside.
    func enter() -> Bool {
        lock.withLock {
            if isOccupied { return false }
            isOccupied = true
            return true
        }
    }

    func leave() { lock.withLock { isOccupied = false } }

    enum Transfer {
        case moved(Int)
        case nothing
        case over
        case closed
    }

    /// Moves in as many as there is room for.
    func push(_ elements: UnsafeRawPointer, _ count: Int) -> Transfer {
        lock.withLock {
            if isClosed { return .closed }
            if runIsOver || ring.isAbandoned { return .over }
            let n = min(count, ring.room(count))
            if n == 0 { return .nothing }
            ring.write(elements, n)
            ring.consumerWaker.signal()
            return .moved(n)
        }
    }

    func close() {
        lock.withLock {
            isClosed = true
            ring.close()
            ring.consumerWaker.signal()
        }
    }

    /// Moves out up to `capacity`.
    func pull(_ elements: UnsafeMutableRawPointer, _ capacity: Int) -> Transfer {
        lock.withLock {
            let closed = ring.isClosed
            let n = min(capacity, ring.available(capacity))
            if n == 0 { return closed || runIsOver ? .over : .nothing }
            ring.copyOut(n, to: elements)
            ring.release(n)
            ring.producerWaker.signal()
            return .moved(n)
        }
    }

    // MARK: - The run

    /// Nothing will be pushed or taken by the graph any more.
    func runEnded() { lock.withLock { runIsOver = true } }

    func destroyLeftovers(_ description: Description) {
        let spec = description.stages[stage]
        let type = isFeed ? spec.outputs[0] : spec.input!
        lock.withLock { ring.drain { type.destroy?($0, $1, type.user) } }
    }

    /// A push or pull would not find nothing now.
    var isReady: Bool {
        lock.withLock {
            if runIsOver || isClosed { return true }
            return isFeed
                ? ring.isAbandoned || ring.length < ring.capacity
                : ring.isClosed || ring.length > 0
        }
    }

    /// True when the graph cannot go on without the host.
    var waitsForHost: Bool {
        lock.withLock {
            isFeed
                ? !isClosed && !runIsOver && ring.length < ring.capacity
                : !runIsOver && ring.length > 0
        }
    }
}
