import PenstockRuntime
import Synchronization

/// What all workers of an engine's actors share. Never written but through its atomics.
struct ActorCore: ~Copyable {
    /// Host threads' dispatchers that there can be at a time.
    static let hostLimit = 16
    /// Sets of workers that actors can be restricted to, the set of all among them.
    static let setLimit = 256

    let tables: Tables
    let cells: Slabs
    let pendings: Slabs
    let budget: MemoryBudget
    /// Workers with a thread of the engine's; host dispatchers come behind them.
    let workerCount: Int
    /// Touched by others than their own threads only when these run no actors any more. nil: a host
    /// dispatcher that there is not.
    let workers: UnsafeMutablePointer<UnsafeMutablePointer<ActorWorker>?>
    /// One for each pool: of the workers, the host dispatchers, and of all other threads.
    let doors: UnsafeMutablePointer<UnsafeMutablePointer<WorkerDoor>>
    /// A bit for each worker that has nothing to do and was not given anything since, 64 to a word.
    let idle: UnsafeMutablePointer<Atomic<UInt64>>
    let idleWords: Int
    /// 0 and 1, for workers that have no others and for those that have many.
    let constants: UnsafeMutablePointer<Atomic<UInt64>>
    /// The same for host dispatchers, which nobody gives anything; set where there is none.
    let idleHosts: Atomic<UInt64>
    /// Workers that may run the actors of a set: `idleWords` words each. Written before an actor of
    /// the set is made.
    let sets: UnsafeMutablePointer<UInt64>
    /// Some actor may not run on all workers.
    let hasSets: Atomic<Bool>
    /// Nothing comes from outside any more.
    let isClosed: Atomic<Bool>
    /// Workers let go of their actors.
    let isEnding: Atomic<Bool>
    /// Workers' tasks that have not ended.
    let running: Atomic<Int>
    /// Signalled by the last of them, and by each that becomes idle while somebody waits for that.
    let ended: Waker
    let isAwaited: Atomic<Bool>
    /// Host threads that wait for room in a mailbox, and what they sleep on.
    let waitingForRoom: Atomic<UInt32>
    let room: UnsafeMutablePointer<Atomic<UInt32>>
    let events: Unmanaged<EventTap>
    let registry: Unmanaged<Registry>
    let workerSets: Unmanaged<WorkerSets>
    let hosts: Unmanaged<HostTable>
    /// A bit for each host dispatcher that its program has given up: worker 0 runs what comes for
    /// it.
    let adopted: Atomic<UInt64>
    /// Workers say whose turn it is.
    let isWatched: Bool
    /// Workers have no threads: the simulation runs them.
    let isSimulated: Bool

    /// Where blocks come from when a worker has none.
    struct Tables {
        let cells: SlabTable
        let colds: SlabTable
        let kins: SlabTable
        let pendings: SlabTable

        func destroy(_ memory: borrowing MemoryBudget) {
            cells.destroy(memory)
            colds.destroy(memory)
            kins.destroy(memory)
            pendings.destroy(memory)
        }
    }

    /// Workers, host dispatchers, and one for the threads that are neither.
    var poolCount: Int { workerCount + Self.hostLimit + 1 }
    var outsideIndex: Int { workerCount + Self.hostLimit }

    @inline(__always)
    func cell(_ slot: UInt32) -> UnsafeMutablePointer<Cell>? {
        cells.block(slot, blockBytes: Cell.size, shift: Cell.slabShift)?.assumingMemoryBound(
            to: Cell.self)
    }

    /// The block of a token or timer, if the number is one.
    func pending(_ token: UInt64) -> UnsafeMutablePointer<Pending>? {
        pendings.block(
            UInt32(truncatingIfNeeded: token), blockBytes: Pending.size, shift: Pending.slabShift
        )?.assumingMemoryBound(to: Pending.self)
    }

    /// An actor has got something, in a mailbox that was empty or in the control lane.
    func post(_ cell: UnsafeMutablePointer<Cell>, by poster: UInt32) {
        // Both orders: the node is in the lane before this, and the worker that finds the poster
        // looks there after it.
        if cell.pointee.isPosted.exchange(poster, ordering: .acquiringAndReleasing) == 0 {
            doors[Int(cell.pointee.owner.load(ordering: .relaxed))].pointee.post(cell)
        }
    }

    // MARK: - Who has nothing to do

    /// See ActorWorker.
    func idleOthers(of worker: UInt32) -> UnsafeMutablePointer<Atomic<UInt64>> {
        if worker >= workerCount || workerCount == 1 { return constants }
        return idleWords == 1 ? idle : constants + 1
    }

    /// Workers that wait for somebody to give them something.
    var someoneIsIdle: Bool {
        for word in 0..<idleWords where idle[word].load(ordering: .relaxed) != 0 {
            return true
        }
        return false
    }

    func isIdle(_ worker: UInt32) -> Bool {
        worker < workerCount
            && idle[Int(worker >> 6)].load(ordering: .relaxed) & UInt64(1) << UInt64(worker & 63)
                != 0
    }

    /// Takes one of them; it is the caller's to wake.
    func claimIdle() -> UnsafeMutablePointer<WorkerDoor>? {
        for word in 0..<idleWords {
            var bits = idle[word].load(ordering: .relaxed)
            while bits != 0 {
                let bit = bits & ~(bits &- 1)
                let before = idle[word].bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue
                if before & bit != 0 { return doors[word * 64 + bit.trailingZeroBitCount] }
                bits = before & ~bit
            }
        }
        return nil
    }

    /// True: this one is the caller's to wake.
    func claimIdle(_ worker: UInt32) -> Bool {
        let bit = UInt64(1) << UInt64(worker & 63)
        return idle[Int(worker >> 6)].bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue
            & bit
            != 0
    }

    // MARK: - Who may run what

    /// Set 0 are all workers with a thread.
    @inline(__always)
    func allows(_ set: UInt8, _ worker: UInt32) -> Bool {
        if set == 0 { return worker < workerCount }
        if set >= Self.firstHostSet { return worker == hostIndex(of: set) }
        return sets[Int(set) * idleWords + Int(worker >> 6)] >> UInt64(worker & 63) & 1 != 0
    }

    /// The sets at the end stand for host dispatchers.
    static let firstHostSet = UInt8(setLimit - hostLimit)
    func hostIndex(of set: UInt8) -> UInt32 {
        UInt32(workerCount) + UInt32(set - Self.firstHostSet)
    }

    func hostDoor(of set: UInt8) -> UnsafeMutablePointer<WorkerDoor> {
        doors[Int(hostIndex(of: set))]
    }

    /// The worker of the set whose turn it is.
    func worker(of set: UInt8, turn: UInt32) -> UInt32 {
        if set == 0 { return turn % UInt32(workerCount) }
        if set >= Self.firstHostSet { return hostIndex(of: set) }
        let words = sets + Int(set) * idleWords
        var total = 0
        for i in 0..<idleWords { total += words[i].nonzeroBitCount }
        var left = Int(turn) % max(1, total)
        for i in 0..<idleWords {
            var bits = words[i]
            while bits != 0 {
                if left == 0 { return UInt32(i * 64 + bits.trailingZeroBitCount) }
                left -= 1
                bits &= bits &- 1
            }
        }
        return 0
    }
}
