/// A set of processors (hwloc PUs) by operating system index, as a bit mask of any length.
///
/// The words are what the affinity calls of the platform shim read and write; the text is the list
/// format of `taskset` and `/sys` ("0-3,8").
package struct ProcessorSet: Sendable, Hashable {
    /// 64 processors to a word, lowest first. Never ends in a zero word, so that equal sets are
    /// equal values.
    package private(set) var words: [UInt64]

    package init() {
        words = []
    }

    package init(words: [UInt64]) {
        self.words = words
        trim()
    }

    package init(_ processors: some Sequence<Int>) {
        words = []
        for processor in processors { insert(processor) }
    }

    /// The set a list such as "0-3,8" describes; nil when the text is not one. Indexes past
    /// `limit` are refused, so that a typing error cannot ask for gigabytes of mask.
    package init?(list: String, limit: Int = 1 << 16) {
        self.init()
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let low = Int(ends[0]), let high = Int(ends[ends.count - 1]),
                low >= 0, low <= high, high < limit
            else { return nil }
            for processor in low...high { insert(processor) }
        }
    }

    package var isEmpty: Bool { words.isEmpty }

    package var count: Int {
        var total = 0
        for word in words { total += word.nonzeroBitCount }
        return total
    }

    package var first: Int? {
        for (index, word) in words.enumerated() where word != 0 {
            return index * 64 + word.trailingZeroBitCount
        }
        return nil
    }

    package func contains(_ processor: Int) -> Bool {
        guard processor >= 0, processor / 64 < words.count else { return false }
        return words[processor / 64] & (1 << UInt64(processor % 64)) != 0
    }

    /// Adds a processor; a negative index is none and changes nothing.
    package mutating func insert(_ processor: Int) {
        guard processor >= 0 else { return }
        while words.count <= processor / 64 { words.append(0) }
        words[processor / 64] |= 1 << UInt64(processor % 64)
    }

    package mutating func remove(_ processor: Int) {
        guard contains(processor) else { return }
        words[processor / 64] &= ~(1 << UInt64(processor % 64))
        trim()
    }

    package mutating func formUnion(_ other: ProcessorSet) {
        while words.count < other.words.count { words.append(0) }
        for index in other.words.indices { words[index] |= other.words[index] }
    }

    package func union(_ other: ProcessorSet) -> ProcessorSet {
        var result = self
        result.formUnion(other)
        return result
    }

    package func intersection(_ other: ProcessorSet) -> ProcessorSet {
        ProcessorSet(words: zip(words, other.words).map { $0 & $1 })
    }

    package func subtracting(_ other: ProcessorSet) -> ProcessorSet {
        var result = words
        for index in 0..<Swift.min(words.count, other.words.count) {
            result[index] &= ~other.words[index]
        }
        return ProcessorSet(words: result)
    }

    package func intersects(_ other: ProcessorSet) -> Bool {
        for index in 0..<Swift.min(words.count, other.words.count)
        where words[index] & other.words[index] != 0 {
            return true
        }
        return false
    }

    package func isSubset(of other: ProcessorSet) -> Bool {
        for (index, word) in words.enumerated() {
            let theirs = index < other.words.count ? other.words[index] : 0
            if word & ~theirs != 0 { return false }
        }
        return true
    }

    private mutating func trim() {
        while words.last == 0 { words.removeLast() }
    }
}

extension ProcessorSet: Sequence {
    /// Walks the set in ascending order.
    package struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private var index = 0
        private var rest: UInt64

        fileprivate init(_ words: [UInt64]) {
            self.words = words
            rest = words.first ?? 0
        }

        package mutating func next() -> Int? {
            while rest == 0 {
                index += 1
                guard index < words.count else { return nil }
                rest = words[index]
            }
            let bit = rest.trailingZeroBitCount
            rest &= rest - 1
            return index * 64 + bit
        }
    }

    package func makeIterator() -> Iterator { Iterator(words) }
}

extension ProcessorSet: CustomStringConvertible {
    /// "0-3,8"; empty for the empty set.
    package var description: String {
        var text = ""
        var start = -1
        var last = -2
        func close() {
            guard start >= 0 else { return }
            if !text.isEmpty { text += "," }
            text += last > start ? "\(start)-\(last)" : "\(start)"
        }
        for processor in self {
            if processor != last + 1 {
                close()
                start = processor
            }
            last = processor
        }
        close()
        return text
    }
}
