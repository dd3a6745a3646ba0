import CPenstockPlatform
import Glibc
package import PenstockRuntime
import PenstockTopology

/// A graph: its description and the run it is in or was in last. Any thread may call it, except
/// that one thread at a time describes.
package final class Graph: Engine.Work, @unchecked Sendable {
    package let description: Description
    private let lock = Lock()
    private var current: Run?  // guard: lock
    /// The fork generation of the thread that is starting it: in a child that thread is gone.
    private var starting: UInt32?  // guard: lock
    private var isDestroyed = false  // guard: lock
    private let hostLock = Lock()

    package init(name: String) { description = Description(name: name) }

    package var name: String { description.name }

    /// The run it is in or was in last.
    package var run: Run? { lock.withLock { current } }

    private func theRun() throws(Failure) -> Run {
        guard let run else { throw Failure(.badState, "\(name): the graph was never started") }
        if run.engine.isForeign {
            throw Failure(
                .forked,
                "\(name): the graph was started before fork(); it does not run in the child")
        }
        return run
    }

    // MARK: - Start

    /// Under the lock.
    private var isStarting: Bool { starting == pstp_fork_generation() }

    package func start(on engine: Engine) throws(Failure) {
        if engine.isForeign {
            throw Failure(
                .forked, "\(name): the engine was created before fork(); create one in the child")
        }
        let previous = try lock.withLock { () throws(Failure) -> Run? in
            if isDestroyed { throw Failure(.badHandle, "\(name): the graph is being destroyed") }
            if isStarting || (current.map { !$0.hasEnded } ?? false) {
                throw Failure(.busy, "\(name): the graph is running already")
            }
            starting = pstp_fork_generation()
            return current
        }
        defer { lock.withLock { starting = nil } }
        try description.validate()
        try checkPlaces(engine.machine)
        try engine.add(self)
        previous?.reap()
        previous?.discardLeftovers()
        let frozen = description.frozen()
        let plan = Compiler.compile(frozen, workers: engine.workerLimit)
        let placement = Placement.plan(
            plan.placementRequest(frozen, engine), machine: engine.machine,
            capacity: engine.capacity)
        let run = try RunBuilder.build(frozen, plan, placement, engine)
        do {
            try run.takeWorkers()
        } catch {
            run.reap()
            throw error
        }
        lock.withLock { current = run }
        for stage in frozen.stages { stage.builtIn?.begin?() }
        run.begin()
    }

    package func run(on engine: Engine) throws(Failure) {
        // Also of another graph: the callback may keep the very worker busy that this one needs.
        if CallbackMark.isInsideAny {
            throw Failure(.deadlock, "\(name): run from inside a callback; start it there instead")
        }
        try start(on: engine)
        try wait(nanoseconds: .max)
    }

    /// A place that the machine does not have is a mistake; one that this process may not use is
    /// left to the planner, which says so.
    private func checkPlaces(_ machine: Machine) throws(Failure) {
        for stage in description.stages {
            guard let place = stage.options.on else { continue }
            do {
                _ = try machine.processors(named: place)
            } catch {
                throw Failure(.invalid, "\(name): stage '\(stage.name)': on: \(error.description)")
            }
        }
    }

    // MARK: - Wait

    /// Is the calling thread one of those that run the graph?
    private func insideOwnCallback(_ run: Run) -> Bool {
        CallbackMark.isInside(run)
    }

    /// Waits for the end, meanwhile running host stages; throws how the run failed, or `.timedOut`.
    package func wait(nanoseconds: UInt64) throws(Failure) {
        let run = try theRun()
        if !run.hasEnded {
            if insideOwnCallback(run) {
                throw Failure(
                    .deadlock, "\(name): wait from inside one of the graph's own callbacks")
            }
            try waitForEnd(run, nanoseconds)
        }
        run.reap()
        if let failure = run.outcome { throw failure }
    }

    private func waitForEnd(_ run: Run, _ nanoseconds: UInt64) throws(Failure) {
        let timedOut = Failure(.timedOut, "\(name): the run has not ended yet")
        if let simulation = run.engine.environment.simulation {
            let limit = deadline(simulation.now, nanoseconds)
            while !run.hasEnded {
                if try !SimulatedWait.step(simulation, run, until: limit) { throw timedOut }
            }
            return
        }
        let clock = run.engine.environment.clock
        let limit = deadline(clock.now, nanoseconds)
        if let host = run.hostWorker {
            try hostLock.withLock { () throws(Failure) in
                while !run.hasEnded {
                    let worked = CallbackMark.during(run) { host.poll(until: limit) }
                    if run.hasEnded { return }
                    if clock.now >= limit { throw timedOut }
                    if !worked {
                        CallbackMark.during(run) {
                            host.rest(until: limit, unless: { run.hasEnded })
                        }
                    }
                }
            }
            return
        }
        while !run.hasEnded {
            if limit == .max {
                run.control.waitForDone(nanoseconds: -1)
            } else {
                let now = clock.now
                if now >= limit { throw timedOut }
                run.control.waitForDone(nanoseconds: Int64(min(limit - now, 1 << 60)))
            }
        }
    }

    private func deadline(_ now: UInt64, _ nanoseconds: UInt64) -> UInt64 {
        let (sum, overflow) = now.addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }

    /// Runs host stages without waiting. True while the run goes on.
    package func poll(nanoseconds: UInt64) throws(Failure) -> Bool {
        let run = try theRun()
        if run.hasEnded { return false }
        if insideOwnCallback(run) {
            throw Failure(.deadlock, "\(name): poll from inside one of the graph's own callbacks")
        }
        let clock = run.engine.environment.clock
        if let simulation = run.engine.environment.simulation {
            let limit = deadline(simulation.now, nanoseconds)
            while !run.hasEnded && simulation.now < limit {
                if try !SimulatedWait.step(simulation, run, until: limit) { break }
            }
        } else if let host = run.hostWorker {
            let limit = deadline(clock.now, nanoseconds)
            hostLock.withLock { _ = CallbackMark.during(run) { host.poll(until: limit) } }
        }
        return !run.hasEnded
    }

    // MARK: - Control

    package func cancel() throws(Failure) {
        guard let run else { return }
        if run.engine.isForeign { _ = try theRun() }
        if !run.hasEnded { run.cancel() }
    }

    package func pause(_ on: Bool) throws(Failure) { try theRun().pause(on) }

    package func wake(stage: Int) throws(Failure) {
        guard description.stages.indices.contains(stage) else {
            throw Failure(.badHandle, "\(name): not a stage of this graph")
        }
        guard case .source = description.stages[stage].kind else {
            throw Failure(
                .invalid, "\(name): stage '\(description.stages[stage].name)' is not a source")
        }
        let run = try theRun()
        try checkPart(stage, of: run)
        run.wake(stage: stage)
    }

    /// A stage may have been described after the run began.
    private func checkPart(_ stage: Int, of run: Run) throws(Failure) {
        if run.description.stages.indices.contains(stage) { return }
        throw Failure(
            .badState,
            "\(name): stage '\(stageName(stage))' was described after the last start")
    }

    package func stats(of stage: Int) throws(Failure) -> StageStats {
        guard let run else { throw Failure(.badState, "\(name): the graph was never started") }
        try checkPart(stage, of: run)
        return run.stats(of: stage)
    }

    package func learn() throws(Failure) {
        let run = try theRun()
        if !run.hasEnded { throw Failure(.busy, "\(name): the graph is still running") }
        description.learn(costs: run.measuredCosts())
    }

    /// Before the handle goes away: ends a run, waits for it, frees its threads.
    package func shutDown() throws(Failure) {
        if let run {
            if run.engine.isForeign { return }
            if insideOwnCallback(run) {
                throw Failure(.deadlock, "\(name): destroyed from inside one of its own callbacks")
            }
        }
        lock.withLock { isDestroyed = true }
        waitWhileStarting()
        if let run {
            end(run)
            run.discardLeftovers()
        }
    }

    /// Another thread may be in the middle of `start`, which no one can cancel.
    private func waitWhileStarting() {
        while lock.withLock({ isStarting }) { usleep(50) }
    }

    private func end(_ run: Run) {
        if !run.hasEnded {
            run.cancel()
            try? wait(nanoseconds: .max)
        }
        run.reap()
    }

    // MARK: - Engine.Work

    package var isOver: Bool { lock.withLock { !isStarting && current?.hasEnded ?? true } }

    package func end(on engine: Engine) {
        waitWhileStarting()
        if let run, run.engine === engine { end(run) }
    }

    // MARK: - Host edges

    package func push(
        stage: Int, _ elements: UnsafeRawPointer, _ count: Int, nanoseconds: UInt64,
        pushed: inout Int
    ) throws(Failure) {
        let (run, edge) = try hostEdge(stage, isFeed: true)
        try occupied(edge) { () throws(Failure) in
            try transfer(run, edge, nanoseconds) { () throws(Failure) in
                let rest = elements + pushed * edge.ring.stride
                switch betweenSteps(run, { edge.push(rest, count - pushed) }) {
                case .moved(let n):
                    pushed += n
                    return pushed == count
                case .nothing: return false
                case .closed:
                    throw Failure(.closed, "\(name): feed '\(stageName(stage))' was closed")
                case .over: throw over(run, stage)
                }
            }
        }
    }

    package func close(stage: Int) throws(Failure) {
        let (run, edge) = try hostEdge(stage, isFeed: true)
        betweenSteps(run) { edge.close() }
    }

    /// Throws `.end` when the stream is over.
    package func pull(
        stage: Int, _ elements: UnsafeMutableRawPointer, _ capacity: Int, nanoseconds: UInt64
    ) throws(Failure) -> Int {
        let (run, edge) = try hostEdge(stage, isFeed: false)
        var count = 0
        try occupied(edge) { () throws(Failure) in
            try transfer(run, edge, nanoseconds) { () throws(Failure) in
                switch betweenSteps(run, { edge.pull(elements, capacity) }) {
                case .moved(let n):
                    count = n
                    return true
                case .nothing: return false
                case .closed, .over:
                    // A run that stops has its failure before it gives up its drains.
                    if let failure = run.outcome { throw failure }
                    throw Failure(.end, "\(name): drain '\(stageName(stage))' has ended")
                }
            }
        }
        return count
    }

    /// For a feed or drain with a notice: true when it has room or elements (or has ended), false
    /// when the notice will come for it. The notice may come in either case.
    package func awaitHostEdge(stage: Int, isFeed: Bool) throws(Failure) -> Bool {
        let (run, edge) = try hostEdge(stage, isFeed: isFeed)
        edge.waker.announce()
        guard run.hasEnded || edge.isReady else { return false }
        edge.waker.retract()
        return true
    }

    /// What a host thread does to a run. A simulation stands still meanwhile, so that it sees both
    /// what was done and the signal, or neither.
    private func betweenSteps<Result>(_ run: Run, _ body: () -> Result) -> Result {
        guard let simulation = run.engine.environment.simulation else { return body() }
        return simulation.exclusively(body)
    }

    private func stageName(_ stage: Int) -> String { description.stages[stage].name }

    private func over(_ run: Run, _ stage: Int) -> Failure {
        if let failure = run.outcome { return failure }
        return Failure(
            .closed, "\(name): nobody takes from feed '\(stageName(stage))' any more")
    }

    private func hostEdge(_ stage: Int, isFeed: Bool) throws(Failure) -> (Run, HostEdge) {
        guard description.stages.indices.contains(stage) else {
            throw Failure(.badHandle, "\(name): not a stage of this graph")
        }
        let run = try theRun()
        try checkPart(stage, of: run)
        guard let edge = run.hostEdges[stage], edge.isFeed == isFeed else {
            throw Failure(
                .invalid,
                "\(name): stage '\(stageName(stage))' is not a \(isFeed ? "feed" : "drain")")
        }
        return (run, edge)
    }

    private func occupied(_ edge: HostEdge, _ body: () throws(Failure) -> Void) throws(Failure) {
        guard edge.enter() else {
            throw Failure(
                .busy, "\(name): another thread is using '\(stageName(edge.stage))' at this moment")
        }
        defer { edge.leave() }
        try body()
    }

    /// Tries until it says it is done, sleeping in between.
    private func transfer(
        _ run: Run, _ edge: HostEdge, _ nanoseconds: UInt64,
        _ attempt: () throws(Failure) -> Bool
    ) throws(Failure) {
        if try attempt() { return }
        let again = Failure(
            nanoseconds == 0 ? .again : .timedOut,
            "\(name): '\(stageName(edge.stage))' is \(edge.isFeed ? "full" : "empty")")
        // From inside a step of a simulation nothing else happens while it waits.
        let mayStep = run.engine.environment.simulation.map { !$0.isOwned } ?? false
        if nanoseconds == 0 && !mayStep { throw again }
        if insideOwnCallback(run) {
            throw Failure(
                .deadlock, "\(name): waits for '\(stageName(edge.stage))' inside its own callback")
        }
        if let simulation = run.engine.environment.simulation {
            let limit = deadline(simulation.now, max(nanoseconds, 100_000))
            while true {
                let goesOn = try SimulatedWait.step(simulation, run, until: limit)
                if try attempt() { return }
                if !goesOn { throw again }
            }
        }
        let clock = run.engine.environment.clock
        let limit = deadline(clock.now, nanoseconds)
        while true {
            edge.waker.announce()
            if try attempt() {
                edge.waker.retract()
                return
            }
            let now = clock.now
            if now >= limit {
                edge.waker.retract()
                throw again
            }
            edge.waker.sleep(nanoseconds: limit == .max ? -1 : Int64(min(limit - now, 1 << 60)))
        }
    }
}
