import CPenstockPlatform
import Glibc
import PenstockRuntime

/// For qsort, of pointers to entries.
typealias CompareEntries = @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?) -> Int32

extension KeyedReduction.Key {
    var compareEntries: CompareEntries {
        switch self {
        case .bytes: { order($0, $1, BytesKey.self) { $0.isBefore($1) } }
        case .number(let type, _):
            type.isUnsigned
                ? { order($0, $1, UInt64.self, <) } : { order($0, $1, Int64.self, <) }
        }
    }
}

/// Of two entries, which begin with their keys.
private func order<Key: BitwiseCopyable>(
    _ a: UnsafeRawPointer?, _ b: UnsafeRawPointer?, _: Key.Type, _ isBefore: (Key, Key) -> Bool
) -> Int32 {
    guard let a = a?.load(as: UnsafeRawPointer.self), let b = b?.load(as: UnsafeRawPointer.self)
    else { return 0 }
    let (x, y) = (a.load(as: Key.self), b.load(as: Key.self))
    return isBefore(x, y) ? -1 : isBefore(y, x) ? 1 : 0
}

/// The entries of a table in ascending order of their keys.
struct SortedEntries: BitwiseCopyable {
    private let entries: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let count: Int
    private var at = 0

    /// nil when memory is out. The entries must stay where they are.
    init?<Key: TableKey>(_ table: KeyTable<Key>, _ compare: CompareEntries) {
        count = table.count
        let size = MemoryLayout<UnsafeMutableRawPointer>.stride
        guard let memory = pstp_alloc(count, size, 8) else { return nil }
        entries = memory.bindMemory(to: UnsafeMutableRawPointer.self, capacity: count)
        var all = table.cursor
        for i in 0..<count {
            guard let entry = all.next(table.entryBytes) else { break }
            entries[i] = entry
        }
        // The one of C needs no memory that it cannot do without.
        qsort(memory, count, size, compare)
    }

    /// In turn; nil behind the last.
    mutating func next() -> UnsafeMutableRawPointer? {
        if at == count { return nil }
        defer { at += 1 }
        return entries[at]
    }

    func free() {
        pstp_free(entries, count, MemoryLayout<UnsafeMutableRawPointer>.stride)
    }
}
