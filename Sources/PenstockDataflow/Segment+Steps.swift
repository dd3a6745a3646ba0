import PenstockRuntime

extension Segment {
    /// Sends `n` elements at `input` through the steps from `first` on; the last one leaves its
    /// results in the segment's ports. Returns how many of the input elements are consumed; it is
    /// less than `n` only when the first step retries later.
    mutating func runSteps(
        from first: Int, _ input: UnsafeMutableRawPointer, _ n: Int, sample: Bool
    ) -> Int {
        if first >= stepCount {
            forward(input, n)
            return n
        }
        var pointer = input
        var count = n
        var consumed = n
        var i = first
        while i < stepCount {
            let step = steps + i
            let start = sample ? clock.now : 0
            let done: Int
            // The usual case first, without the bookkeeping of partial spans.
            if step.pointee.kind == .map {
                let out = step.pointee.ports
                let result = step.pointee.map.unsafelyUnwrapped(
                    UnsafeMutableRawPointer(step), pointer, out.pointee.base, count)
                if result == Status.ok.rawValue {
                    step.pointee.position &+= UInt64(count)
                    out.pointee.count = count
                    done = count
                } else {
                    done = runCarefully(i, pointer, count, firstResult: result)
                }
            } else if step.pointee.kind == .sink {
                let result = step.pointee.sink.unsafelyUnwrapped(
                    UnsafeMutableRawPointer(step), pointer, count)
                if result == Status.ok.rawValue {
                    step.pointee.position &+= UInt64(count)
                    done = count
                } else {
                    done = runCarefully(i, pointer, count, firstResult: result)
                }
            } else {
                done = runCarefully(i, pointer, count, firstResult: nil)
            }
            if sample { step.pointee.sampledTicks &+= clock.now &- start }
            step.pointee.counters.elementsIn &+= UInt64(done)
            if i == first { consumed = done }
            if failed { return consumed }
            if i == stepCount &- 1 {
                for p in 0..<step.pointee.portCount {
                    step.pointee.counters.elementsOut &+= UInt64(step.pointee.ports[p].count)
                }
                return consumed
            }
            pointer = step.pointee.ports.pointee.base
            count = step.pointee.ports.pointee.count
            step.pointee.ports.pointee.count = 0
            step.pointee.ports.pointee.reserved = 0
            step.pointee.counters.elementsOut &+= UInt64(count)
            if count == 0 { return consumed }
            i &+= 1
        }
        return consumed
    }

    /// No step left: the elements themselves go to the only outlet.
    private mutating func forward(_ input: UnsafeMutableRawPointer, _ n: Int) {
        if ports[0].isDirect {
            ports[0].base.copyMemory(from: input, byteCount: n &* stride)
        } else {
            ports[0].base = input
        }
        ports[0].count = n
    }

    /// One step over a span, with all that can happen: parts of the span failing, ends, windows.
    /// `firstResult`: of a call on the whole span that has been made already. Returns how many
    /// elements are disposed of.
    @inline(never)
    private mutating func runCarefully(
        _ i: Int, _ input: UnsafeMutableRawPointer, _ n: Int, firstResult: Int32?
    ) -> Int {
        let step = steps + i
        let inStride = step.pointee.inStride
        var pending = firstResult
        var done = 0
        while done < n && !failed {
            let at = input + done &* inStride
            let left = window(step, n &- done)
            let marks = step.pointee.kind == .process ? markPorts(step) : 0
            if step.pointee.kind == .process && i < stepCount &- 1 {
                // The steps after it have room for what it may emit, and no more.
                let port = step.pointee.ports
                port.pointee.capacity = min(
                    port.pointee.scratchCapacity,
                    port.pointee.count &+ left &* step.pointee.maxOutputs)
            }
            let result = pending ?? call(step, at, left)
            pending = nil
            if result == Status.ok.rawValue || (result == Status.end.rawValue && mayEnd(step)) {
                accept(step, at, left)
                done &+= left
                step.pointee.position &+= UInt64(left)
                if result == Status.end.rawValue {
                    // What is left of the span will not be asked for.
                    endedBy = i
                    if done < n { destroyInput(step, input + done &* inStride, n &- done) }
                    return n
                }
                continue
            }
            if result == Status.again.rawValue && step.pointee.isResumable { return done }
            if step.pointee.failPosition != step.pointee.position {
                step.pointee.failIndex = -1
                step.pointee.failText.pointee = 0
            }
            let isWhole = step.pointee.failIndex < 0 || step.pointee.failIndex >= left
            let good = isWhole ? 0 : step.pointee.failIndex
            let bad = isWhole ? left : 1
            step.pointee.failIndex = -1
            if isWhole && step.pointee.kind == .process { unmarkPorts(step, marks) }
            if good > 0 { accept(step, at, good) }
            step.pointee.position &+= UInt64(good)
            done &+= good
            step.pointee.counters.failed &+= UInt64(bad)
            let failing = input + done &* inStride
            switch step.pointee.policy {
            case .skip:
                destroyInput(step, failing, bad)
                step.pointee.counters.skipped &+= UInt64(bad)
            case .deadLetter:
                let port = step.pointee.ports + step.pointee.deadLetterPort
                port.pointee.next.copyMemory(from: failing, byteCount: bad &* inStride)
                port.pointee.count &+= bad
                step.pointee.counters.deadLettered &+= UInt64(bad)
            case .retry where mayRetry(step):
                scheduleRetry(step)
                return done
            case .fail, .retry:
                reportFailure(step, result, at: step.pointee.position, text: nil)
                destroyInput(step, failing, n &- done)
                dropOutputs(step)
                failed = true
                return n
            }
            step.pointee.position &+= UInt64(bad)
            done &+= bad
        }
        return done
    }

    /// How many of `n` elements the next call may see.
    private func window(_ step: UnsafeMutablePointer<Step>, _ n: Int) -> Int {
        if step.pointee.isResumable { return 1 }
        guard step.pointee.kind == .fold, step.pointee.every > 0 else { return n }
        let left = step.pointee.every &- step.pointee.sinceEmit
        return left < UInt64(n) ? Int(left) : n
    }

    private func call(
        _ step: UnsafeMutablePointer<Step>, _ input: UnsafeMutableRawPointer, _ n: Int
    ) -> Int32 {
        let context = UnsafeMutableRawPointer(step)
        switch step.pointee.kind {
        case .map:
            return step.pointee.map.unsafelyUnwrapped(
                context, input, step.pointee.ports.pointee.next, n)
        case .filter:
            let keep = step.pointee.keep.unsafelyUnwrapped
            keep.update(repeating: false, count: n)
            return step.pointee.filter.unsafelyUnwrapped(context, input, keep, n)
        case .process: return step.pointee.process.unsafelyUnwrapped(context, input, n)
        case .fold:
            return step.pointee.fold.unsafelyUnwrapped(
                context, step.pointee.foldState, input, n)
        case .sink: return step.pointee.sink.unsafelyUnwrapped(context, input, n)
        case .source: return Status.internal.rawValue
        }
    }

    private func mayEnd(_ step: UnsafeMutablePointer<Step>) -> Bool {
        step.pointee.kind == .sink || step.pointee.kind == .process
    }

    /// The first `n` elements at `input` are done: takes over what the call made of them.
    private mutating func accept(
        _ step: UnsafeMutablePointer<Step>, _ input: UnsafeMutableRawPointer, _ n: Int
    ) {
        switch step.pointee.kind {
        case .map: step.pointee.ports.pointee.count &+= n
        case .filter: keepFiltered(step, input, n)
        case .fold:
            step.pointee.sinceEmit &+= UInt64(n)
            if step.pointee.every > 0 && step.pointee.sinceEmit == step.pointee.every {
                putFoldState(step)
            }
        case .source, .process, .sink: break
        }
    }

    /// Moves the kept elements together, run by run, and destroys the others.
    private func keepFiltered(
        _ step: UnsafeMutablePointer<Step>, _ input: UnsafeMutableRawPointer, _ n: Int
    ) {
        let keep = step.pointee.keep.unsafelyUnwrapped
        let port = step.pointee.ports
        let stride = step.pointee.inStride
        var i = 0
        while i < n {
            let flag = keep[i]
            var j = i &+ 1
            while j < n && keep[j] == flag { j &+= 1 }
            let run = input + i &* stride
            if flag {
                port.pointee.next.copyMemory(from: run, byteCount: (j &- i) &* stride)
                port.pointee.count &+= j &- i
            } else {
                step.pointee.destroyInput?(run, j &- i, step.pointee.destroyInputUser)
            }
            i = j
        }
    }

    // MARK: - Folds

    private func putFoldState(_ step: UnsafeMutablePointer<Step>) {
        let port = step.pointee.ports
        let stride = step.pointee.outStride
        port.pointee.next.copyMemory(
            from: step.pointee.foldState.unsafelyUnwrapped, byteCount: stride)
        port.pointee.count &+= 1
        step.pointee.foldState.unsafelyUnwrapped.copyMemory(
            from: step.pointee.foldInitial.unsafelyUnwrapped, byteCount: stride)
        step.pointee.sinceEmit = 0
    }

    /// At the end of the input: the state of step `i` goes on its way.
    mutating func emitFold(_ i: Int) {
        let step = steps + i
        if step.pointee.every == 0 || step.pointee.sinceEmit > 0 { putFoldState(step) }
        step.pointee.foldStateIsLive = false
        sendOn(i)
    }

    /// At the end of the input: process step `i` gives what it kept; there is room for what `room`
    /// input elements become. True when there is more.
    mutating func callFinish(_ i: Int, room: Int) -> Bool {
        let step = steps + i
        if i < stepCount &- 1 {
            var capacity = room
            for j in 0...i where steps[j].kind == .process { capacity &*= steps[j].maxOutputs }
            step.pointee.ports.pointee.capacity = min(
                capacity, step.pointee.ports.pointee.scratchCapacity)
        }
        let marks = markPorts(step)
        let result = step.pointee.finish.unsafelyUnwrapped(UnsafeMutableRawPointer(step))
        if result != Status.ok.rawValue && result != Status.again.rawValue {
            unmarkPorts(step, marks)
            step.pointee.counters.failed &+= 1
            reportFailure(step, result, at: step.pointee.position, text: nil)
            failed = true
            return false
        }
        sendOn(i)
        return result == Status.again.rawValue
    }

    /// What step `i` put into its ports outside of a block goes through the steps after it.
    private mutating func sendOn(_ i: Int) {
        let step = steps + i
        if i == stepCount &- 1 {
            for p in 0..<step.pointee.portCount {
                step.pointee.counters.elementsOut &+= UInt64(step.pointee.ports[p].count)
            }
            return
        }
        let count = step.pointee.ports.pointee.count
        step.pointee.ports.pointee.count = 0
        step.pointee.ports.pointee.reserved = 0
        step.pointee.counters.elementsOut &+= UInt64(count)
        if count > 0 {
            _ = runSteps(from: i + 1, step.pointee.ports.pointee.base, count, sample: false)
        }
    }

    // MARK: - Failures

    /// Remembers how far each port is.
    private func markPorts(_ step: UnsafeMutablePointer<Step>) -> Int {
        for p in 0..<step.pointee.portCount {
            step.pointee.ports[p].mark = step.pointee.ports[p].count
            step.pointee.ports[p].reserved = 0
        }
        return step.pointee.portCount
    }

    /// Takes back what was emitted since.
    private func unmarkPorts(_ step: UnsafeMutablePointer<Step>, _ count: Int) {
        for p in 0..<count {
            let port = step.pointee.ports + p
            let extra = port.pointee.count &- port.pointee.mark
            if extra > 0 {
                let from = port.pointee.base + port.pointee.mark &* port.pointee.stride
                port.pointee.destroy?(from, extra, port.pointee.destroyUser)
                port.pointee.count = port.pointee.mark
            }
            port.pointee.reserved = 0
        }
    }

    private func destroyInput(
        _ step: UnsafeMutablePointer<Step>, _ elements: UnsafeMutableRawPointer, _ n: Int
    ) {
        if n > 0 { step.pointee.destroyInput?(elements, n, step.pointee.destroyInputUser) }
    }

    /// The step's results of this block; those in the segment's own ports are dropped by passOn.
    private func dropOutputs(_ step: UnsafeMutablePointer<Step>) {
        if step == steps + (stepCount &- 1) { return }
        for p in 0..<step.pointee.portCount {
            let port = step.pointee.ports + p
            if port.pointee.count > 0 {
                port.pointee.destroy?(
                    port.pointee.base, port.pointee.count, port.pointee.destroyUser)
            }
            port.pointee.count = 0
        }
    }

    /// Another element than the last that failed has all its tries before it.
    private func mayRetry(_ step: UnsafeMutablePointer<Step>) -> Bool {
        if step.pointee.attemptPosition != step.pointee.position {
            step.pointee.attemptPosition = step.pointee.position
            step.pointee.attempts = 0
        }
        return step.pointee.attempts < step.pointee.retries
    }

    mutating func scheduleRetry(_ step: UnsafeMutablePointer<Step>) {
        let doublings = UInt64(min(step.pointee.attempts, 10))
        step.pointee.attempts &+= 1
        step.pointee.counters.retried &+= 1
        let wait = min(step.pointee.backoff, 1 << 50) << doublings
        retryAt = clock.now &+ max(min(wait, step.pointee.backoff &* 1000), 1)
    }

    func reportFailure(
        _ step: UnsafeMutablePointer<Step>, _ result: Int32, at position: UInt64, text: String?
    ) {
        let told = step.pointee.failText.pointee == 0 ? nil : String(cString: step.pointee.failText)
        step.pointee.failText.pointee = 0
        let index = step.pointee.stage
        let replica = step.pointee.replica
        run._withUnsafeGuaranteedRef {
            $0.stageFailed(
                stage: Int(index), replica: Int(replica), position: position, result: result,
                text: text ?? told)
        }
    }

    mutating func copyFailed(_ result: Int32) {
        failed = true
        guard stepCount > 0 else {
            run._withUnsafeGuaranteedRef { $0.fail(.stageFailed, "copying elements failed") }
            return
        }
        let step = steps + (stepCount - 1)
        reportFailure(
            step, result, at: step.pointee.position, text: "its elements could not be copied")
    }

    mutating func growsInLoop(_ into: Int, _ consumed: Int) {
        failed = true
        let index = index
        run._withUnsafeGuaranteedRef {
            $0.fail(
                .cycle,
                "stage '\($0.plan.segments[index].name)' put \(into) elements into its cycle for "
                    + "\(consumed) it took out")
        }
    }

    // MARK: - Set-up and tear-down

    /// False: a set-up failed and the run with it.
    mutating func setUp() -> Bool {
        for i in 0..<stepCount {
            let step = steps + i
            if let setup = step.pointee.setup {
                let result = setup(UnsafeMutableRawPointer(step))
                if result != Status.ok.rawValue {
                    reportFailure(
                        step, result, at: 0,
                        text: step.pointee.failText.pointee == 0
                            ? "its set-up failed" : String(cString: step.pointee.failText))
                    return false
                }
            }
            step.pointee.isSetUp = true
        }
        phase = .running
        return true
    }

    mutating func tearDown() {
        for i in 0..<stepCount {
            let step = steps + i
            let wasSetUp = step.pointee.isSetUp
            step.pointee.isSetUp = false
            if wasSetUp { step.pointee.teardown?(UnsafeMutableRawPointer(step)) }
            if step.pointee.kind == .fold && step.pointee.foldStateIsLive {
                step.pointee.foldStateIsLive = false
                step.pointee.ports.pointee.destroy?(
                    step.pointee.foldState.unsafelyUnwrapped, 1,
                    step.pointee.ports.pointee.destroyUser)
            }
        }
    }
}
