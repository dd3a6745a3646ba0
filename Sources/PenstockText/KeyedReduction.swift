package import PenstockDataflow
package import PenstockRuntime

/// A stage that reduces elements by key: a table per replica, no lock and no exchange on the way.
/// When the input ends, each replica but the last to finish leaves its table to one that comes
/// after it; the last has all and emits it.
package final class KeyedReduction: @unchecked Sendable {
    package enum Key: Sendable {
        /// The element is a `pst_bytes`, or has one at the offset.
        case bytes(offset: Int)
        case number(Scalar, offset: Int)
    }

    let key: Key
    let aggregates: UnsafeMutablePointer<Aggregate>
    let aggregateCount: Int
    /// Where in an entry's cells each aggregate has its own.
    let cells: UnsafeMutablePointer<Int>
    let cellBytes: Int
    let initial: UnsafeMutableRawPointer
    let isSorted: Bool
    let input: ElementType
    let inputStride: Int
    package let output: ElementType
    /// The input is nothing but a `pst_bytes`, which is given up without a call for each.
    let isPlainBytes: Bool

    /// Tables of the run that wait for a replica that goes on with them.
    let handover = Handover()

    /// `aggregates`: 1 to 64; the offsets have been checked.
    package init(
        key: Key, aggregates: [Aggregate], isSorted: Bool, input: ElementType
    ) {
        self.key = key
        self.isSorted = isSorted
        self.input = input
        inputStride = input.size
        isPlainBytes = input.isBytes
        cellBytes = aggregates.reduce(0) { $0 + $1.cellBytes }
        let count = aggregates.count
        aggregateCount = count
        self.aggregates = .allocate(capacity: count)
        cells = .allocate(capacity: count)
        initial = .allocate(byteCount: cellBytes, alignment: 8)
        initial.initializeMemory(as: UInt8.self, repeating: 0, count: cellBytes)
        output = KeyedReduction.groupType(key, aggregates)
        var at = 0
        for (i, aggregate) in aggregates.enumerated() {
            (self.aggregates + i).initialize(to: aggregate)
            (cells + i).initialize(to: at)
            initial.storeBytes(of: aggregate.initial, toByteOffset: at, as: UInt64.self)
            at += aggregate.cellBytes
        }
    }

    deinit {
        handover.clear()
        aggregates.deallocate()
        cells.deallocate()
        initial.deallocate()
    }

    package var builtIn: BuiltIn {
        var result = BuiltIn()
        let handover = handover
        result.begin = { handover.clear() }
        switch key {
        case .bytes:
            result.setup = { KeyedReduction.setUp($0, BytesKey.self) }
            result.finish = { KeyedReduction.finish($0, BytesKey.self) }
            result.teardown = { KeyedReduction.tearDown($0, BytesKey.self) }
        case .number:
            result.setup = { KeyedReduction.setUp($0, IntegerKey.self) }
            result.finish = { KeyedReduction.finish($0, IntegerKey.self) }
            result.teardown = { KeyedReduction.tearDown($0, IntegerKey.self) }
        }
        return result
    }

    package var process: ProcessFunction {
        switch key {
        case .bytes: KeyedReduction.processBytes
        case .number: KeyedReduction.processNumbers
        }
    }

    // MARK: - Groups

    package static let keyBytesSize = MemoryLayout<Bytes>.stride

    /// What leaves: the key, then eight bytes for each aggregate.
    private static func groupType(_ key: Key, _ aggregates: [Aggregate]) -> ElementType {
        let keySize: Int
        var name: String
        switch key {
        case .bytes:
            keySize = keyBytesSize
            name = "pst_group{pst_bytes key"
        case .number(let type, _):
            keySize = 8
            name = "pst_group{\(type.wide.name) key"
        }
        for aggregate in aggregates { name += "; \(aggregate.resultType.name) \(aggregate.name)" }
        let size = keySize + 8 * aggregates.count
        guard case .bytes = key else {
            return ElementType(size: size, alignment: 8, name: name + "}")
        }
        return ElementType(
            size: size, alignment: 8, name: name + "}",
            destroy: { elements, count, size in
                guard let elements else { return }
                for i in 0..<count {
                    let key = (elements + i &* Int(bitPattern: size))
                        .assumingMemoryBound(to: Bytes.self)
                    Bytes.release(key, 1)
                }
            },
            copy: { elements, to, count, size in
                guard let elements, let to, let size else { return Status.invalid.rawValue }
                let stride = Int(bitPattern: size)
                // All keys of a reduction have an owner of the library, so this cannot fail.
                to.copyMemory(from: elements, byteCount: count &* stride)
                for i in 0..<count {
                    let key = (elements + i &* stride).assumingMemoryBound(to: Bytes.self)
                    let copy = (to + i &* stride).assumingMemoryBound(to: Bytes.self)
                    if !Bytes.copy(key, copy, 1) { return Status.noMemory.rawValue }
                }
                return Status.ok.rawValue
            }, user: UnsafeMutableRawPointer(bitPattern: size))
    }
}

/// Finished tables on their way from replica to replica.
final class Handover: @unchecked Sendable {
    private struct Waiting {
        let table: UnsafeMutableRawPointer
        let free: (UnsafeMutableRawPointer) -> Void
    }

    private let lock = Lock()
    private var waiting: Waiting?  // guard: lock

    /// The table that waits; if there is none, this one waits from now on.
    func exchange(
        _ table: UnsafeMutableRawPointer, free: @escaping (UnsafeMutableRawPointer) -> Void
    ) -> UnsafeMutableRawPointer? {
        lock.withLock {
            let found = waiting?.table
            waiting = found == nil ? Waiting(table: table, free: free) : nil
            return found
        }
    }

    /// What a run left that did not end well.
    func clear() {
        let left = lock.withLock { () -> Waiting? in
            defer { waiting = nil }
            return waiting
        }
        if let left { left.free(left.table) }
    }
}
