import PenstockRuntime
import Synchronization

extension Segment {
    /// The task's entry point.
    static let run: Task.Run = { context, worker in
        let segment = context.assumingMemoryBound(to: Segment.self)
        let state = worker.assumingMemoryBound(to: WorkerState.self)
        return segment.pointee.activate(state).rawValue
    }

    private enum Block {
        case ran(Int)
        case starved
        case blocked
        case waiting(until: UInt64)
        case ended
    }

    mutating func activate(_ worker: UnsafeMutablePointer<WorkerState>) -> Task.Outcome {
        if control.stop.pointee.load(ordering: .relaxed) { return stopNow() }
        if control.paused.pointee.load(ordering: .relaxed) {
            task.pointee.deadline = .max
            idleCondition = .paused
            status.set(0, SegmentStatus.Condition.paused.rawValue)
            return .idle
        }
        if phase == .fresh && !setUp() { return stopNow() }
        if phase == .running && outletCount > 0 && everyOutletIsAbandoned() { endEarly() }

        var blocks = 0
        var elements = 0
        var checkTimeAfter = 1
        activationStart = 0
        while true {
            let block =
                switch phase {
                case .fresh, .running: nextBlock(worker)
                case .flushing: flushBlock()
                case .discarding: discardBlock()
                }
            switch block {
            case .ran(let n):
                blocks &+= 1
                elements &+= n
                if failed || control.stop.pointee.load(ordering: .relaxed) {
                    endActivation(elements)
                    return stopNow()
                }
                if blocks >= worker.pointee.blockLimit {
                    return endActivation(elements)
                }
                checkTimeAfter &-= 1
                if checkTimeAfter == 0 {
                    let spent = clock.now &- activationStart
                    if spent > worker.pointee.activationNanoseconds {
                        return endActivation(elements)
                    }
                    // Cheap blocks: look at the clock less often, 16 blocks being far below the
                    // limit.
                    checkTimeAfter = spent < UInt64(blocks) &* 2000 ? 16 : 1
                }
                continue
            case .ended:
                if blocks > 0 { endActivation(elements) }
                return finish()
            case .starved:
                return idle(.starved, blocks, elements, until: inlet.lingerDeadline)
            case .blocked: return idle(.blocked, blocks, elements, until: .max)
            case .waiting(let until): return idle(.timer, blocks, elements, until: until)
            }
        }
    }

    // MARK: - Blocks

    private mutating func nextBlock(_ worker: UnsafeMutablePointer<WorkerState>) -> Block {
        if retryAt != 0 {
            if clock.now < retryAt { return .waiting(until: retryAt) }
            retryAt = 0
        }
        let limit = prepareOutlets(
            isWhole ? blockElements : min(blockElements, worker.pointee.spanLimit),
            isWhole: isWhole)
        if limit == 0 { return .blocked }
        if inlet.kind == .none { return sourceBlock(limit) }

        let n = inlet.peek(limit, clock)
        if n == 0 {
            if !inlet.hasEnded() { return .starved }
            beginFlush(from: 0)
            return flushBlock()
        }
        let consumed = runSteps(from: 0, inlet.pointer, n, sample: beginBlock())
        inlet.isRetrying = consumed < n
        if stepCount == 0 {
            // The elements are sent from where the inlet has them, so they are given back after.
            passOn(consumed: consumed, endsChunk: true)
            inlet.release(consumed)
        } else {
            if consumed > 0 { inlet.release(consumed) }
            passOn(consumed: consumed, endsChunk: inlet.chunkIsComplete)
        }
        if endedBy >= 0 { beginFlush(from: endedBy + 1) }
        return consumed > 0 || retryAt == 0 ? .ran(consumed) : .waiting(until: retryAt)
    }

    private mutating func sourceBlock(_ limit: Int) -> Block {
        if sourceAt != 0 {
            let woken = wakeFlag.pointee.exchange(false, ordering: .acquiring)
            if !woken && clock.now < sourceAt { return .waiting(until: sourceAt) }
            sourceAt = 0
        }
        let step = steps
        let span = step.pointee.ports[0].base
        var count = 0
        let sample = beginBlock()
        let result = step.pointee.source.unsafelyUnwrapped(
            UnsafeMutableRawPointer(step), span, limit, &count)
        if sample { step.pointee.sampledTicks &+= clock.now &- activationStart }
        if result != Status.ok.rawValue && result != Status.end.rawValue {
            return sourceFailed(result)
        }
        if count < 0 || count > limit {
            reportFailure(
                step, Status.invalid.rawValue, at: 0,
                text: "its source said it made \(count) elements where there was room for \(limit)")
            failed = true
            return .ran(0)
        }
        step.pointee.attempts = 0
        step.pointee.counters.elementsIn &+= UInt64(count)
        step.pointee.counters.elementsOut &+= UInt64(count)
        step.pointee.position &+= UInt64(count)
        step.pointee.ports[0].count = count
        if count > 0 && stepCount > 1 {
            step.pointee.ports[0].count = 0
            _ = runSteps(from: 1, span, count, sample: sample)
        }
        if count > 0 { passOn(consumed: 0, endsChunk: true) }
        if result == Status.end.rawValue {
            beginFlush(from: 1)
            return .ran(count)
        }
        if endedBy >= 0 {
            beginFlush(from: endedBy + 1)
            return .ran(count)
        }
        if count == 0 {
            // Nothing now: ask again after 1 us, 2 us, … up to 1 ms.
            sourceWait = min(max(sourceWait &* 2, 1000), 1_000_000)
            sourceAt = clock.now &+ sourceWait
            return .waiting(until: sourceAt)
        }
        sourceWait = 0
        return .ran(count)
    }

    private mutating func sourceFailed(_ result: Int32) -> Block {
        let step = steps
        step.pointee.counters.failed &+= 1
        if step.pointee.policy == .retry && step.pointee.attempts < step.pointee.retries {
            scheduleRetry(step)
            return .waiting(until: retryAt)
        }
        reportFailure(step, result, at: 0, text: nil)
        failed = true
        return .ran(0)
    }

    /// Destroys input that nobody wants.
    private mutating func discardBlock() -> Block {
        let n = inlet.peek(blockElements, clock)
        // A feed's pushes are refused from now on; the host need not close it as well.
        if n == 0 { return inlet.isFeed || inlet.hasEnded() ? .ended : .starved }
        _ = beginBlock()
        if stepCount > 0 {
            steps.pointee.destroyInput?(inlet.pointer, n, steps.pointee.destroyInputUser)
        } else {
            destroy?(inlet.pointer, n, destroyUser)
        }
        inlet.release(n)
        loop?.pointee.leave(n)
        return .ran(n)
    }

    // MARK: - Outlets

    /// Makes sure that a block of the returned number of input elements (at most `limit`) has room
    /// at every outlet, and points the ports at where results go. 0: an outlet is full. `isWhole`:
    /// all of `limit` or nothing.
    mutating func prepareOutlets(_ limit: Int, isWhole: Bool) -> Int {
        var n = limit
        for i in 0..<outletCount {
            let room = outlets[i].room(n &* expansion)
            n = min(n, room / expansion)
            if n == 0 || (isWhole && n < limit) {
                fullOutlet = i
                return 0
            }
            if outlets[i].isDirect {
                let ring = outlets[i].directRing
                let piece = ring.contiguousRoom(room)
                if piece >= (isWhole ? n &* expansion : expansion) {
                    n = min(n, piece / expansion)
                    ports[i].base = ring.writePointer
                    ports[i].capacity = piece
                    ports[i].isDirect = true
                    continue
                }
            }
            ports[i].isDirect = false
            ports[i].base = ports[i].scratch
            ports[i].capacity = min(ports[i].scratchCapacity, room)
            n = min(n, ports[i].capacity / expansion)
        }
        return n
    }

    /// Sends the ports' elements off and settles with the cycle this segment is in.
    mutating func passOn(consumed: Int, endsChunk: Bool) {
        if failed {
            for i in 0..<outletCount { dropPort(i) }
            return
        }
        for i in 0..<outletCount {
            let n = ports[i].count
            ports[i].count = 0
            ports[i].reserved = 0
            if !ports[i].isDirect {
                let result = outlets[i].send(ports[i].base, n, endsChunk: endsChunk)
                if result != Status.ok.rawValue {
                    ports[i].count = n
                    for rest in i..<outletCount { dropPort(rest) }
                    copyFailed(result)
                    return
                }
            } else {
                outlets[i].commit(n, endsChunk: endsChunk)
            }
        }
        guard let loop else { return }
        var into = 0
        for i in 0..<outletCount {
            into &+= outlets[i].intoLoop
            outlets[i].intoLoop = 0
        }
        if into > consumed && phase == .running {
            growsInLoop(into, consumed)
            return
        }
        loop.pointee.leave(consumed &- into)
    }

    private mutating func dropPort(_ i: Int) {
        let n = ports[i].count
        ports[i].count = 0
        if n > 0 { ports[i].destroy?(ports[i].base, n, ports[i].destroyUser) }
    }

    private func everyOutletIsAbandoned() -> Bool {
        for i in 0..<outletCount where !outlets[i].isAbandoned { return false }
        return loop == nil
    }

    // MARK: - Ending

    mutating func beginFlush(from step: Int) {
        phase = .flushing
        flushStep = step
    }

    /// Lets the next step that kept something give it.
    private mutating func flushBlock() -> Block {
        while flushStep < stepCount {
            if endedBy >= flushStep {
                // It wants no more, nor does anybody before it have to give any.
                flushStep = endedBy &+ 1
                continue
            }
            let step = steps + flushStep
            // All the room that the call may need, in one piece or in scratch.
            let wanted = step.pointee.finish == nil ? 1 : finishElements
            let limit = prepareOutlets(wanted, isWhole: true)
            if limit == 0 { return .blocked }
            _ = beginBlock()
            var more = false
            switch step.pointee.kind {
            case .fold: emitFold(flushStep)
            case .process:
                if step.pointee.finish != nil { more = callFinish(flushStep, room: limit) }
            default: break
            }
            passOn(consumed: 0, endsChunk: false)
            if failed { return .ran(0) }
            if !more { flushStep &+= 1 }
            return .ran(0)
        }
        if endedBy >= 0 {
            endEarly()
            return .ran(0)
        }
        return .ended
    }

    /// No more output: closes the outlets; what still comes in is destroyed.
    private mutating func endEarly() {
        tearDown()
        for i in 0..<outletCount { outlets[i].close() }
        inlet.abandon()
        phase = .discarding
    }

    private mutating func finish() -> Task.Outcome {
        if phase != .discarding {
            tearDown()
            for i in 0..<outletCount { outlets[i].close() }
        }
        return retire()
    }

    /// Cancelled or failed: leaves everything where it is; the run destroys it when all have
    /// stopped.
    private mutating func stopNow() -> Task.Outcome {
        if phase != .discarding { tearDown() }
        return retire()
    }

    /// Nothing of the segment is touched after this: the run may end at once.
    private mutating func retire() -> Task.Outcome {
        publish()
        status.set(0, SegmentStatus.Condition.done.rawValue)
        let run = run
        run._withUnsafeGuaranteedRef { $0.taskEnded() }
        return .done
    }

    // MARK: - Accounting

    /// Before the work of a block. The first of an activation starts the clock. True when the time
    /// of its steps is to be sampled.
    private mutating func beginBlock() -> Bool {
        if activationStart != 0 { return false }
        activationStart = clock.now
        if idleSince != 0 {
            countIdle(until: activationStart)
            idleSince = 0
            status.set(0, SegmentStatus.Condition.running.rawValue)
        }
        return activations & 15 == 0
    }

    private mutating func countIdle(until now: UInt64) {
        let waited = now &- idleSince
        if idleCondition == .blocked { blocked &+= waited } else { starved &+= waited }
    }

    @discardableResult
    private mutating func endActivation(_ elements: Int) -> Task.Outcome {
        let now = clock.now
        if activationStart == 0 { activationStart = now }
        busy &+= now &- activationStart
        activations &+= 1
        trace.add(.init(start: activationStart, end: now, elements: UInt64(elements)))
        if inlet.untold { inlet.tellAll() }
        for i in 0..<outletCount where outlets[i].smallestWindow > 0 { outlets[i].adaptWindow(now) }
        publish()
        return .progress
    }

    private mutating func idle(
        _ condition: SegmentStatus.Condition, _ blocks: Int, _ elements: Int, until: UInt64
    ) -> Task.Outcome {
        task.pointee.deadline = until
        if blocks > 0 { endActivation(elements) }
        if idleSince == 0 || idleCondition != condition {
            let now = clock.now
            if idleSince != 0 { countIdle(until: now) }
            idleSince = now
            idleCondition = condition
            status.set(1, UInt64(fullOutlet))
            status.set(0, condition.rawValue)
            status.set(6, idleSince)
        }
        if inlet.untold { inlet.tellAll() }
        return blocks > 0 ? .progress : .idle
    }

    private mutating func publish() {
        highWater = max(highWater, inlet.length)
        status.set(2, activations)
        status.set(3, busy)
        status.set(4, starved)
        status.set(5, blocked)
        status.set(7, UInt64(highWater))
        for i in 0..<stepCount {
            status.publish(step: i, steps[i].counters, sampled: steps[i].sampledTicks)
        }
    }
}
