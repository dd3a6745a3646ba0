import PenstockRuntime

/// Where one output port of a segment replica goes: one channel, or several among which it divides
/// its elements. Plain memory of the segment's worker.
struct Outlet {
    enum Kind: UInt8 {
        case plain  // one channel
        case framed  // one channel, with chunk sizes beside it: a replica that keeps order
        case broadcast  // every channel gets a copy
        case roundRobin  // one element to each in turn
        case key  // by hash
        case split  // replicas without order: a span to the emptiest channel
        case splitOrdered  // replicas with order: the same, and a log of who got what
    }

    let kind: Kind
    let rings: UnsafeMutablePointer<Ring>
    let count: Int
    /// framed: [0]; splitOrdered: one per ring.
    let frames: UnsafeMutablePointer<Ring>?
    /// splitOrdered: one log (UInt32 replica numbers) for each place that joins the replicas.
    let logs: UnsafeMutablePointer<Ring>?
    let logCount: Int
    /// Which channels lead into the cycle this segment is in; nil outside of cycles.
    let isInside: UnsafeMutablePointer<Bool>?

    let key: KeyFunction?
    let keyUser: UnsafeMutableRawPointer?
    let keys: UnsafeMutablePointer<UInt64>?

    let copy: ElementType.Copy?
    let destroy: ElementType.Destroy?
    /// For copy and destroy.
    let typeUser: UnsafeMutableRawPointer?
    let stride: Int
    /// split, splitOrdered: most elements of one chunk.
    let chunkLimit: Int
    /// plain: the window it began with, if it may grow; else 0.
    let smallestWindow: Int

    /// roundRobin: whose turn. split: the channel chosen for the span in hand.
    var turn = 0
    /// plain: what the consumer had taken when last looked at, and when.
    var takenBefore = 0
    var takenAt: UInt64 = 0

    /// Elements that went into the cycle since last asked.
    var intoLoop = 0

    /// The block can be written straight into a channel, in one piece.
    var isDirect: Bool {
        switch kind {
        case .plain, .framed, .split, .splitOrdered: true
        case .broadcast, .roundRobin, .key: false
        }
    }

    // MARK: - Room

    /// How many elements it can take now (looks for `want`). For splits: the emptiest channel,
    /// which is then the one the next `send` uses.
    mutating func room(_ want: Int) -> Int {
        switch kind {
        case .plain: return rings[0].room(want)
        case .framed:
            return frames.unsafelyUnwrapped[0].room(1) > 0 ? rings[0].room(want) : 0
        case .broadcast, .key:
            var least = Int.max
            for i in 0..<count { least = min(least, rings[i].room(want)) }
            return least
        case .roundRobin:
            // Channel i gets the elements number offset, offset + count, …, so it lets
            // offset + room * count of them pass.
            var most = Int.max
            for i in 0..<count {
                var offset = i &- turn
                if offset < 0 { offset &+= count }
                let passes = rings[i].room(want).multipliedReportingOverflow(by: count)
                most = min(most, passes.overflow ? Int.max : offset &+ passes.partialValue)
            }
            return most
        case .split, .splitOrdered:
            if kind == .splitOrdered {
                for i in 0..<logCount where logs.unsafelyUnwrapped[i].room(1) == 0 { return 0 }
            }
            return choose(want)
        }
    }

    /// The emptiest channel, in turn among equals.
    private mutating func choose(_ want: Int) -> Int {
        var best = -1
        var bestRoom = 0
        var i = turn
        for _ in 0..<count {
            i &+= 1
            if i >= count { i = 0 }
            if kind == .splitOrdered && frames.unsafelyUnwrapped[i].room(1) == 0 { continue }
            let room = rings[i].isAbandoned ? 0 : rings[i].room(rings[i].capacity)
            if room > bestRoom {
                best = i
                bestRoom = room
            }
        }
        if best < 0 {
            // Full; or nobody reads with interest, and the readers destroy what they get.
            if !isAbandoned { return 0 }
            best = 0
            for i in 0..<count where rings[i].room(want) > rings[best].room(want) { best = i }
            bestRoom = rings[best].room(want)
            if kind == .splitOrdered && frames.unsafelyUnwrapped[best].room(1) == 0 { return 0 }
        }
        turn = best
        return min(bestRoom, chunkLimit)
    }

    /// Direct kinds: the channel that `room` has looked at.
    var directRing: Ring { rings[turn] }

    // MARK: - Sending

    /// Publishes `n` elements that were written straight into `directRing`.
    mutating func commit(_ n: Int, endsChunk: Bool) {
        let ring = rings[turn]
        if n > 0 {
            ring.commit(n)
            if let isInside, isInside[turn] { intoLoop &+= n }
        }
        switch kind {
        case .framed:
            if n > 0 || endsChunk {
                push(Frame(count: n, isLast: endsChunk), to: frames.unsafelyUnwrapped[0])
            }
        case .splitOrdered:
            if n > 0 {
                push(Frame(count: n, isLast: true), to: frames.unsafelyUnwrapped[turn])
                for i in 0..<logCount {
                    let log = logs.unsafelyUnwrapped[i]
                    push(UInt32(truncatingIfNeeded: turn), to: log)
                    log.consumerWaker.signal()
                }
            }
        default: break
        }
        ring.consumerWaker.signal()
    }

    private func push<T>(_ value: T, to ring: Ring) {
        ring.writePointer.storeBytes(of: value, as: T.self)
        ring.commit(1)
    }

    /// Moves `n` elements from a span, for which there is room, to where they go. A status: a copy
    /// may fail; then the span is still the caller's, though some consumers have their copies.
    mutating func send(_ elements: UnsafeMutableRawPointer, _ n: Int, endsChunk: Bool) -> Int32 {
        switch kind {
        case .plain, .framed, .split, .splitOrdered:
            if n > 0 { writeWithoutCommit(rings[turn], elements, n) }
            commit(n, endsChunk: endsChunk)
            return Status.ok.rawValue
        case .broadcast: return n > 0 ? broadcast(elements, n) : Status.ok.rawValue
        case .roundRobin:
            for i in 0..<n {
                put(elements + i &* stride, turn)
                turn &+= 1
                if turn == count { turn = 0 }
            }
        case .key:
            guard n > 0 else { break }
            let keys = keys.unsafelyUnwrapped
            key.unsafelyUnwrapped(elements, keys, n, keyUser)
            for i in 0..<n {
                put(elements + i &* stride, Int(Random.mix(keys[i]) % UInt64(count)))
            }
        }
        for i in 0..<count { rings[i].consumerWaker.signal() }
        return Status.ok.rawValue
    }

    private func writeWithoutCommit(_ ring: Ring, _ elements: UnsafeMutableRawPointer, _ n: Int) {
        let first = ring.contiguousRoom(n)
        ring.writePointer.copyMemory(from: elements, byteCount: first &* stride)
        if first < n {
            ring.base.copyMemory(
                from: elements + first &* stride, byteCount: (n &- first) &* stride)
        }
    }

    private mutating func put(_ element: UnsafeMutableRawPointer, _ i: Int) {
        rings[i].writePointer.copyMemory(from: element, byteCount: stride)
        rings[i].commit(1)
        if let isInside, isInside[i] { intoLoop &+= 1 }
    }

    /// Copies for all channels but the last, which gets the elements themselves.
    private mutating func broadcast(_ elements: UnsafeMutableRawPointer, _ n: Int) -> Int32 {
        for i in 0..<count {
            let ring = rings[i]
            if i == count &- 1 || copy == nil {
                writeWithoutCommit(ring, elements, n)
            } else {
                let first = ring.contiguousRoom(n)
                let copy = copy.unsafelyUnwrapped
                var status = copy(elements, ring.writePointer, first, typeUser)
                if status != 0 { return status }
                if first < n {
                    status = copy(elements + first &* stride, ring.base, n &- first, typeUser)
                    if status != 0 {
                        destroy?(ring.writePointer, first, typeUser)
                        return status
                    }
                }
            }
            ring.commit(n)
            if let isInside, isInside[i] { intoLoop &+= n }
            ring.consumerWaker.signal()
        }
        return Status.ok.rawValue
    }

    // MARK: - Depth

    /// A deep channel's window: as much as the consumer takes in a millisecond, between the
    /// starting window and the capacity, at most doubled each time. Called once per activation.
    mutating func adaptWindow(_ now: UInt64) {
        let ring = rings[0]
        let taken = ring.consumed
        defer {
            takenBefore = taken
            takenAt = now
        }
        if takenAt == 0 || now <= takenAt { return }
        let perMillisecond = Double(taken &- takenBefore) / Double(now &- takenAt) * 1e6
        let limit = ring.limit
        let wanted = Int(min(perMillisecond, Double(ring.capacity)))
        let next = max(smallestWindow, min(wanted, limit &* 2, ring.capacity))
        if next != limit { ring.limit = next }
    }

    // MARK: - The end

    /// True when every consumer wants no more.
    var isAbandoned: Bool {
        for i in 0..<count where !rings[i].isAbandoned { return false }
        return true
    }

    func close() {
        for i in 0..<count {
            rings[i].close()
            if let frames { frames[i].close() }
        }
        for i in 0..<logCount { logs.unsafelyUnwrapped[i].close() }
        for i in 0..<count { rings[i].consumerWaker.signal() }
        for i in 0..<logCount { logs.unsafelyUnwrapped[i].consumerWaker.signal() }
    }
}
