import PenstockTelemetry
import Testing

@Suite struct LayeredLayoutTests {
    private func overlaps(_ a: LayeredLayout.Box, _ b: LayeredLayout.Box) -> Bool {
        a.main + 0.01 < b.main + b.mainSize && b.main + 0.01 < a.main + a.mainSize
            && a.cross + 0.01 < b.cross + b.crossSize && b.cross + 0.01 < a.cross + a.crossSize
    }

    private func layout(_ picture: GraphPicture) -> LayeredLayout {
        LayeredLayout(
            nodes: picture.stages.enumerated().map {
                .init(
                    main: 90 + Double($0 % 5) * 20, cross: 40 + Double($0 % 3) * 15,
                    group: $1.segment)
            },
            edges: picture.edges.map {
                .init(from: $0.from, to: $0.to, isFeedback: $0.kind == .feedback, labelMain: 60)
            },
            inset: .init(mainStart: 14, mainEnd: 14, crossStart: 26, crossEnd: 14))
    }

    @Test(arguments: [3, 10, 60, 150]) func nothingOverlaps(_ count: Int) {
        for seed in 1..<6 {
            let picture = Samples.random(stages: count, seed: UInt64(seed))
            let layout = layout(picture)
            for a in layout.boxes.indices {
                for b in 0..<a { #expect(!overlaps(layout.boxes[a], layout.boxes[b])) }
            }
            // An outline holds its members whole and nobody else.
            for (outline, group) in zip(layout.outlines, layout.outlineGroups) {
                for (box, stage) in zip(layout.boxes, picture.stages) {
                    #expect(overlaps(outline, box) == (stage.segment == group))
                    guard stage.segment == group else { continue }
                    #expect(box.cross >= outline.cross + 25.9)
                    #expect(box.cross + box.crossSize <= outline.cross + outline.crossSize - 13.9)
                    #expect(box.main >= outline.main + 13.9)
                }
            }
        }
    }

    @Test func dataFlowsForward() {
        let picture = Samples.random(stages: 80, seed: 3)
        let layout = layout(picture)
        for (edge, route) in zip(picture.edges, layout.routes) {
            if edge.kind == .feedback {
                #expect(route.turns)
            } else if edge.from < edge.to {
                #expect(layout.layer(of: edge.to) > layout.layer(of: edge.from))
            }
        }
    }

    @Test func edgesPassBetweenBoxes() {
        let picture = Samples.random(stages: 80, seed: 5)
        let layout = layout(picture)
        for route in layout.routes where !route.lane.isEmpty {
            let from = min(route.lane[0].main, route.lane[1].main)
            let to = max(route.lane[0].main, route.lane[1].main)
            let cross = route.lane[0].cross
            for box in layout.boxes where box.main < to && from < box.main + box.mainSize {
                #expect(cross < box.cross || cross > box.cross + box.crossSize)
            }
        }
    }

    @Test func aChainIsStraight() {
        let layout = LayeredLayout(
            nodes: (0..<6).map { .init(main: 100, cross: 40 + Double($0 * 8), group: $0) },
            edges: (1..<6).map { .init(from: $0 - 1, to: $0) } + [
                .init(from: 5, to: 1, isFeedback: true)
            ])
        let middles = layout.boxes.map { $0.cross + $0.crossSize / 2 }
        for middle in middles { #expect((middle - middles[0]).magnitude < 0.5) }
    }

    @Test func aLongChainNeedsNoDeepStack() {
        let count = 20_000
        let layout = LayeredLayout(
            nodes: (0..<count).map { .init(main: 10, cross: 10, group: $0) },
            edges: (1..<count).map { .init(from: $0 - 1, to: $0) })
        #expect(layout.layer(of: count - 1) == count - 1)
    }
}
