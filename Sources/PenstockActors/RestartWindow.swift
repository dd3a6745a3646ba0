/// When a supervisor restarted something lately: at most so many times within a period.
struct RestartWindow: BitwiseCopyable {
    var limit: UInt32 = 0
    var period: UInt64 = 0
    /// A ring of the last `limit` times: few stand here, for more there is memory. Made before it
    /// is needed, since supervision goes on when memory is exhausted.
    private var few: (UInt64, UInt64, UInt64) = (0, 0, 0)
    private var times: UnsafeMutablePointer<UInt64>?
    private var count: UInt32 = 0
    private var next: UInt32 = 0

    init(limit: UInt32 = 0, period: UInt64 = 0) {
        self.limit = limit
        self.period = period
    }

    private var needsMemory: Bool { limit > 3 && limit != .max }

    /// False: no memory.
    mutating func reserve(_ memory: borrowing MemoryBudget) -> Bool {
        if !needsMemory { return true }
        guard let raw = memory.allocate(bytes) else { return false }
        times = raw.bindMemory(to: UInt64.self, capacity: Int(limit))
        return true
    }

    /// False: one more would be one too many.
    mutating func admit(_ now: UInt64) -> Bool {
        if limit == .max { return true }
        if limit == 0 { return false }
        // The oldest of the last `limit` stands where the next one goes.
        if count == limit && now &- self[next] < period { return false }
        self[next] = now
        next = next + 1 == limit ? 0 : next + 1
        count = min(count + 1, limit)
        return true
    }

    private subscript(at: UInt32) -> UInt64 {
        get {
            if let times { return times[Int(at)] }
            return at == 0 ? few.0 : at == 1 ? few.1 : few.2
        }
        set {
            if let times {
                times[Int(at)] = newValue
            } else if at == 0 {
                few.0 = newValue
            } else if at == 1 {
                few.1 = newValue
            } else {
                few.2 = newValue
            }
        }
    }

    mutating func free(_ memory: borrowing MemoryBudget) {
        if let times { memory.free(times, bytes) }
        times = nil
    }

    private var bytes: Int { Int(limit) * 8 }
}
