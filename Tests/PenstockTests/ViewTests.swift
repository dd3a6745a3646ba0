import Glibc
import Penstock
import Testing

@Suite struct ViewTests {
    private func graph() -> Graph {
        let graph = Graph("views")
        graph.source(0..<1000).named("numbers").map { "\($0)" }.named("texts").replicas(2)
            .unfused().sink { _ in }.named("nowhere")
        return graph
    }

    @Test func beforeARun() throws {
        let graph = graph()
        #expect(graph.svg().hasPrefix("<svg") || graph.svg().hasPrefix("<?xml"))
        #expect(try graph.render(.graph, as: .dot).contains("texts"))
        #expect(graph.plan.isEmpty)
        #expect(graph.stats.isEmpty)
        #expect(failure { _ = try graph.render(.stats) }?.code == .badState)
        #expect(failure { _ = try graph.render(.plan) }?.code == .badState)
        #expect(failure { _ = try graph.timeline() }?.code == .badState)
    }

    @Test func afterARun() throws {
        let graph = graph()
        let engine = try Engine(EngineOptions(trace: 1000))
        try graph.run(on: engine)
        for (view, formats) in [
            (View.graph, [Format.text, .json, .dot, .svg]), (.plan, [.text, .json, .dot, .svg]),
            (.stats, [.text, .json]), (.stall, [.text]), (.timeline, [.svg, .json]),
        ] {
            for format in [Format.text, .json, .dot, .svg] {
                if formats.contains(format) {
                    #expect(try !graph.render(view, as: format).isEmpty)
                } else {
                    #expect(
                        failure { _ = try graph.render(view, as: format) }?.code == .notSupported)
                }
            }
        }
        #expect(graph.plan.contains("texts"))
        #expect(try graph.render(.stats).contains("nowhere"))
        #expect(graph.stallReport == "the run has ended")
        #expect(graph.stats.map(\.elementsIn) == [0, 1000, 1000])
        #expect(graph.stats.map(\.elementsOut) == [1000, 1000, 0])
        #expect(!engine.topology.isEmpty)
    }

    @Test func files() throws {
        let graph = graph()
        try graph.run(on: Engine(EngineOptions(trace: 100)))
        let path = "/tmp/penstock-view-\(getpid()).svg"
        defer { unlink(path) }
        try graph.save(.timeline, as: .svg, to: path)
        #expect(access(path, R_OK) == 0)
        #expect(
            failure { try graph.save(.graph, as: .svg, to: "/no/such/folder/x") }?.code == .system)
    }
}
