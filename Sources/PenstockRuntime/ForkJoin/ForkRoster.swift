import CPenstockPlatform
import PenstockTopology
import Synchronization

/// The workers that may help, in places that never change: by core where workers are bound, so that
/// neighbours in number are near, else as they come. Raw memory; written under the engine's lock,
/// read by any thread.
struct ForkRoster: @unchecked Sendable {
    let positions: Int
    private let entries: UnsafeMutableRawPointer
    /// Of each processor by OS index its core; of each core the first of its domain.
    private let coreOfProcessor: UnsafeMutablePointer<UInt16>
    private let firstOfDomain: UnsafeMutablePointer<UInt16>
    private let processorCount: Int

    // An entry: 0 doorbell (nil: no worker yet), 8 waker, 16 the worker object
    private static let entryBytes = 32
    private static let noCore = UInt16.max
    /// More than a slot's word counts could not be inside at once.
    private static let mostPositions = 1 << 13

    struct Member {
        let doorbell: Doorbell
        let waker: Waker
    }

    /// Where a call comes from.
    struct Place {
        /// Of the worker that it leaves out: the calling one, or the one on the core that the
        /// calling thread is on; -1 for none.
        var position = -1
        /// Where to look for helpers first.
        var first = 0
        /// Of the worker that shares its core with a caller from outside.
        var doorbell: Doorbell?
    }

    /// nil when memory is out.
    init?(machine: Machine, threads: Int, binds: Bool, environment: Environment) {
        let cores = binds ? machine.cores.count : threads
        positions = min(cores, ForkRoster.mostPositions)
        processorCount = binds ? (machine.processors.map(\.osIndex).max() ?? -1) + 1 : 0
        let entries = environment.allocate(
            count: positions, size: ForkRoster.entryBytes, alignment: 128)
        let processors = environment.allocate(count: processorCount, size: 2, alignment: 64)
        let firsts = environment.allocate(count: positions, size: 2, alignment: 64)
        guard let entries, let processors, let firsts else {
            pstp_free(entries, positions, ForkRoster.entryBytes)
            pstp_free(processors, processorCount, 2)
            pstp_free(firsts, positions, 2)
            return nil
        }
        self.entries = entries
        coreOfProcessor = processors.bindMemory(to: UInt16.self, capacity: processorCount)
        firstOfDomain = firsts.bindMemory(to: UInt16.self, capacity: positions)
        guard binds else { return }
        for i in 0..<processorCount { coreOfProcessor[i] = ForkRoster.noCore }
        for core in machine.cores.prefix(positions) {
            for processor in core.processors { coreOfProcessor[processor] = UInt16(core.index) }
            let first = machine.domains[core.domain].cores[0]
            firstOfDomain[core.index] = UInt16(min(first, positions - 1))
        }
    }

    func free() {
        pstp_free(entries, positions, ForkRoster.entryBytes)
        pstp_free(UnsafeMutableRawPointer(coreOfProcessor), processorCount, 2)
        pstp_free(UnsafeMutableRawPointer(firstOfDomain), positions, 2)
    }

    private func doorbellWord(_ position: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        (entries + position &* ForkRoster.entryBytes).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// Under the engine's lock, once for each position.
    func add(_ worker: Worker, at position: Int) {
        let entry = entries + position * ForkRoster.entryBytes
        entry.storeBytes(of: worker.state.pointee.waker, toByteOffset: 8, as: Waker.self)
        entry.storeBytes(
            of: Unmanaged.passUnretained(worker).toOpaque(), toByteOffset: 16,
            as: UnsafeMutableRawPointer?.self)
        // releasing: pairs with the acquiring load in worker(at:)
        doorbellWord(position).pointee.store(
            UInt(bitPattern: worker.state.pointee.doorbell.memory), ordering: .releasing)
    }

    func worker(at position: Int) -> Member? {
        let bits = doorbellWord(position).pointee.load(ordering: .acquiring)
        guard let memory = UnsafeMutableRawPointer(bitPattern: bits) else { return nil }
        let entry = entries + position &* ForkRoster.entryBytes
        return Member(
            doorbell: Doorbell(memory: memory),
            waker: entry.load(fromByteOffset: 8, as: Waker.self))
    }

    private func isWorker(_ object: UnsafeMutableRawPointer, at position: Int) -> Bool {
        guard worker(at: position) != nil else { return false }
        let entry = entries + position &* ForkRoster.entryBytes
        return entry.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self) == object
    }

    // MARK: - The caller

    func placeOfCaller() -> Place {
        var place = Place()
        let processor = Int(pstp_current_processor())
        if processor >= 0 && processor < processorCount {
            let core = coreOfProcessor[processor]
            if core != ForkRoster.noCore {
                place.position = Int(core)
                place.first = Int(firstOfDomain[Int(core)])
            }
        }
        // A worker that is bound to its core is found at once.
        if let object = pstp_tls_get() {
            if place.position >= 0 && isWorker(object, at: place.position) { return place }
            for position in 0..<positions where isWorker(object, at: position) {
                place.position = position
                return place
            }
        }
        if place.position >= 0 { place.doorbell = worker(at: place.position)?.doorbell }
        return place
    }

    /// Lists in the slot, which is the caller's, whom to invite: those who wait before those who
    /// sleep before those who are busy (they may have time in the middle), near ones before far
    /// ones.
    func choose(_ most: Int, for slot: ForkSlot, _ place: Place) {
        for i in 0..<slot.inviteeCount { slot.lanes[Int(slot.invitees[i])] = 0 }
        slot.invited.pointee.store(0, ordering: .relaxed)
        var count = 0
        choose(.waiting, most, &count, slot, place)
        choose(.parked, most, &count, slot, place)
        // And all others, also those that went from one to the other meanwhile.
        choose(nil, most, &count, slot, place)
        slot.inviteeCount = count
    }

    private func choose(
        _ status: Doorbell.Status?, _ most: Int, _ count: inout Int, _ slot: ForkSlot,
        _ place: Place
    ) {
        var position = place.first
        var left = positions
        while left > 0 && count < most {
            if position != place.position && slot.lanes[position] == 0,
                let doorbell = worker(at: position)?.doorbell,
                status == nil || doorbell.status == status, !doorbell.isCallersCore
            {
                slot.invitees[count] = UInt16(position)
                count &+= 1
                slot.lanes[position] = UInt16(count)
            }
            position &+= 1
            if position == positions { position = 0 }
            left &-= 1
        }
    }
}
