import CPenstockPlatform
import Synchronization

/// Scratch for the calls of one operator, of any number of threads at a time. What a call has taken
/// stays for the next, so that only the first calls allocate.
final class ScratchPool: @unchecked Sendable {
    private static let slotCount = 16

    let bytes: Int
    private let slots: UnsafeMutablePointer<Atomic<UInt>>

    init(_ bytes: Int) {
        self.bytes = bytes
        slots = .allocate(capacity: ScratchPool.slotCount)
        for i in 0..<ScratchPool.slotCount { (slots + i).initialize(to: Atomic(0)) }
    }

    deinit {
        for i in 0..<ScratchPool.slotCount {
            // relaxed: nobody else is left
            let bits = slots[i].load(ordering: .relaxed)
            pstp_free(UnsafeMutableRawPointer(bitPattern: bits), bytes, 1)
        }
        slots.deinitialize(count: ScratchPool.slotCount)
        slots.deallocate()
    }

    /// nil: there is no memory.
    func take() -> UnsafeMutableRawPointer? {
        let first = Int(bitPattern: pstp_thread_token())
        for i in 0..<ScratchPool.slotCount {
            let slot = slots + (first &+ i) & (ScratchPool.slotCount &- 1)
            // relaxed: a hint; the exchange decides
            if slot.pointee.load(ordering: .relaxed) == 0 { continue }
            // acquiring: pairs with the release of `give`, whose writes come before ours
            let bits = slot.pointee.exchange(0, ordering: .acquiring)
            if let scratch = UnsafeMutableRawPointer(bitPattern: bits) { return scratch }
        }
        return pstp_alloc(bytes, 1, 64)
    }

    func give(_ scratch: UnsafeMutableRawPointer) {
        let first = Int(bitPattern: pstp_thread_token())
        for i in 0..<ScratchPool.slotCount {
            let slot = slots + (first &+ i) & (ScratchPool.slotCount &- 1)
            // releasing: pairs with `take`
            if slot.pointee.compareExchange(
                expected: 0, desired: UInt(bitPattern: scratch),
                successOrdering: .releasing, failureOrdering: .relaxed
            ).exchanged {
                return
            }
        }
        pstp_free(scratch, bytes, 1)
    }
}
