import PenstockDataflow
import PenstockRuntime
import PenstockTopology
import Testing

private let byte = ElementType(size: 1, alignment: 1, name: "uint8_t")
private let endAtOnce: SourceFunction = { _, _, _, count in
    count!.pointee = 0
    return Status.end.rawValue
}
private let swallowAll: SinkFunction = { _, _, _ in Status.ok.rawValue }

@Suite struct PlaceTests {
    private func run(on place: String) throws {
        var options = EngineOptions()
        options.topology = .synthetic("package:2 l3:2 core:4 pu:2")
        let engine = try Engine(options)
        defer { engine.stop() }
        let graph = Graph(name: "places")
        let source = graph.description.add(
            .source(endAtOnce), name: "source", inputs: [], outputs: [byte], user: nil)!
        _ = graph.description.add(
            .sink(swallowAll), name: "sink", inputs: [.init(stage: source, port: 0)], outputs: [],
            user: nil)
        var placed = StageOptions()
        placed.on = place
        graph.description.configure(source, placed)
        try graph.run(on: engine)
        try graph.shutDown()
    }

    @Test(arguments: ["L3:3", "core:15", "package:1", "numa:0"])
    func placesOfTheMachine(place: String) throws { try run(on: place) }

    @Test(arguments: ["L3:4", "core:16", "shelf:1", "L3", "L3:-1", "L3:x", ":"])
    func placesItDoesNotHave(place: String) {
        let failure = #expect(throws: Failure.self) { try run(on: place) }
        #expect(failure?.status == .invalid)
        #expect(failure?.text.contains("'source'") == true)
        #expect(failure?.text.contains("'\(place)'") == true)
    }
}
