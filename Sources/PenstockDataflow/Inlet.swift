import PenstockRuntime

/// Where a segment replica's input comes from: one channel, or several that it joins. Plain memory
/// of the segment's worker.
struct Inlet {
    enum Kind: UInt8 {
        case none  // sources
        case plain  // one channel
        case framed  // one channel with chunk sizes beside it: a replica that keeps order
        case any  // several channels, as they come
        case ordered  // the replicas of an ordered stage, joined in the order of their chunks
        case turns  // one element of each channel in turn
        case sorted  // the smallest head first
    }

    let kind: Kind
    let rings: UnsafeMutablePointer<Ring>
    let count: Int
    /// framed: [0]; ordered: one per ring. Elements are `Frame`s.
    let frames: UnsafeMutablePointer<Ring>?
    /// ordered: the replica of each chunk, in order (UInt32).
    let log: Ring?
    /// any: which inputs come from inside the cycle; nil outside of cycles.
    let isInside: UnsafeMutablePointer<Bool>?
    /// The cycle whose entry this is (any), or that this reads from.
    var loop: UnsafeMutablePointer<Loop>?
    let isLoopEntry: Bool
    /// The host pushes into it.
    let isFeed: Bool

    let compare: CompareFunction?
    let compareUser: UnsafeMutableRawPointer?

    /// Spans of exactly this many elements; 0: any.
    let batch: Int
    let lingerNanoseconds: UInt64
    var lingerDeadline: UInt64 = .max

    /// Elements put in one piece (turns, sorted, and batches across the end of a ring).
    let scratch: UnsafeMutableRawPointer?
    let scratchCapacity: Int
    let stride: Int

    /// any: the ring of the span in hand, then where to look next. ordered: the replica of the
    /// current chunk, -1 between chunks. turns: whose turn.
    var current: Int
    /// any: some of the span in hand will be tried again, so it comes first.
    var isRetrying = false
    /// ordered: after the last chunk, the replica whose leftovers are being taken; they come
    /// without an entry in the log, when its input has ended.
    var leftoversOf = 0
    /// framed, ordered: elements left of the current frame, and whether it ends its chunk.
    var frameLeft = 0
    var frameIsLast = false
    /// framed: a chunk is in hand.
    var inChunk = false

    /// The span in hand.
    var pointer: UnsafeMutableRawPointer
    /// Released since the producers were last told.
    var untold = false

    // MARK: - Taking

    /// Finds the next span of at most `limit` elements: its length, 0 if there is none now. `now`
    /// is asked only for lingering batches.
    mutating func peek(_ limit: Int, _ clock: Clock) -> Int {
        switch kind {
        case .none: return 0
        case .plain: return batch == 0 ? peekPlain(rings[0], limit) : peekBatch(clock)
        case .framed: return peekFramed(limit)
        case .any: return peekAny(limit)
        case .ordered: return peekOrdered(limit)
        case .turns: return takeTurns(limit)
        case .sorted: return takeSorted(limit)
        }
    }

    private mutating func peekPlain(_ ring: Ring, _ limit: Int) -> Int {
        let n = min(ring.available(1), limit)
        pointer = ring.readPointer
        return ring.contiguousAvailable(n)
    }

    /// A whole batch or, when no more can come or the wait is over, what there is.
    private mutating func peekBatch(_ clock: Clock) -> Int {
        let ring = rings[0]
        let closed = ring.isClosed
        var n = ring.available(batch)
        if n < batch {
            if n == 0 {
                lingerDeadline = .max
                return 0
            }
            let isLast = closed || (loop.map { $0.pointee.holdsLast(n) } ?? false)
            if !isLast {
                if lingerNanoseconds == 0 { return 0 }
                let now = clock.now
                if lingerDeadline == .max { lingerDeadline = now &+ lingerNanoseconds }
                if now < lingerDeadline { return 0 }
            }
        }
        lingerDeadline = .max
        n = min(n, batch)
        return inOnePiece(ring, n)
    }

    private mutating func inOnePiece(_ ring: Ring, _ n: Int) -> Int {
        if ring.contiguousAvailable(n) == n {
            pointer = ring.readPointer
        } else {
            ring.copyOut(n, to: scratch.unsafelyUnwrapped)
            pointer = scratch.unsafelyUnwrapped
        }
        return n
    }

    private mutating func peekFramed(_ limit: Int) -> Int {
        if !inChunk {
            let headers = frames.unsafelyUnwrapped[0]
            if headers.available(1) == 0 { return 0 }
            frameLeft = headers.readPointer.load(as: Frame.self).count
            headers.release(1)
            inChunk = true
        }
        let ring = rings[0]
        // The chunk was committed before its header, so all of it is there.
        _ = ring.available(frameLeft)
        if batch > 0 { return inOnePiece(ring, frameLeft) }
        pointer = ring.readPointer
        return ring.contiguousAvailable(min(frameLeft, limit))
    }

    private mutating func peekOrdered(_ limit: Int) -> Int {
        while true {
            if current < 0 {
                let log = log.unsafelyUnwrapped
                let closed = log.isClosed
                if log.available(1) > 0 {
                    current = Int(log.readPointer.load(as: UInt32.self))
                    log.release(1)
                    log.producerWaker.signal()
                } else if closed && leftoversOf < count {
                    current = leftoversOf
                    leftoversOf &+= 1
                } else {
                    return 0
                }
                frameIsLast = false
            }
            if frameLeft == 0 {
                if frameIsLast {
                    current = -1
                    continue
                }
                let headers = frames.unsafelyUnwrapped[current]
                let closed = headers.isClosed
                if headers.available(1) == 0 {
                    if !closed { return 0 }
                    // The replica ended early; what it still had is given up.
                    frameIsLast = true
                    continue
                }
                let frame = headers.readPointer.load(as: Frame.self)
                headers.release(1)
                headers.producerWaker.signal()
                frameLeft = frame.count
                frameIsLast = frame.isLast
                if frameLeft == 0 { continue }
            }
            let ring = rings[current]
            let n = min(frameLeft, limit, ring.available(1))
            pointer = ring.readPointer
            return ring.contiguousAvailable(n)
        }
    }

    private mutating func peekAny(_ limit: Int) -> Int {
        if isRetrying {
            isRetrying = false
            return peekPlain(rings[current], limit)
        }
        var limit = limit
        if let isInside, isLoopEntry {
            // First what is inside already: it frees credit.
            for i in 0..<count where isInside[i] {
                if rings[i].available(1) > 0 {
                    current = i
                    return peekPlain(rings[i], limit)
                }
            }
            let loop = loop.unsafelyUnwrapped.pointee
            limit = min(limit, loop.credit &- loop.inside)
            if limit <= 0 { return 0 }
        }
        var i = current
        for _ in 0..<count {
            i &+= 1
            if i >= count { i = 0 }
            if let isInside, isInside[i] && isLoopEntry { continue }
            if rings[i].available(1) > 0 {
                current = i
                return peekPlain(rings[i], limit)
            }
        }
        return 0
    }

    /// Moves out what the turns allow; those elements are released here.
    private mutating func takeTurns(_ limit: Int) -> Int {
        let scratch = scratch.unsafelyUnwrapped
        var n = 0
        let limit = min(limit, scratchCapacity)
        while n < limit {
            let ring = rings[current]
            let closed = ring.isClosed
            if ring.available(1) == 0 {
                // An input that has ended loses its turn.
                if !closed || allEnded { break }
            } else {
                (scratch + n &* stride).copyMemory(from: ring.readPointer, byteCount: stride)
                ring.release(1)
                n &+= 1
            }
            current &+= 1
            if current == count { current = 0 }
        }
        pointer = scratch
        if n > 0 { tellAll() }
        return n
    }

    private mutating func takeSorted(_ limit: Int) -> Int {
        let scratch = scratch.unsafelyUnwrapped
        let compare = compare.unsafelyUnwrapped
        var n = 0
        let limit = min(limit, scratchCapacity)
        outer: while n < limit {
            var best = -1
            for i in 0..<count {
                let closed = rings[i].isClosed
                if rings[i].available(1) == 0 {
                    if closed { continue }
                    break outer
                }
                // Ties go to the lower input, which is the one already in hand.
                if best < 0
                    || compare(rings[i].readPointer, rings[best].readPointer, compareUser) < 0
                {
                    best = i
                }
            }
            if best < 0 { break }
            (scratch + n &* stride).copyMemory(from: rings[best].readPointer, byteCount: stride)
            rings[best].release(1)
            n &+= 1
        }
        pointer = scratch
        if n > 0 { tellAll() }
        return n
    }

    // MARK: - Giving back

    /// The first `n` elements of the span in hand are consumed.
    mutating func release(_ n: Int) {
        switch kind {
        case .none, .turns, .sorted: return
        case .plain: rings[0].release(n)
        case .framed:
            rings[0].release(n)
            frameLeft &-= n
            inChunk = frameLeft > 0
        case .ordered:
            rings[current].release(n)
            frameLeft &-= n
        case .any:
            if let isInside, isLoopEntry, !isInside[current] {
                loop.unsafelyUnwrapped.pointee.admit(n)
            }
            rings[current].release(n)
        }
        let ring = rings[kind == .any || kind == .ordered ? current : 0]
        // Waking a producer is dear: in the middle of an activation only when half of the ring is
        // free; tellAll() does the rest at its end.
        if ring.consumer[0] &- ring.consumer[2] <= ring.limit / 2 {
            ring.producerWaker.signal()
        } else {
            untold = true
        }
    }

    /// framed: true when the span that was just released ended its chunk.
    var chunkIsComplete: Bool { kind != .framed || !inChunk }

    /// Signals all producers.
    mutating func tellAll() {
        untold = false
        for i in 0..<count { rings[i].producerWaker.signal() }
        if kind == .framed { frames.unsafelyUnwrapped[0].producerWaker.signal() }
    }

    // MARK: - The end

    private func ended(_ ring: Ring) -> Bool {
        // closed first: after it nothing is committed, so an empty ring then stays empty
        ring.isClosed && ring.available(1) == 0
    }

    private var allEnded: Bool {
        for i in 0..<count where !ended(rings[i]) { return false }
        return true
    }

    /// Nothing is there and nothing will come. Asked when peek found nothing.
    func hasEnded() -> Bool {
        switch kind {
        case .none: return true
        case .plain, .turns, .sorted: return allEnded
        case .framed: return !inChunk && ended(frames.unsafelyUnwrapped[0])
        case .ordered: return current < 0 && leftoversOf == count && ended(log.unsafelyUnwrapped)
        case .any:
            guard let isInside, isLoopEntry, let loop else { return allEnded }
            for i in 0..<count where !isInside[i] && !ended(rings[i]) { return false }
            loop.pointee.endOutside()
            return loop.pointee.inside == 0
        }
    }

    /// Wants no more: producers that feed nobody else may end.
    func abandon() {
        for i in 0..<count {
            rings[i].abandon()
            rings[i].producerWaker.signal()
        }
    }

    /// Elements waiting, seen from any thread.
    var length: Int {
        var sum = 0
        for i in 0..<count { sum += rings[i].length }
        return sum
    }
}

/// Beside the elements of an ordered stage's channels: how many belong together.
struct Frame {
    private let bits: UInt32

    init(count: Int, isLast: Bool) { bits = UInt32(count) << 1 | (isLast ? 1 : 0) }

    var count: Int { Int(bits >> 1) }
    /// The last frame of its chunk.
    var isLast: Bool { bits & 1 != 0 }
}
