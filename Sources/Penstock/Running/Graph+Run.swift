import PenstockDataflow
import PenstockRuntime

extension Graph {
    /// Validates, compiles, places, runs, and returns when the graph has ended. Meanwhile the
    /// calling thread runs the stages that are `onHost()`. Throws the first mistake of the
    /// description, or how the run failed: `.stageFailed`, `.cancelled`, `.deadlock`, ….
    public func run(on engine: Engine) throws(PenstockError) {
        if let run = core.run, !run.hasEnded, CallbackMark.isInside(run) {
            throw PenstockError(
                .deadlock, "\(name): run from inside one of the graph's own closures")
        }
        try start(on: engine)
        try finish(.max)
    }

    /// Starts a run and returns. It keeps the engine until it has been waited for.
    public func start(on engine: Engine) throws(PenstockError) {
        do throws(Failure) {
            if core.run?.hasEnded ?? true { contents.forgetErrors() }
            try core.start(on: engine.core)
        } catch {
            throw translated(error)
        }
        contents.hold(engine)
        for drain in contents.drains { drain.runHasStarted() }
        contents.keep(contents.sequenceFeeds.map { $0.begin(core, contents) })
    }

    /// Waits for the end of the run, at most so long, and throws how it failed; `.timedOut` when it
    /// goes on, `.badState` when it was never started. Meanwhile the calling thread runs the stages
    /// that are `onHost()`. One thread at a time where there are such stages.
    public func wait(timeout: Duration? = nil) throws(PenstockError) {
        try finish(timeout?.wholeNanoseconds ?? .max)
    }

    func finish(_ nanoseconds: UInt64) throws(PenstockError) {
        do throws(Failure) {
            try core.wait(nanoseconds: nanoseconds)
            runHasEnded()
        } catch {
            if core.run?.hasEnded ?? true { runHasEnded() }
            throw translated(error)
        }
    }

    private func runHasEnded() {
        contents.stopFeeders()
        contents.hold(nil)
    }

    /// Runs stages that are `onHost()` for up to `budget`, without waiting for anything. True while
    /// the run goes on; `wait` says how it ended.
    public func poll(budget: Duration) throws(PenstockError) -> Bool {
        do throws(Failure) {
            return try core.poll(nanoseconds: budget.wholeNanoseconds)
        } catch {
            throw translated(error)
        }
    }

    /// Asks the run to stop now: every stage is woken, elements under way are released. Returns at
    /// once; the run then ends with `.cancelled`. Any thread, also from closures. Does nothing when
    /// nothing runs.
    public func cancel() { try? core.cancel() }

    /// Stages finish the span they are in, then rest.
    public func pause() throws(PenstockError) {
        try translating { () throws(Failure) in try core.pause(true) }
    }

    /// Lets them go on.
    public func resume() throws(PenstockError) {
        try translating { () throws(Failure) in try core.pause(false) }
    }

    /// Tells a source that had nothing to look again. Any thread.
    public func wake(_ source: some StageHandle) throws(PenstockError) {
        try translating { () throws(Failure) in try core.wake(stage: source.stageIndex) }
    }

    /// After a run: takes the measured time per element of each stage as its cost, so that the next
    /// run is fused and placed by measurement.
    public func learn() throws(PenstockError) {
        try translating { () throws(Failure) in try core.learn() }
    }

    /// Where a run is.
    public enum State: Sendable {
        case idle
        case running
        case paused
        /// Failed or cancelled; closures are returning.
        case stopping
        case ended
    }

    public var state: State {
        guard let run = core.run else { return .idle }
        if run.hasEnded { return .ended }
        if run.isStopping { return .stopping }
        return run.isPaused ? .paused : .running
    }

    /// How many elements have arrived at sinks in the current or last run.
    public var elementsAtSinks: UInt64 { core.run?.elementsAtSinks ?? 0 }

    /// With the stage's name and the error that its closure threw.
    func translated(_ failure: Failure) -> PenstockError {
        guard let site = failure.site, core.description.stages.indices.contains(site.stage) else {
            return PenstockError(failure)
        }
        let spec = core.description.stages[site.stage]
        var underlying = contents.boxes[site.stage]?.error(replica: site.replica)
        if underlying is StageFault { underlying = nil }
        if case .feed = spec.kind { underlying = contents.feedError(site.stage) }
        return PenstockError(
            PenstockError.Code(failure.status), failure.text, stage: spec.name,
            replica: site.replica, element: site.position, underlying: underlying)
    }
}
