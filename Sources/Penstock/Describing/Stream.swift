/// The elements that one output port of a stage gives: what the next stages take.
///
/// A handle; copying it copies nothing. A stream that feeds several stages gives each of them every
/// element, unless `divided(_:)` says otherwise.
public struct Stream<Element: Sendable>: Sendable {
    public let graph: Graph
    /// The number of the stage in its graph; -1 after a mistake in the description.
    public let stageIndex: Int
    @usableFromInline let port: Int

    @usableFromInline init(graph: Graph, stage: Int, port: Int = 0) {
        self.graph = graph
        stageIndex = stage
        self.port = port
    }

    var erased: AnyStream {
        AnyStream(graph: graph, stage: stageIndex, port: port, type: Element.self)
    }
}

/// A stage that ends a stream.
public struct Sink: Sendable {
    public let graph: Graph
    /// The number of the stage in its graph; -1 after a mistake in the description.
    public let stageIndex: Int

    @usableFromInline init(graph: Graph, stage: Int) {
        self.graph = graph
        stageIndex = stage
    }
}
