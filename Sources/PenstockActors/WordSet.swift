/// A set of nonzero words in memory of the engine's: open addressing, linear probing, at most three
/// quarters full.
struct WordSet: BitwiseCopyable {
    private var words: UnsafeMutablePointer<UInt64>?
    private var capacity = 0
    private(set) var count = 0

    enum Insertion { case inserted, present, noMemory }

    mutating func insert(_ word: UInt64, _ memory: borrowing MemoryBudget) -> Insertion {
        if contains(word) { return .present }
        if (count + 1) * 4 > capacity * 3 && !grow(memory) { return .noMemory }
        place(word)
        count += 1
        return .inserted
    }

    func contains(_ word: UInt64) -> Bool { position(of: word) != nil }

    /// False: it was not there.
    mutating func remove(_ word: UInt64) -> Bool {
        guard let words, var hole = position(of: word) else { return false }
        // Words behind the hole that probing would look for at it or before it move up (Knuth,
        // TAOCP vol. 3, 6.4, algorithm R).
        var at = hole
        while true {
            at = (at &+ 1) & mask
            if words[at] == 0 { break }
            let home = home(words[at])
            if (at &- home) & mask >= (at &- hole) & mask {
                words[hole] = words[at]
                hole = at
            }
        }
        words[hole] = 0
        count -= 1
        return true
    }

    func forEach(_ body: (UInt64) -> Void) {
        guard let words else { return }
        for at in 0..<capacity where words[at] != 0 { body(words[at]) }
    }

    mutating func free(_ memory: borrowing MemoryBudget) {
        if let words { memory.free(words, capacity * 8) }
        self = WordSet()
    }

    /// Takes out those that are `isOver`.
    mutating func removeAll(where isOver: (UInt64) -> Bool) {
        guard let words else { return }
        var at = 0
        while at < capacity {
            // A removal may move another word here.
            if words[at] != 0 && isOver(words[at]) {
                _ = remove(words[at])
            } else {
                at += 1
            }
        }
    }

    /// The capacity is a power of two. Not `& capacity &- 1`: Swift's `&` binds tighter than `&-`.
    private var mask: Int { capacity &- 1 }

    var isFull: Bool { (count + 1) * 4 > capacity * 3 }

    private func position(of word: UInt64) -> Int? {
        guard let words else { return nil }
        var at = home(word)
        while words[at] != 0 {
            if words[at] == word { return at }
            at = (at &+ 1) & mask
        }
        return nil
    }

    private func home(_ word: UInt64) -> Int {
        // Fibonacci hashing (Knuth, 6.4).
        Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) &>> 32) & mask
    }

    private func place(_ word: UInt64) {
        guard let words else { return }
        var at = home(word)
        while words[at] != 0 { at = (at &+ 1) & mask }
        words[at] = word
    }

    private mutating func grow(_ memory: borrowing MemoryBudget) -> Bool {
        let wider = max(8, capacity * 2)
        guard let raw = memory.allocate(wider * 8) else { return false }
        let (old, oldCapacity) = (words, capacity)
        words = raw.bindMemory(to: UInt64.self, capacity: wider)
        capacity = wider
        if let old {
            for at in 0..<oldCapacity where old[at] != 0 { place(old[at]) }
            memory.free(old, oldCapacity * 8)
        }
        return true
    }
}
