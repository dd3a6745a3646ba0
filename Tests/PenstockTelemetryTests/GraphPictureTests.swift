import PenstockTelemetry
import Testing

@Suite struct GraphPictureTests {
    private func check(_ picture: GraphPicture) throws {
        for direction in [GraphPicture.Direction.automatic, .leftToRight, .topToBottom] {
            #expect(XMLChecker.problem(in: picture.svg(direction: direction)) == nil)
        }
        let json = try JSONReader.read(picture.json())
        #expect(json["title"]?.string == picture.title)
        #expect(json["stages"]?.count == picture.stages.count)
        #expect(json["edges"]?.count == picture.edges.count)
        #expect(json["threads"]?.count == picture.threads.count)
        for (index, stage) in picture.stages.enumerated() {
            #expect(json["stages"]?[index]?["name"]?.string == stage.name)
        }
        #expect(picture.dot().hasPrefix("digraph "))
        #expect(picture.mermaid().hasPrefix("flowchart "))
    }

    @Test func empty() throws {
        try check(GraphPicture(title: "nothing"))
        #expect(GraphPicture(title: "").svg().contains("no stages"))
    }

    @Test func singleStage() throws {
        try check(
            GraphPicture(title: "one", stages: [.init(name: "a", kind: "source", segment: 0)]))
    }

    @Test func samples() throws {
        try check(Samples.digits)
        try check(Samples.branches)
    }

    @Test func cycleAndSelfLoopWithoutDeclaredFeedback() throws {
        var picture = GraphPicture(title: "cycle")
        picture.stages = ["a", "b", "c"].enumerated().map {
            .init(name: $1, kind: "process", segment: $0)
        }
        picture.edges = [
            .init(from: 0, to: 1), .init(from: 1, to: 2), .init(from: 2, to: 0),
            .init(from: 1, to: 1),
        ]
        try check(picture)
    }

    @Test func cycleInsideAndBetweenSegments() throws {
        var picture = GraphPicture(title: "odd segments")
        picture.stages = [0, 1, 0, 1, 0].enumerated().map {
            .init(name: "s\($0)", kind: "map", segment: $1)
        }
        picture.edges = [
            .init(from: 0, to: 1), .init(from: 1, to: 2), .init(from: 2, to: 3),
            .init(from: 3, to: 4), .init(from: 4, to: 2), .init(from: 0, to: 4),
        ]
        try check(picture)
    }

    @Test func indexesThatPointNowhere() throws {
        let picture = GraphPicture(
            title: "loose",
            stages: [.init(name: "a", kind: "map", segment: -7, replicas: -3, thread: 9)],
            edges: [
                .init(from: 0, to: 5), .init(from: -1, to: 0, fill: .nan),
                .init(from: 0, to: 0, fromPort: -2, fill: .infinity),
            ])
        try check(picture)
    }

    @Test func hostileNames() throws {
        var picture = GraphPicture(title: Samples.hostileNames.joined())
        for (index, name) in Samples.hostileNames.enumerated() {
            picture.stages.append(
                .init(
                    name: name, kind: name, segment: index / 2, replicas: index, thread: index,
                    detail: [name, name]))
            picture.threads.append(.init(name: name, place: name, reason: name))
            picture.edges.append(
                .init(
                    from: index, to: (index + 1) % Samples.hostileNames.count, fromPort: index,
                    label: name, kind: GraphPicture.Edge.Kind.allCases[index % 7],
                    fill: Double(index) / 8))
        }
        try check(picture)
    }

    @Test func threeHundredStages() throws {
        try check(Samples.random(stages: 300, seed: 1))
        var star = GraphPicture(title: "star")
        star.stages = (0..<300).map { .init(name: "s\($0)", kind: "map", segment: $0) }
        star.edges = (1..<299).flatMap {
            [.init(from: 0, to: $0), GraphPicture.Edge(from: $0, to: 299)]
        }
        try check(star)
    }

    @Test func longChainTurnsDownwards() {
        var picture = GraphPicture(title: "chain")
        picture.stages = (0..<60).map { .init(name: "stage \($0)", kind: "map", segment: $0) }
        picture.edges = (1..<60).map { .init(from: $0 - 1, to: $0, label: "f32 × 1024") }
        #expect(picture.svg() == picture.svg(direction: .topToBottom))
        #expect(Samples.digits.svg() == Samples.digits.svg(direction: .leftToRight))
    }

    @Test func sameInputSameBytes() {
        let picture = Samples.random(stages: 40, seed: 9)
        #expect(picture.svg() == picture.svg())
        #expect(picture.json() == picture.json())
        #expect(picture.dot() == picture.dot())
    }

    @Test func jsonKeysAreStable() {
        let picture = GraphPicture(
            title: "t", stages: [.init(name: "a", kind: "map", segment: 3)],
            edges: [.init(from: 0, to: 0, label: "x", kind: .key, fill: 0.5)],
            threads: [.init(name: "w", place: "p", reason: "r")])
        let expected = """
            {
              "title": "t",
              "stages": [
                {"name": "a", "kind": "map", "segment": 3, "replicas": 1, "thread": null, "detail": []}
              ],
              "edges": [
                {"from": 0, "to": 0, "fromPort": 0, "label": "x", "kind": "key", "fill": 0.5}
              ],
              "threads": [
                {"name": "w", "place": "p", "reason": "r"}
              ]
            }

            """
        #expect(picture.json() == expected)
    }
}
