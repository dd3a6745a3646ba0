import CPenstockPlatform
import CPenstockText
import PenstockDataflow
import PenstockRuntime

/// What one replica has. Plain memory; handed to another replica as a whole.
struct Reducer<Key: TableKey> {
    var table: KeyTable<Key>
    /// Replicas whose elements are in it.
    var weight = 1
    /// Emitting: who owns the entries' memory by then, and what is left.
    var owner: UnsafeMutablePointer<Owner>?
    var cursor: ChunkList.Cursor
    var sorted: SortedEntries?

    static func make(_ stage: KeyedReduction) -> UnsafeMutablePointer<Reducer<Key>>? {
        guard
            let table = KeyTable<Key>(
                cellBytes: stage.cellBytes, initial: UnsafeRawPointer(stage.initial))
        else { return nil }
        guard let memory = pstp_alloc(1, MemoryLayout<Reducer<Key>>.stride, 64) else {
            var table = table
            table.freeAll()
            return nil
        }
        let reducer = memory.bindMemory(to: Reducer<Key>.self, capacity: 1)
        reducer.initialize(to: Reducer(table: table, cursor: table.cursor))
        return reducer
    }

    mutating func nextEntry() -> UnsafeMutableRawPointer? {
        sorted == nil ? cursor.next(table.entryBytes) : sorted?.next()
    }

    static func free(_ reducer: UnsafeMutablePointer<Reducer<Key>>) {
        reducer.pointee.table.freeAll()
        if let owner = reducer.pointee.owner { Owner.drop(owner, 1) }
        reducer.pointee.sorted?.free()
        pstp_free(reducer, 1, MemoryLayout<Reducer<Key>>.stride)
    }
}

extension KeyedReduction {
    /// Elements whose keys are hashed before the first of them is looked for, so that slots and
    /// entries are on their way from L2 and L3 meanwhile.
    private static let lookahead = 32

    static func stage(_ context: Context?) -> Unmanaged<KeyedReduction> {
        Unmanaged.fromOpaque(Step.user(context).unsafelyUnwrapped)
    }

    private static func reducer<Key: TableKey>(
        _ context: Context?, _: Key.Type
    ) -> UnsafeMutablePointer<Reducer<Key>> {
        Step.state(context).unsafelyUnwrapped.assumingMemoryBound(to: Reducer<Key>.self)
    }

    static func setUp<Key: TableKey>(_ context: Context?, _: Key.Type) -> Int32 {
        guard !Step.allocationFails(context),
            let reducer = Reducer<Key>.make(stage(context).takeUnretainedValue())
        else { return noMemory(context, 0, 0) }
        Step.setState(context, UnsafeMutableRawPointer(reducer))
        return Status.ok.rawValue
    }

    static func tearDown<Key: TableKey>(_ context: Context?, _: Key.Type) {
        // A table that was handed over is another's.
        guard let state = Step.state(context) else { return }
        Reducer<Key>.free(state.assumingMemoryBound(to: Reducer<Key>.self))
        Step.setState(context, nil)
    }

    static func noMemory(_ context: Context?, _ index: Int, _ keys: Int) -> Int32 {
        Step.fail(
            context, Status.noMemory.rawValue, index, "no memory for more than \(keys) keys")
    }

    // MARK: - Elements

    static let processBytes: ProcessFunction = { context, input, count in
        guard let input else { return Status.internal.rawValue }
        return stage(context)._withUnsafeGuaranteedRef { stage in
            guard case .bytes(let offset) = stage.key else { return Status.internal.rawValue }
            return stage.add(context, input, count, BytesKey.self) { element in
                let bytes = (element + offset).assumingMemoryBound(to: Bytes.self)
                return BytesKey(bytes.pointee.data, bytes.pointee.size)
            }
        }
    }

    static let processNumbers: ProcessFunction = { context, input, count in
        guard let input else { return Status.internal.rawValue }
        return stage(context)._withUnsafeGuaranteedRef { stage in
            guard case .number(let type, let offset) = stage.key else {
                return Status.internal.rawValue
            }
            return stage.add(context, input, count, IntegerKey.self) { element in
                IntegerKey(value: type.widened(element + offset))
            }
        }
    }

    @inline(__always)
    private func add<Key: TableKey>(
        _ context: Context?, _ input: UnsafeRawPointer, _ count: Int, _: Key.Type,
        _ keyOf: (UnsafeRawPointer) -> Key
    ) -> Int32 {
        let table = KeyedReduction.reducer(context, Key.self)
        // For all the entries of the span.
        if Step.allocationFails(context) {
            return KeyedReduction.noMemory(context, 0, table.pointee.table.count)
        }
        let n = KeyedReduction.lookahead
        let done = withUnsafeTemporaryAllocation(of: Key.self, capacity: n) { keys in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: n) { hashes in
                withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: n) {
                    entries in
                    add(
                        input, count, keyOf, to: &table.pointee.table,
                        keys.baseAddress.unsafelyUnwrapped,
                        hashes.baseAddress.unsafelyUnwrapped,
                        entries.baseAddress.unsafelyUnwrapped)
                }
            }
        }
        giveUp(input, done)
        if done == count { return Status.ok.rawValue }
        if !keyOf(input + done * inputStride).isValid {
            return Step.fail(
                context, Status.invalid.rawValue, done,
                "its key has no data, or a size beyond 2^63")
        }
        return KeyedReduction.noMemory(context, done, table.pointee.table.count)
    }

    /// Returns how many of the elements it has added; less than all at one without a
    /// valid key, and when memory is out.
    @inline(__always)
    private func add<Key: TableKey>(
        _ input: UnsafeRawPointer, _ count: Int, _ keyOf: (UnsafeRawPointer) -> Key,
        to table: inout KeyTable<Key>, _ keys: UnsafeMutablePointer<Key>,
        _ hashes: UnsafeMutablePointer<UInt64>,
        _ entries: UnsafeMutablePointer<UnsafeMutableRawPointer>
    ) -> Int {
        var done = 0
        while done < count {
            let n = min(KeyedReduction.lookahead, count &- done)
            let from = input + done &* inputStride
            for i in 0..<n {
                keys[i] = keyOf(from + i &* inputStride)
                hashes[i] = keys[i].hash
                table.prefetchSlot(hashes[i])
            }
            for i in 0..<n { table.prefetchEntry(hashes[i]) }
            var found = 0
            while found < n, let entry = table.entry(keys[found], hashes[found]) {
                entries[found] = entry
                found &+= 1
            }
            for a in 0..<aggregateCount {
                aggregates[a].add(
                    entries, found, from, inputStride,
                    cell: KeyTable<Key>.cellsOffset &+ cells[a])
            }
            done &+= found
            if found < n { break }
        }
        return done
    }

    /// The elements are reduced.
    private func giveUp(_ elements: UnsafeRawPointer, _ count: Int) {
        if isPlainBytes {
            Bytes.release(elements.assumingMemoryBound(to: Bytes.self), count)
        } else if let destroy = input.destroy, count > 0 {
            destroy(UnsafeMutableRawPointer(mutating: elements), count, input.user)
        }
    }
}

extension Scalar {
    /// The 64-bit pattern of a number, sign-extended where it has one.
    @inline(__always)
    func widened(_ at: UnsafeRawPointer) -> UInt64 {
        switch self {
        case .bool, .i8: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int8.self))
        case .i16: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int16.self))
        case .i32: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int32.self))
        case .u8: UInt64(at.loadUnaligned(as: UInt8.self))
        case .u16: UInt64(at.loadUnaligned(as: UInt16.self))
        case .u32: UInt64(at.loadUnaligned(as: UInt32.self))
        case .i64, .u64, .f32, .f64: at.loadUnaligned(as: UInt64.self)
        }
    }
}
