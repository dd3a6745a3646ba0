import CPenstockPlatform
import PenstockDataflow
import PenstockRuntime

/// The memory that the keys of groups lie in, once it is no table's any more.
private struct KeyMemory: ~Copyable {
    let owner: Owner
    var entries: ChunkList
    var keyBytes: ChunkList

    private static let end: @convention(c) (UnsafeMutableRawPointer) -> Void = { owner in
        let memory = owner.assumingMemoryBound(to: KeyMemory.self)
        memory.pointee.entries.freeAll()
        memory.pointee.keyBytes.freeAll()
        pstp_free(memory, 1, MemoryLayout<KeyMemory>.stride)
    }

    private init(_ parts: (entries: ChunkList, keyBytes: ChunkList)) {
        owner = Owner(end: KeyMemory.end)
        entries = parts.entries
        keyBytes = parts.keyBytes
    }

    /// Takes a table's over; nil when memory is out.
    static func take<Key>(_ table: inout KeyTable<Key>) -> UnsafeMutablePointer<Owner>? {
        guard let memory = pstp_alloc(1, MemoryLayout<KeyMemory>.stride, 16) else { return nil }
        memory.bindMemory(to: KeyMemory.self, capacity: 1)
            .initialize(to: KeyMemory(table.takeMemory()))
        return memory.assumingMemoryBound(to: Owner.self)
    }
}

extension KeyedReduction {
    static func finish<Key: TableKey>(_ context: Context?, _: Key.Type) -> Int32 {
        // Handed over in an earlier call.
        guard let state = Step.state(context) else { return Status.ok.rawValue }
        let stage = stage(context).takeUnretainedValue()
        let own = state.assumingMemoryBound(to: Reducer<Key>.self)
        if own.pointee.owner != nil { return emit(context, own, stage) }
        guard let all = stage.collect(context, own) else {
            // Not `own`: that may be the one that was joined and freed.
            guard let left = Step.state(context) else { return Status.ok.rawValue }
            let keys = left.assumingMemoryBound(to: Reducer<Key>.self).pointee.table.count
            return noMemory(context, 0, keys)
        }
        if stage.isSorted {
            guard let sorted = SortedEntries(all.pointee.table, stage.key.compareEntries) else {
                return noMemory(context, 0, all.pointee.table.count)
            }
            all.pointee.sorted = sorted
        }
        all.pointee.cursor = all.pointee.table.cursor
        guard !Step.allocationFails(context), let owner = KeyMemory.take(&all.pointee.table) else {
            return noMemory(context, 0, all.pointee.table.count)
        }
        all.pointee.owner = owner
        return emit(context, all, stage)
    }

    /// Joins this replica's table with those that wait. nil: others are still to come and one of
    /// them goes on with it; or memory is out, and the state is still there.
    private func collect<Key: TableKey>(
        _ context: Context?, _ first: UnsafeMutablePointer<Reducer<Key>>
    ) -> UnsafeMutablePointer<Reducer<Key>>? {
        var own = first
        while own.pointee.weight < Step.replicas(context) {
            // Before it is another's.
            Step.setState(context, nil)
            let waiting = handover.exchange(UnsafeMutableRawPointer(own)) {
                Reducer<Key>.free($0.assumingMemoryBound(to: Reducer<Key>.self))
            }
            guard var other = waiting?.assumingMemoryBound(to: Reducer<Key>.self) else {
                return nil
            }
            if other.pointee.table.count > own.pointee.table.count { swap(&own, &other) }
            Step.setState(context, UnsafeMutableRawPointer(own))
            let isDone = !Step.allocationFails(context) && merge(other, into: own)
            Reducer<Key>.free(other)
            if !isDone { return nil }
        }
        return own
    }

    private func merge<Key: TableKey>(
        _ other: UnsafeMutablePointer<Reducer<Key>>,
        into own: UnsafeMutablePointer<Reducer<Key>>
    ) -> Bool {
        let offset = KeyTable<Key>.cellsOffset
        let bytes = own.pointee.table.entryBytes
        var all = other.pointee.table.cursor
        while let from = all.next(bytes) {
            let key = from.load(as: Key.self)
            guard let entry = own.pointee.table.entry(key, key.hash) else { return false }
            for a in 0..<aggregateCount {
                let cell = offset &+ cells[a]
                aggregates[a].combine(entry + cell, from + cell)
            }
        }
        own.pointee.weight += other.pointee.weight
        return true
    }

    private static func emit<Key: TableKey>(
        _ context: Context?, _ own: UnsafeMutablePointer<Reducer<Key>>, _ stage: KeyedReduction
    ) -> Int32 {
        guard let owner = own.pointee.owner,
            let (room, most) = Step.reserve(context, 0, 1 << 10)
        else { return Status.again.rawValue }
        var made = 0
        var isDone = false
        // One for each group, before the first can be given up.
        Owner.hold(owner, most)
        while made < most {
            guard let entry = own.pointee.nextEntry() else {
                isDone = true
                break
            }
            let group = room + made &* stage.output.size
            Key.write(UnsafeRawPointer(entry), to: group, owner: owner)
            for a in 0..<stage.aggregateCount {
                group.storeBytes(
                    of: stage.aggregates[a].result(
                        entry + KeyTable<Key>.cellsOffset + stage.cells[a]),
                    toByteOffset: Key.groupBytes + 8 &* a, as: UInt64.self)
            }
            made &+= 1
        }
        Owner.drop(owner, most &- made)
        _ = Step.commit(context, 0, made)
        return isDone ? Status.ok.rawValue : Status.again.rawValue
    }
}
