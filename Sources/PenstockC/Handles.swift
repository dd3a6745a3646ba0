import CPenstock
import CPenstockPlatform
import PenstockActors
import PenstockDataflow
import PenstockRuntime
import Synchronization

/// What a C handle stands for. Handles are numbers, not addresses: slot, generation and kind, so
/// that a destroyed or foreign one is recognised and never followed.
enum HandleKind: UInt {
    case dispatcher = 0
    case engine = 1
    case graph = 2
    case packed = 3
    case `operator` = 4
}

/// A graph as C sees it, with the tag that its stages carry.
final class GraphHandle: Sendable {
    let graph: Graph
    let tag: UInt64
    let ports = ActorPorts()

    init(graph: Graph, tag: UInt64) {
        self.graph = graph
        self.tag = tag
    }
}

final class HandleTable: @unchecked Sendable {
    static let shared: HandleTable = {
        let table = HandleTable()
        table.lock.holdAcrossFork()
        return table
    }()

    private struct Slot {
        var generation: UInt = 0
        var kind = HandleKind.engine
        var object: AnyObject?
        /// Of an engine that has some.
        var actors: ActorSystem?
        var forks: UInt32 = 0
    }

    private let lock = Lock()
    /// One more would be another's handle of a later generation.
    private let mostSlots: Int

    init(mostSlots: Int = 1 << slotBits) { self.mostSlots = mostSlots }

    private var slots: [Slot] = []  // guard: lock
    private var free: [Int] = []  // guard: lock
    private var nextTag: UInt64 = 0  // guard: lock
    /// The live engine that was asked for last, and the count of forks then. Written under the
    /// lock.
    private let lastEngine = Atomic<UInt>(0)
    private let lastForks = Atomic<UInt32>(0)

    // Handle bits: kind 0..<3, slot 3..<26, generation from 26.
    private static let slotBits: UInt = 23

    func add(_ object: AnyObject, _ kind: HandleKind) throws(Failure) -> OpaquePointer {
        let handle = lock.withLock { () -> OpaquePointer? in
            let slot = free.popLast() ?? slots.count
            if slot == mostSlots { return nil }
            if slot == slots.count { slots.append(Slot()) }
            slots[slot].generation += 1
            slots[slot].kind = kind
            slots[slot].object = object
            slots[slot].forks = pstp_fork_generation()
            let bits = slots[slot].generation << 26 | UInt(slot) << 3 | kind.rawValue
            // Never zero: generations begin at 1.
            return OpaquePointer(bitPattern: bits)
        }
        guard let handle else {
            throw Failure(.noMemory, "there are \(mostSlots) live handles already")
        }
        return handle
    }

    private func slot(of handle: OpaquePointer, _ kind: HandleKind) -> Int? {
        let bits = UInt(bitPattern: handle)
        let slot = Int(bits >> 3 & (1 << HandleTable.slotBits - 1))
        guard bits & 7 == kind.rawValue, slot < slots.count, slots[slot].generation == bits >> 26,
            slots[slot].kind == kind, slots[slot].object != nil
        else { return nil }
        return slot
    }

    func find(_ handle: OpaquePointer?, _ kind: HandleKind) -> AnyObject? {
        guard let handle else { return nil }
        return lock.withLock { slot(of: handle, kind).flatMap { slots[$0].object } }
    }

    /// Whether `handle` is known to be a live engine of this process, without the lock; false says
    /// nothing.
    func knows(engine handle: OpaquePointer) -> Bool {
        // relaxed: an engine is not destroyed beside its use
        lastEngine.load(ordering: .relaxed) == UInt(bitPattern: handle)
            && lastForks.load(ordering: .relaxed) == pstp_fork_generation()
    }

    /// The actors of an engine that were asked for before; nil also in a child process.
    func findActors(_ handle: OpaquePointer?) -> ActorSystem? {
        guard let handle else { return nil }
        return lock.withLock {
            guard let slot = slot(of: handle, .engine),
                slots[slot].forks == pstp_fork_generation()
            else { return nil }
            return slots[slot].actors
        }
    }

    func remember(_ actors: ActorSystem, of handle: OpaquePointer) {
        lock.withLock {
            if let slot = slot(of: handle, .engine) { slots[slot].actors = actors }
        }
    }

    func findEngine(_ handle: OpaquePointer?) -> Engine? {
        guard let handle else { return nil }
        return lock.withLock {
            guard let slot = slot(of: handle, .engine), let engine = slots[slot].object as? Engine
            else { return nil }
            if !engine.isForeign {
                lastEngine.store(UInt(bitPattern: handle), ordering: .relaxed)
                lastForks.store(pstp_fork_generation(), ordering: .relaxed)
            }
            return engine
        }
    }

    func remove(_ handle: OpaquePointer, _ kind: HandleKind) {
        // Let go of outside the lock: what a drain still holds is destroyed by the program then.
        let object = lock.withLock { () -> AnyObject? in
            guard let slot = slot(of: handle, kind) else { return nil }
            defer {
                slots[slot].object = nil
                slots[slot].actors = nil
            }
            free.append(slot)
            if lastEngine.load(ordering: .relaxed) == UInt(bitPattern: handle) {
                lastEngine.store(0, ordering: .relaxed)
            }
            return slots[slot].object
        }
        withExtendedLifetime(object) {}
    }

    func newTag() -> UInt64 {
        lock.withLock {
            nextTag += 1
            return nextTag & 0xff_ffff
        }
    }
}

func engine(_ handle: OpaquePointer?) throws(Failure) -> Engine {
    guard let engine = HandleTable.shared.findEngine(handle) else {
        throw Failure(.badHandle, handle == nil ? "engine is NULL" : "engine is not a live engine")
    }
    return engine
}

func graph(_ handle: OpaquePointer?) throws(Failure) -> GraphHandle {
    guard let graph = HandleTable.shared.find(handle, .graph) as? GraphHandle else {
        throw Failure(.badHandle, handle == nil ? "graph is NULL" : "graph is not a live graph")
    }
    return graph
}
