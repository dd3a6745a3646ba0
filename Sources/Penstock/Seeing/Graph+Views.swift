import Glibc
import PenstockDataflow
import PenstockRuntime
import PenstockTelemetry
import PenstockTopology

/// What can be shown of a graph.
public enum View: Sendable, Hashable {
    /// Which thread runs what on which core, and why: planned and applied. Text, JSON, DOT, SVG.
    case plan
    /// Stages, edges and placement. Text (Mermaid), JSON, DOT, SVG.
    case graph
    /// Statistics per stage. Text, JSON.
    case stats
    /// Who waits for whom, and the stage or cycle everybody waits for. Text.
    case stall
    /// Which stage ran when on which thread; needs an engine with a trace and a run that has ended.
    /// SVG, JSON (Chrome trace events, for Perfetto).
    case timeline
}

/// How it is shown.
public enum Format: String, Sendable, Hashable {
    case text, json, dot, svg
}

extension Graph {
    /// Shows something of the graph. Throws `.notSupported` when there is no such form, and
    /// `.badState` when the view needs a run (all but `.graph` do).
    public func render(_ view: View, as format: Format = .text) throws(PenstockError) -> String {
        switch (view, format) {
        case (.graph, _):
            let picture = core.run?.picture ?? core.description.picture
            return switch format {
            case .text: picture.mermaid()
            case .json: picture.json()
            case .dot: picture.dot()
            case .svg: picture.svg()
            }
        case (.plan, _):
            let run = try aRun()
            guard let placement = run.placement else { throw noRun }
            let applied = run.appliedBindings
            return switch format {
            case .text: placement.text(applied: applied)
            case .json: placement.json(applied: applied)
            case .dot: placement.dot(applied: applied)
            case .svg: placement.svg(applied: applied)
            }
        case (.stats, .text): return try aRun().statsTable.text()
        case (.stats, .json): return try aRun().statsTable.json()
        case (.stall, .text): return try aRun().stallReport()
        case (.timeline, .svg): return try aTimeline().svg()
        case (.timeline, .json): return try aTimeline().chromeTrace()
        default: throw PenstockError(.notSupported, "\(name): no \(view) as \(format.rawValue)")
        }
    }

    /// The same into a file, which is replaced. Throws also `.system`.
    public func save(_ view: View, as format: Format, to path: String) throws(PenstockError) {
        let text = try render(view, as: format)
        guard let file = fopen(path, "w") else { throw PenstockError(writing: path) }
        let isWritten = fputs(text, file) >= 0
        if fclose(file) != 0 || !isWritten { throw PenstockError(writing: path) }
    }

    /// The plan as text; empty before the first run.
    public var plan: String { (try? render(.plan)) ?? "" }

    /// Who waits for whom, and the stage or cycle everybody waits for. Looked at while it runs, so
    /// a hint rather than a proof; exact when nothing moves.
    public var stallReport: String { (try? render(.stall)) ?? "the graph was never started" }

    /// A picture of the stages, the edges and, once it has run, the placement.
    public func svg() -> String { (try? render(.graph, as: .svg)) ?? "" }

    /// A picture of which stage ran when on which thread.
    public func timeline() throws(PenstockError) -> String { try render(.timeline, as: .svg) }

    private func aRun() throws(PenstockError) -> Run {
        if let run = core.run { return run }
        throw noRun
    }

    private var noRun: PenstockError {
        PenstockError(.badState, "\(name): this view needs a run; start the graph first")
    }

    private func aTimeline() throws(PenstockError) -> Timeline {
        if let timeline = try aRun().timeline { return timeline }
        throw PenstockError(
            .badState,
            "\(name): the timeline needs an engine with a trace and a run that has ended")
    }
}

extension PenstockError {
    fileprivate init(writing path: String) {
        self.init(.system, "cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
}

extension Engine {
    /// The machine and what this process may use of it, as text.
    public var topology: String { "\(core.machine)\n\(core.capacity)\n" }
}
