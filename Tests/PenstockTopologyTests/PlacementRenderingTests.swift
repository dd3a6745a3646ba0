import PenstockTopology
import Testing

@Suite struct PlacementRenderingTests {
    private static let nasty =
        "a \"b\" <c> & \\d\n\te\u{1}'f' " + String(repeating: "漢字", count: 9)

    private func plan(_ machine: Machine) -> Placement {
        let tasks = [
            TaskRequest(name: Self.nasty, load: 0.5), TaskRequest(name: "read", kind: .blocking),
            TaskRequest(name: "python", kind: .host),
            TaskRequest(name: String(repeating: "long", count: 40), load: 0.8, on: "L7:<0>"),
        ]
        let edges = [EdgeRequest(from: 1, to: 0), EdgeRequest(from: 0, to: 3, traffic: 1e8)]
        return Placement.plan(
            PlacementRequest(tasks: tasks, edges: edges), machine: machine,
            capacity: .all(of: machine))
    }

    @Test func textIsAnAlignedTable() throws {
        let plan = plan(Fixtures.machines[0])
        let lines = plan.text().split(separator: "\n").map(String.init)
        #expect(lines[0] == plan.capacity.description)
        #expect(lines[1].hasPrefix("thread ") && lines[1].hasSuffix("why"))
        #expect(lines.count == 2 + plan.workers.count + 1 + 1 + 1 + plan.warnings.count)
        #expect(lines.filter { $0.contains("planned, not applied") }.count == 3)
        #expect(lines.contains { $0.contains("host: python") })
    }

    @Test func appliedStandsBesidePlanned() throws {
        let machine = try Machine.load(.live)
        let plan = plan(machine)
        let bindings = plan.workers.map(\.binding) + plan.blockingThreads.map(\.binding)
        var applied = bindings.map { AppliedBinding(planned: $0, actual: $0, lastProcessor: 0) }
        #expect(!plan.text(applied: applied).contains("not applied"))
        #expect(plan.json(applied: applied).contains("\"asPlanned\":true"))
        applied[0] = AppliedBinding(
            planned: bindings[0], actual: ProcessorSet([0, 1, 2]), errorCode: 22)
        #expect(plan.text(applied: applied).contains("failed: Invalid argument"))
        #expect(plan.json(applied: applied).contains("\"asPlanned\":false"))
        // Fewer than threads: the rest was not applied.
        #expect(plan.text(applied: [applied[0]]).contains("planned, not applied"))
    }

    @Test func jsonParses() {
        for machine in Fixtures.machines {
            let keys = JSONChecker.keys(of: plan(machine).json())
            #expect(keys?.isSuperset(of: ["threads", "tasks", "objective", "planned"]) == true)
        }
        #expect(JSONChecker.keys(of: "{\"a\":[1,2,]}") == nil)
    }

    @Test func dotQuotesNames() {
        let text = plan(Fixtures.machines[0]).dot()
        #expect(text.hasPrefix("digraph placement {") && text.hasSuffix("}\n"))
        #expect(text.contains("a \\\"b\\\" <c> & \\\\d"))
        #expect(text.contains("t0 -> t3"))
    }

    @Test func svgTextStaysInItsBox() throws {
        for machine in Fixtures.machines + Fixtures.realMachines.map(\.machine) {
            let text = plan(machine).svg()
            #expect(text.contains("a &quot;b&quot; &lt;c&gt; &amp; \\d"))
            for line in text.split(separator: "\n") where line.hasPrefix("<g>") {
                let x = try #require(number("rect x=\"", line))
                let width = try #require(number(" width=\"", line))
                for piece in line.components(after: "<text ") {
                    let start = try #require(number("x=\"", piece))
                    let words = String(piece.prefix { $0 != "/" }.split(separator: ">").last ?? "")
                        .dropLast()
                    // 6.7 is a little more than a character of 11 px monospace.
                    let shown = words.reduce(0) { $0 + ($1 >= "\u{1100}" && $1 != "…" ? 2 : 1) }
                    let entities = words.filter { $0 == ";" }.count
                    let length = Double(shown - entities * 4) * 6.7
                    #expect(start + length <= x + width + 1, "\(words)")
                }
            }
        }
    }

    private func number(_ mark: String, _ text: Substring) -> Double? {
        text.components(after: mark).first.flatMap { Double($0.prefix { $0 != "\"" }) }
    }
}

extension Substring {
    /// What follows each occurrence of a mark, up to the next one.
    fileprivate func components(after mark: String) -> [Substring] {
        var result: [Substring] = []
        var rest = self
        var start: Substring.Index?
        while !rest.isEmpty {
            if rest.hasPrefix(mark) {
                if let start { result.append(self[start..<rest.startIndex]) }
                rest = rest.dropFirst(mark.count)
                start = rest.startIndex
            } else {
                rest = rest.dropFirst()
            }
        }
        if let start { result.append(self[start...]) }
        return result
    }
}
