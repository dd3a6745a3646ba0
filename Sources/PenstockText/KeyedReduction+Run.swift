import CPenstockPlatform
import CPenstockText
import PenstockDataflow
import PenstockRuntime

/// What one replica has. Plain memory; handed to another replica as a whole.
struct Reducer<Key: TableKey> {
    var table: KeyTable<Key>
    /// Replicas whose elements are in it.
    var weight = 1
    /// Emitting: where, and who owns the keys' memory by then.
    var cursor: ChunkList.Cursor?
    var owner: UnsafeMutablePointer<Owner>?

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
        reducer.initialize(to: Reducer(table: table))
        return reducer
    }

    static func free(_ reducer: UnsafeMutablePointer<Reducer<Key>>) {
        reducer.pointee.table.freeAll()
        if let owner = reducer.pointee.owner { Owner.drop(owner, 1) }
        pstp_free(reducer, 1, MemoryLayout<Reducer<Key>>.stride)
    }
}

extension KeyedReduction {
    /// Elements whose keys are hashed before the first of them is looked for, so that the memory of
    /// their slots is on its way meanwhile.
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
        guard let reducer = Reducer<Key>.make(stage(context).takeUnretainedValue()) else {
            return noMemory(context, 0, 0)
        }
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
        let stride = inputStride
        let done = withUnsafeTemporaryAllocation(of: Key.self, capacity: KeyedReduction.lookahead) {
            keys in
            withUnsafeTemporaryAllocation(
                of: UnsafeMutableRawPointer.self, capacity: KeyedReduction.lookahead
            ) { entries in
                let keys = keys.baseAddress.unsafelyUnwrapped
                let entries = entries.baseAddress.unsafelyUnwrapped
                var done = 0
                while done < count {
                    let n = min(KeyedReduction.lookahead, count &- done)
                    let from = input + done &* stride
                    for i in 0..<n {
                        let key = keyOf(from + i &* stride)
                        keys[i] = key
                        table.pointee.table.prefetch(key.hash)
                    }
                    for i in 0..<n {
                        let key = keys[i]
                        guard let entry = table.pointee.table.entry(key, key.hash) else {
                            return done
                        }
                        entries[i] = entry
                    }
                    reduce(entries, n, from, cellsOffset: KeyTable<Key>.cellsOffset)
                    done &+= n
                }
                return done
            }
        }
        giveUp(input, done)
        if done == count { return Status.ok.rawValue }
        return KeyedReduction.noMemory(context, done, table.pointee.table.count)
    }

    @inline(__always)
    private func reduce(
        _ entries: Entries, _ count: Int, _ from: UnsafeRawPointer, cellsOffset: Int
    ) {
        for a in 0..<aggregateCount {
            aggregates[a].add(entries, count, from, inputStride, cell: cellsOffset &+ cells[a])
        }
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

extension NumberType {
    /// The 64-bit pattern of a number, sign-extended where it has one.
    @inline(__always)
    func widened(_ at: UnsafeRawPointer) -> UInt64 {
        switch self {
        case .int8: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int8.self))
        case .int16: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int16.self))
        case .int32: UInt64(truncatingIfNeeded: at.loadUnaligned(as: Int32.self))
        case .uint8: UInt64(at.loadUnaligned(as: UInt8.self))
        case .uint16: UInt64(at.loadUnaligned(as: UInt16.self))
        case .uint32: UInt64(at.loadUnaligned(as: UInt32.self))
        case .int64, .uint64, .float32, .float64: at.loadUnaligned(as: UInt64.self)
        }
    }
}
