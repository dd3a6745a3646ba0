import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// Bytes that actors and their messages may take, and what they have taken.
struct MemoryBudget: ~Copyable {
    private let limit: Int
    private let used = Atomic<Int>(0)
    private let environment: Unmanaged<Environment>

    init(limit: Int, environment: Environment) {
        self.limit = limit
        self.environment = .passUnretained(environment)
    }

    var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Zeroed; nil when it would be too much, or there is no memory.
    func allocate(_ bytes: Int, alignment: Int = 128) -> UnsafeMutableRawPointer? {
        let now = used.add(bytes, ordering: .relaxed).newValue
        if now <= limit,
            let memory = environment._withUnsafeGuaranteedRef({
                $0.allocate(count: 1, size: bytes, alignment: alignment)
            })
        {
            return memory
        }
        used.subtract(bytes, ordering: .relaxed)
        return nil
    }

    /// The same for memory that somebody else makes and frees. False: too much.
    func charge(_ bytes: Int) -> Bool {
        let now = used.add(bytes, ordering: .relaxed).newValue
        let fails = environment._withUnsafeGuaranteedRef {
            $0.simulation?.allocationFails() ?? false
        }
        if now <= limit && !fails { return true }
        discharge(bytes)
        return false
    }

    func discharge(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }

    func free(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
        used.subtract(bytes, ordering: .relaxed)
        pstp_free(memory, 1, bytes)
    }
}
