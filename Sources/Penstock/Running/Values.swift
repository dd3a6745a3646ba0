import PenstockDataflow
import PenstockRuntime

extension Stream {
    /// Ends the stream: the elements as an asynchronous sequence, for a task outside of the graph.
    /// While it does not take them, the graph waits.
    ///
    ///     let results = graph.source(requests).map(answer).values()
    ///     async let run: Void = graph.run(on: engine)
    ///     for try await result in results { … }
    ///     try await run
    ///
    /// An iteration is over one run, the one under way or else the next, and ends with it. It
    /// throws how the run failed. Cancelling the task that iterates cancels the run. One task at a
    /// time iterates.
    public func values() -> Values<Element> {
        let drain = Drain<Element>(graph.core)
        let stage = graph.add(
            .drain, label: "values", inputs: [erased], outputs: [], keepAlive: drain.gate)
        drain.stage = stage
        if stage >= 0 {
            graph.core.description.setNotice(stage, drain.gate.notice)
            graph.contents.drains.append(drain)
        }
        return Values(graph: graph, drain: drain)
    }
}

/// What leaves a graph, one element after the other.
public struct Values<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = PenstockError

    let graph: Graph
    let drain: Drain<Element>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(graph: graph, drain: drain, run: drain.nextRun)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let graph: Graph
        let drain: Drain<Element>
        let run: Int

        /// The next element, or nil when the run has ended.
        public mutating func next() async throws(PenstockError) -> Element? {
            try await next(isolation: nil)
        }

        public mutating func next(
            isolation: isolated (any Actor)?
        ) async throws(PenstockError) -> Element? {
            while true {
                if _Concurrency.Task.isCancelled { graph.cancel() }
                switch drain.take(run) {
                case .element(let element): return element
                case .end: return nil
                case .failure(let failure): throw graph.translated(failure)
                case .nothing: break
                }
                if _Concurrency.Task.isCancelled {
                    throw PenstockError(.cancelled, "\(graph.name): the run was cancelled")
                }
                let (drain, run) = (drain, run)
                await drain.gate.wait { drain.isReady(run) }
            }
        }
    }

    /// Gives the stage a name of its own.
    @discardableResult public func named(_ name: String) -> Self {
        graph.core.description.rename(drain.stage, name)
        return self
    }

    /// How many elements may wait to be taken.
    @discardableResult public func capacity(_ elements: Int) -> Self {
        graph.configure(drain.stage) { $0.capacity = elements }
        return self
    }
}

protocol DrainReading: AnyObject, Sendable {
    func runHasStarted()
}

/// The host's side of a drain: takes elements out in small spans and hands them over one by one.
final class Drain<Element: Sendable>: DrainReading, @unchecked Sendable {
    private let core: PenstockDataflow.Graph
    let gate = HostGate()
    /// Set before the graph runs.
    var stage = -1

    private let lock = Lock()
    private let buffer: UnsafeMutablePointer<Element>  // guard: lock
    private var next = 0  // guard: lock
    private var count = 0  // guard: lock
    private var started = 0  // runs; guard: lock
    private var ended = 0  // the last run of which the end was handed over; guard: lock

    private static var capacity: Int { 32 }

    init(_ core: PenstockDataflow.Graph) {
        self.core = core
        buffer = .allocate(capacity: Drain.capacity)
    }

    deinit {
        clear()
        buffer.deallocate()
    }

    private func clear() {
        (buffer + next).deinitialize(count: count - next)
        next = 0
        count = 0
    }

    func runHasStarted() {
        lock.withLock {
            clear()
            started += 1
        }
        gate.open()
    }

    /// The run that a new iteration is over.
    var nextRun: Int { lock.withLock { started > ended ? started : started + 1 } }

    enum Taken {
        case element(Element)
        case end
        case failure(Failure)
        case nothing
    }

    func take(_ run: Int) -> Taken {
        lock.withLock {
            if started < run { return .nothing }
            if started > run || ended >= run { return .end }
            if next == count {
                do throws(Failure) {
                    next = 0
                    count = 0
                    count = try core.pull(
                        stage: stage, buffer, Drain.capacity, nanoseconds: 0)
                } catch {
                    if error.status == .again { return .nothing }
                    return over(run, error)
                }
            }
            let element = (buffer + next).move()
            next += 1
            return .element(element)
        }
    }

    /// Under the lock.
    private func over(_ run: Int, _ failure: Failure) -> Taken {
        ended = run
        if failure.status != .end { return .failure(failure) }
        // The drain may be over a moment before the run says how it failed.
        if let outcome = core.run?.outcome { return .failure(outcome) }
        return .end
    }

    func isReady(_ run: Int) -> Bool {
        if lock.withLock({ started < run }) { return false }
        return (try? core.awaitHostEdge(stage: stage, isFeed: false)) ?? true
    }
}
