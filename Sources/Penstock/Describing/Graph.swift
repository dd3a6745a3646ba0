import PenstockDataflow
import PenstockRuntime

/// A graph of stages, and the run it is in or was in last.
///
/// One thread at a time describes a graph, and not while it runs. Running, waiting and looking at
/// it are for any thread. A graph may run again and again, one run at a time. When the last
/// reference goes while it runs, it is cancelled; streams and sinks hold a reference, closures of
/// its own stages must not.
public final class Graph: Sendable {
    let core: PenstockDataflow.Graph
    let contents = GraphContents()

    /// An empty graph. The name stands in errors and pictures.
    public init(_ name: String) { core = PenstockDataflow.Graph(name: name) }

    deinit {
        contents.stopFeeders()
        do { try core.shutDown() } catch {
            // From inside a callback of its own run: the engine still needs it.
            _ = Unmanaged.passRetained(core)
        }
    }

    public var name: String { core.name }

    /// Checks the description: every port connected, cycles closed, no fork and ordered merge that
    /// could deadlock with the given capacities. Throws the first mistake, also of earlier calls.
    public func validate() throws(PenstockError) {
        try translating { () throws(Failure) in try core.description.validate() }
    }

    // MARK: - Adding stages

    /// What a stage does, as far as the engine is concerned.
    @usableFromInline enum StageShape {
        case source
        case map
        case filter
        case process
        case sink

        var kind: StageKind {
            switch self {
            case .source: .source(sourceTrampoline)
            case .map: .map(mapTrampoline)
            case .filter: .filter(filterTrampoline)
            case .process: .process(consumeTrampoline)
            case .sink: .sink(consumeTrampoline)
            }
        }
    }

    /// Adds a stage with a span loop. Its number, or -1 after a mistake.
    func add(
        _ shape: StageShape, label: String, inputs: [AnyStream], outputs: [PortType],
        box: StageBox, configure: (inout StageOptions) -> Void = { _ in }
    ) -> Int {
        box.operations = outputs.compactMap(\.operations)
        let stage = add(
            shape.kind, label: label, inputs: inputs, outputs: outputs,
            user: Unmanaged.passUnretained(box).toOpaque(), keepAlive: box)
        guard stage >= 0 else { return -1 }
        contents.boxes[stage] = box
        var options = StageOptions()
        if box.begin != nil {
            options.setup = setupTrampoline
            options.teardown = teardownTrampoline
        }
        if box.finish != nil { options.finish = finishTrampoline }
        configure(&options)
        core.description.configure(stage, options)
        return stage
    }

    func add(
        _ kind: StageKind, label: String, inputs: [AnyStream], outputs: [PortType],
        user: UnsafeMutableRawPointer? = nil, keepAlive: AnyObject? = nil
    ) -> Int {
        let description = core.description
        if let run = core.run, !run.hasEnded {
            description.fail(.busy, "a \(label) is added while the graph runs")
        }
        if inputs.contains(where: { $0.graph !== self }) {
            description.fail(.badHandle, "a \(label) takes from a stream of another graph")
        }
        let ports = inputs.map { Description.Port(stage: $0.stage, port: $0.port) }
        let stage = description.add(
            kind, name: uniqueName(label), inputs: ports, outputs: outputs.map(\.type), user: user,
            keepAlive: keepAlive, label: label)
        guard let stage else { return -1 }
        contents.inputTypes[stage] = inputs.first?.type
        for port in ports { isolate(port, stage) }
        return stage
    }

    private func uniqueName(_ label: String) -> String {
        let taken = Set(core.description.stages.map(\.name))
        if !taken.contains(label) { return label }
        var number = 2
        while taken.contains("\(label) \(number)") { number += 1 }
        return "\(label) \(number)"
    }

    /// A channel between the two if either is to be a task of its own.
    private func isolate(_ port: Description.Port, _ stage: Int) {
        guard contents.unfused.contains(port.stage) || contents.unfused.contains(stage) else {
            return
        }
        core.description.configureEdge(from: port, to: stage, capacity: 0, neverFuse: true)
    }

    // MARK: - Settings

    func configure(_ stage: Int, _ change: (inout StageOptions) -> Void) {
        guard core.description.stages.indices.contains(stage) else { return }
        var options = core.description.stages[stage].options
        change(&options)
        if options.replicas > 1 && contents.folds.contains(stage) {
            let name = core.description.stages[stage].name
            core.description.fail(.invalid, "stage '\(name)': a fold cannot have replicas")
        }
        core.description.configure(stage, options)
    }

    func unfuse(_ stage: Int) {
        let description = core.description
        guard description.stages.indices.contains(stage) else { return }
        contents.unfused.insert(stage)
        for edge in description.edges where edge.from == stage || edge.to == stage {
            isolate(.init(stage: edge.from, port: edge.port), edge.to)
        }
    }
}

/// A port's element type and what keeps its operations alive.
struct PortType {
    let type: ElementType
    let operations: ElementOperations?

    init<Element>(_: Element.Type) {
        (type, operations) = ElementOperations.elementType(Element.self)
    }
}

/// One end of an edge, whatever its elements are.
struct AnyStream {
    let graph: Graph
    let stage: Int
    let port: Int
    let type: any Any.Type
}
