import CPenstockPlatform
import PenstockRuntime
import Synchronization

// How the memory that workers share is made, and given back.

extension ActorCore.Tables {
    /// nil: no memory.
    init?(firstGeneration: UInt32) {
        let cells = SlabTable(
            blockBytes: Cell.size, shift: Cell.slabShift,
            linkOffset: Cell.bodyOffset + CellBody.stateOffset
        ) { block, number in
            block.bindMemory(to: Cell.self, capacity: 1).initialize(
                slot: number, generation: firstGeneration)
        }
        let pendings = SlabTable(
            blockBytes: Pending.size, shift: Pending.slabShift, linkOffset: Pending.nextOffset
        ) { block, number in
            block.bindMemory(to: Pending.self, capacity: 1).initialize(number: number)
        }
        let colds = SlabTable(blockBytes: Cold.size, shift: 8, linkOffset: 0) { _, _ in }
        let kins = SlabTable(blockBytes: Kin.size, shift: 8, linkOffset: 0) { _, _ in }
        guard let cells, let pendings, let colds, let kins else { return nil }
        self.init(cells: cells, colds: colds, kins: kins, pendings: pendings)
    }
}

extension ActorCore {
    init(
        engine: Engine, tables: Tables, memoryLimit: Int, workerCount: Int,
        sets: UnsafeMutablePointer<UInt64>, ended: Waker,
        room: UnsafeMutablePointer<Atomic<UInt32>>, events: EventTap, registry: Registry,
        workerSets: WorkerSets, hosts: HostTable, isWatched: Bool
    ) {
        precondition(
            MemoryLayout<Cell>.size <= Cell.coldOffset && MemoryLayout<CellBody>.size <= 64
                && MemoryLayout<Cold>.size <= Cold.size && MemoryLayout<Birth>.size <= 48
                && MemoryLayout<CellBody>.offset(of: \.state) == CellBody.stateOffset
                && MemoryLayout<CellBody>.offset(of: \.localHead) == CellBody.localHeadOffset
                && MemoryLayout<Pending>.size <= Pending.inHeapOffset
                && MemoryLayout<Kin>.size <= Kin.linksOffset)
        self.tables = tables
        cells = tables.cells.slabs
        pendings = tables.pendings.slabs
        budget = MemoryBudget(limit: memoryLimit, environment: engine.environment)
        self.workerCount = workerCount
        let pools = workerCount + Self.hostLimit + 1
        workers = .allocate(capacity: pools)
        workers.initialize(repeating: nil, count: pools)
        doors = .allocate(capacity: pools)
        idleWords = (workerCount + 63) / 64
        idle = .allocate(capacity: idleWords)
        for word in 0..<idleWords { (idle + word).initialize(to: Atomic(0)) }
        constants = .allocate(capacity: 2)
        constants.initialize(to: Atomic(0))
        (constants + 1).initialize(to: Atomic(1))
        idleHosts = Atomic(.max)
        self.sets = sets
        hasSets = Atomic(false)
        isClosed = Atomic(false)
        isEnding = Atomic(false)
        running = Atomic(workerCount)
        self.ended = ended
        isAwaited = Atomic(false)
        adopted = Atomic(0)
        waitingForRoom = Atomic(0)
        self.room = room
        self.events = .passUnretained(events)
        self.registry = .passUnretained(registry)
        self.workerSets = .passUnretained(workerSets)
        self.hosts = .passUnretained(hosts)
        self.isWatched = isWatched
        isSimulated = engine.isSimulated
    }

    /// Host dispatchers have wakers of their own, which they set before anybody knows of them.
    func makeDoors(_ workers: [Worker]) {
        for i in 0..<poolCount {
            doors[i] = .allocate(capacity: 1)
            doors[i].initialize(
                to: WorkerDoor(
                    index: UInt32(i),
                    waker: i < workerCount ? workers[i].state.pointee.waker : ended,
                    doorbell: i < workerCount ? workers[i].doorbell : nil))
        }
    }

    func wakeAllForRoom() {
        room.pointee.add(1, ordering: .releasing)
        pstp_futex_wake(room, .max)
    }

    func release() {
        for i in 0..<poolCount {
            if let worker = workers[i] {
                worker.pointee.destroy(budget)
                worker.deinitialize(count: 1)
                worker.deallocate()
            }
            doors[i].deinitialize(count: 1)
            doors[i].deallocate()
        }
        workers.deallocate()
        doors.deallocate()
        idle.deinitialize(count: idleWords)
        idle.deallocate()
        constants.deinitialize(count: 2)
        constants.deallocate()
        sets.deallocate()
        tables.destroy(budget)
        pstp_free(room, 1, 128)
        ended.free()
    }
}

extension UnsafeMutablePointer where Pointee == ActorCore {
    func makeWorker(_ index: Int, _ clock: Clock) -> UnsafeMutablePointer<ActorWorker> {
        let worker = UnsafeMutablePointer<ActorWorker>.allocate(capacity: 1)
        worker.initialize(
            to: ActorWorker(
                index: UInt32(index), core: self, door: pointee.doors[index], clock: clock))
        pointee.workers[index] = worker
        return worker
    }
}
