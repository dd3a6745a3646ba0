import Synchronization

/// How a mailbox is bounded, as senders see it: in the upper bits of the cell's generation word, so
/// that a sender that compares the whole word with a reference finds a mailbox without a bound at
/// once.
enum Bound {
    /// Zero in every header, so that no header's first half is such a word.
    static let counted: UInt32 = 1 << 31
    private static let overflowShift: UInt32 = 29

    private static let measured: UInt32 = 1 << 28

    static func bits(_ options: ActorOptions) -> UInt32 {
        counted | UInt32(options.overflow.rawValue) << overflowShift
            | (options.isMeasured ? measured : 0)
    }

    static func isMeasured(_ word: UInt32) -> Bool { word & measured != 0 }

    static func overflow(_ word: UInt32) -> ActorOptions.Overflow {
        ActorOptions.Overflow(rawValue: UInt8(word >> overflowShift & 3)).unsafelyUnwrapped
    }

    enum Admission { case enter, drop, refuse, wait }
}

extension UnsafeMutablePointer where Pointee == Cell {
    /// Takes `count` places in the mailbox, if there are so many. The block of counters is the
    /// slot's, not the actor's: a message that arrives too late gives its place back all the same.
    func admit(_ count: Int32, _ word: UInt32) -> Bound.Admission {
        let now = pointee.waiting.add(count, ordering: .relaxed).newValue
        let capacity = pointee.capacity.load(ordering: .relaxed)
        if now <= capacity { return .enter }
        let overflow = Bound.overflow(word)
        if overflow == .dropOldest && now <= capacity &* 2 { return .enter }
        // Sequentially consistent: see ActorWorker.giveUpPlace
        pointee.waiting.subtract(count, ordering: .sequentiallyConsistent)
        switch overflow {
        case .refuse: return .refuse
        case .dropNewest, .dropOldest: return .drop
        case .wait: return .wait
        }
    }
}
