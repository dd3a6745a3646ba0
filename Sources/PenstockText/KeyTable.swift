import CPenstockPlatform

/// From keys to entries: a key and, behind it, cells that values are reduced into. Open addressing
/// over slots of eight bytes; entries lie in the order they came and never move.
struct KeyTable<Key: TableKey> {
    /// A slot is empty (0), or 16 bits of the hash over the 48 of an entry's address: user space
    /// has no more on x86-64 and arm64 unless memory beyond is asked for.
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotCount: Int
    private(set) var count = 0

    private var entries = ChunkList()
    private var keyBytes = ChunkList()

    let cellBytes: Int
    /// What cells begin as.
    private let initial: UnsafeRawPointer

    static var cellsOffset: Int { MemoryLayout<Key>.stride }
    var entryBytes: Int { KeyTable.cellsOffset &+ cellBytes }

    private static var firstSlots: Int { 1 << 12 }
    private static var addressMask: UInt64 { 1 << 48 - 1 }

    /// `initial` must outlive it. nil when memory is out.
    init?(cellBytes: Int, initial: UnsafeRawPointer) {
        guard let slots = KeyTable.allocateSlots(KeyTable.firstSlots) else { return nil }
        self.slots = slots
        slotCount = KeyTable.firstSlots
        self.cellBytes = cellBytes
        self.initial = initial
    }

    private static func allocateSlots(_ count: Int) -> UnsafeMutablePointer<UInt64>? {
        pstp_alloc(count, MemoryLayout<UInt64>.stride, 64)?
            .bindMemory(to: UInt64.self, capacity: count)
    }

    mutating func freeAll() {
        pstp_free(slots, slotCount, MemoryLayout<UInt64>.stride)
        entries.freeAll()
        keyBytes.freeAll()
    }

    /// The entries' memory, to be kept and freed by who takes it; the table is empty then.
    mutating func takeMemory() -> (entries: ChunkList, keyBytes: ChunkList) {
        defer {
            entries = ChunkList()
            keyBytes = ChunkList()
        }
        return (entries, keyBytes)
    }

    var cursor: ChunkList.Cursor { ChunkList.Cursor(entries) }

    // MARK: - Finding

    /// The first slot of a hash is wanted soon.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        pstp_prefetch(slots + (Int(truncatingIfNeeded: hash) & (slotCount &- 1)))
    }

    /// The entry in that slot is, most likely the one looked for.
    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        let slot = slots[Int(truncatingIfNeeded: hash) & (slotCount &- 1)]
        pstp_prefetch(UnsafeRawPointer(bitPattern: UInt(slot & KeyTable.addressMask)))
    }

    /// The entry of the key, new ones with initial cells; nil when memory is out or it is no key.
    @inline(__always)
    mutating func entry(_ key: Key, _ hash: UInt64) -> UnsafeMutableRawPointer? {
        let mask = slotCount &- 1
        var i = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[i]
            if slot == 0 { return insert(key, hash) }
            if (slot ^ hash) >> 48 == 0 {
                let entry = UnsafeMutableRawPointer(
                    bitPattern: UInt(slot & KeyTable.addressMask)
                ).unsafelyUnwrapped
                if key.equals(entry.load(as: Key.self)) { return entry }
            }
            i = (i &+ 1) & mask
        }
    }

    @inline(never)
    private mutating func insert(_ key: Key, _ hash: UInt64) -> UnsafeMutableRawPointer? {
        if !key.isValid { return nil }
        // At most five of eight slots are taken.
        if count &+ 1 > slotCount / 8 &* 5 && !grow() { return nil }
        var key = key
        guard let entry = entries.allocate(entryBytes) else { return nil }
        if !key.own(in: &keyBytes) {
            entries.giveBack(entryBytes)
            return nil
        }
        entry.storeBytes(of: key, as: Key.self)
        (entry + KeyTable.cellsOffset).copyMemory(from: initial, byteCount: cellBytes)
        place(entry, hash)
        count &+= 1
        return entry
    }

    private func place(_ entry: UnsafeMutableRawPointer, _ hash: UInt64) {
        let mask = slotCount &- 1
        var i = Int(truncatingIfNeeded: hash) & mask
        while slots[i] != 0 { i = (i &+ 1) & mask }
        slots[i] = UInt64(UInt(bitPattern: entry)) | hash & ~KeyTable.addressMask
    }

    private mutating func grow() -> Bool {
        guard slotCount < 1 << 46, let larger = KeyTable.allocateSlots(2 * slotCount) else {
            return false
        }
        pstp_free(slots, slotCount, MemoryLayout<UInt64>.stride)
        slots = larger
        slotCount *= 2
        var all = cursor
        while let entry = all.next(entryBytes) { place(entry, entry.load(as: Key.self).hash) }
        return true
    }
}
