/// When a supervisor restarted something lately: at most so many times within a period.
struct RestartWindow: BitwiseCopyable {
    var limit: UInt32 = 0
    var period: UInt64 = 0
    /// A ring of the last `limit` times, made at the first restart.
    private var times: UnsafeMutablePointer<UInt64>?
    private var count: UInt32 = 0
    private var next: UInt32 = 0

    init(limit: UInt32 = 0, period: UInt64 = 0) {
        self.limit = limit
        self.period = period
    }

    /// False: one more would be one too many, or there is no memory to remember it.
    mutating func admit(_ now: UInt64, _ memory: borrowing MemoryBudget) -> Bool {
        if limit == .max { return true }
        if limit == 0 { return false }
        if times == nil {
            guard let raw = memory.allocate(bytes) else { return false }
            times = raw.bindMemory(to: UInt64.self, capacity: Int(limit))
        }
        guard let times else { return false }
        // The oldest of the last `limit` stands where the next one goes.
        if count == limit && now &- times[Int(next)] < period { return false }
        times[Int(next)] = now
        next = next + 1 == limit ? 0 : next + 1
        count = min(count + 1, limit)
        return true
    }

    mutating func free(_ memory: borrowing MemoryBudget) {
        if let times { memory.free(times, bytes) }
        times = nil
    }

    private var bytes: Int { Int(limit) * 8 }
}
