@preconcurrency import Glibc
import Penstock
import Synchronization

/// The line that tells how far training is. Its sink runs on the thread that waits for the graph.
final class Progress: Sendable {
    private struct State {
        var total = Metrics(epoch: 0)
        var rows = 0
        var printed = ContinuousClock.now
    }

    private let epochs: Int
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(_ epochs: Int) { self.epochs = epochs }

    func add(_ metrics: Metrics) {
        state.withLock { state in
            if metrics.epoch != state.total.epoch { state.total = Metrics(epoch: metrics.epoch) }
            state.total.samples += metrics.samples
            state.total.correct += metrics.correct
            state.total.loss += metrics.loss
            state.rows += metrics.samples
            let now = ContinuousClock.now
            guard now - state.printed > .milliseconds(100) else { return }
            state.printed = now
            show(state, now)
        }
    }

    /// The last line.
    func end() {
        state.withLock { show($0, .now) }
        fputs("\n", stderr)
    }

    private func show(_ state: State, _ now: ContinuousClock.Instant) {
        let rate = Double(state.rows) / ((now - start) / .seconds(1))
        let samples = Float(state.total.samples)
        let loss = (state.total.loss / samples * 10_000).rounded() / 10_000
        let right = (Float(state.total.correct) / samples * 1000).rounded() / 10
        fputs(
            "\repoch \(state.total.epoch + 1) of \(epochs)  \(Int(rate)) rows/s  loss \(loss)  "
                + "right \(right) %   ", stderr)
    }
}

/// What the engine says of the machine, the placement and the stages; and two pictures.
func report(_ graph: Graph, _ engine: Engine) throws {
    print("\nThe machine\n\(engine.topology)")
    print("\nThe threads, and why they are there\n\(graph.plan)")
    print("The stages\n\(try graph.render(.stats))")
    mkdir("out", 0o777)
    try graph.save(.graph, as: .svg, to: "out/graph-swift.svg")
    try graph.save(.timeline, as: .svg, to: "out/timeline-swift.svg")
    print("out/graph-swift.svg\nout/timeline-swift.svg")
}
