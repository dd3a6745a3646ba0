public import CPenstock
import Glibc
import PenstockDataflow
import PenstockRuntime
import PenstockTelemetry
import PenstockTopology

private func unsupported(_ view: pst_view, _ format: pst_format) -> Failure {
    if view.rawValue > PST_VIEW_TIMELINE.rawValue {
        return Failure(.invalid, "view \(view.rawValue) is no pst_view")
    }
    if format.rawValue > PST_SVG.rawValue {
        return Failure(.invalid, "format \(format.rawValue) is no pst_format")
    }
    return Failure(.notSupported, "view \(view.rawValue) has no format \(format.rawValue) here")
}

/// What the header says of a graph's views; the same answer whether there is a run or not.
private func isDrawn(_ view: pst_view, _ format: pst_format) -> Bool {
    switch view {
    case PST_VIEW_GRAPH, PST_VIEW_PLAN: format.rawValue <= PST_SVG.rawValue
    case PST_VIEW_STATS: format == PST_TEXT || format == PST_JSON
    case PST_VIEW_STALL: format == PST_TEXT
    case PST_VIEW_TIMELINE: format == PST_SVG || format == PST_JSON
    default: false
    }
}

private func render(
    _ it: GraphHandle, _ view: pst_view, _ format: pst_format
) throws(Failure) -> String {
    guard isDrawn(view, format) else { throw unsupported(view, format) }
    let graph = it.graph
    let noRun = Failure(.badState, "\(graph.name): this view needs a run; start the graph first")
    switch view {
    case PST_VIEW_GRAPH:
        let picture = graph.run?.picture ?? graph.description.picture
        switch format {
        case PST_TEXT: return picture.mermaid()
        case PST_JSON: return picture.json()
        case PST_DOT: return picture.dot()
        case PST_SVG: return picture.svg()
        default: throw unsupported(view, format)
        }
    case PST_VIEW_PLAN:
        guard let run = graph.run, let placement = run.placement else { throw noRun }
        let applied = run.appliedBindings
        switch format {
        case PST_TEXT: return placement.text(applied: applied)
        case PST_JSON: return placement.json(applied: applied)
        case PST_DOT: return placement.dot(applied: applied)
        case PST_SVG: return placement.svg(applied: applied)
        default: throw unsupported(view, format)
        }
    case PST_VIEW_STATS:
        guard let run = graph.run else { throw noRun }
        switch format {
        case PST_TEXT: return run.statsTable.text()
        case PST_JSON: return run.statsTable.json()
        default: throw unsupported(view, format)
        }
    case PST_VIEW_STALL:
        guard let run = graph.run else { throw noRun }
        return run.stallReport()
    case PST_VIEW_TIMELINE:
        guard let run = graph.run else { throw noRun }
        guard let timeline = run.timeline else {
            throw Failure(
                .badState,
                "\(graph.name): the timeline needs an engine with trace_capacity and a run that has "
                    + "ended")
        }
        return format == PST_SVG ? timeline.svg() : timeline.chromeTrace()
    default: throw unsupported(view, format)
    }
}

/// A copy for the caller, from the allocator that pst_text_free gives it back to.
func give(_ text: String, to out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>)
    throws(Failure)
{
    guard let copy = strdup(text) else { throw Failure(.noMemory, "no memory for a text") }
    out.pointee = copy
}

@c @implementation
public func pst_engine_render(
    _ handle: OpaquePointer!, _ view: pst_view, _ format: pst_format,
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let engine = try engine(handle)
        let out = try required(out, "text")
        guard view == PST_VIEW_TOPOLOGY else { throw unsupported(view, format) }
        switch format {
        case PST_TEXT: try give("\(engine.machine)\n\(engine.capacity)\n", to: out)
        case PST_JSON: try give(engine.topologyJSON, to: out)
        default: throw unsupported(view, format)
        }
    }
}

@c @implementation
public func pst_graph_render(
    _ handle: OpaquePointer!, _ view: pst_view, _ format: pst_format,
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let out = try required(out, "text")
        try give(render(it, view, format), to: out)
    }
}

@c @implementation
public func pst_graph_save(
    _ handle: OpaquePointer!, _ view: pst_view, _ format: pst_format, _ path: UnsafePointer<CChar>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let path = try required(path, "path")
        let text = try render(it, view, format)
        let failure = { () -> Failure in
            let reason = String(cString: strerror(errno))
            return Failure(.system, "path '\(String(cString: path))' cannot be written: \(reason)")
        }
        guard let file = fopen(path, "w") else { throw failure() }
        let written = text.withCString { fputs($0, file) } >= 0
        if fclose(file) != 0 || !written { throw failure() }
    }
}

@c @implementation
public func pst_text_free(_ text: UnsafeMutablePointer<CChar>!) { free(text) }
