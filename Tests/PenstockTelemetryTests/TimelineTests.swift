import PenstockTelemetry
import Testing

@Suite struct TimelineTests {
    @Test func noSpans() throws {
        for timeline in [Timeline(title: ""), Timeline(title: "x", threads: ["a", "b"])] {
            #expect(XMLChecker.problem(in: timeline.svg()) == nil)
            _ = try JSONReader.read(timeline.chromeTrace())
            #expect(TimelineSummary(timeline).overlap == 0)
        }
    }

    @Test func sharesAndOverlap() {
        let timeline = Timeline(
            title: "t", threads: ["a", "b"],
            spans: [
                .init(thread: 0, stage: "x", startNs: 100, endNs: 160),
                .init(thread: 0, stage: "y", startNs: 160, endNs: 180),
                .init(thread: 1, stage: "z", startNs: 150, endNs: 200),
            ])
        let summary = TimelineSummary(timeline)
        #expect(summary.wallNs == 100)
        #expect(summary.busyNs == [80, 50])
        #expect(summary.overlapNs == 30)
        #expect(summary.overlap == 0.3)
        #expect(summary.utilisation(ofThread: 0) == 0.8)
        #expect(summary.stages.map(\.name) == ["x", "z", "y"])
        #expect(summary.stages.map(\.busyNs) == [60, 50, 20])
        #expect(summary.stretches.map(\.busyThreads) == [1, 2, 1])
    }

    @Test func spansThatMakeNoSense() throws {
        let timeline = Timeline(
            title: "t", threads: ["a"],
            spans: [
                .init(thread: 0, stage: "x", startNs: 10, endNs: 5),
                .init(thread: 3, stage: "x", startNs: 0, endNs: 5),
                .init(thread: -1, stage: "x", startNs: 0, endNs: 5),
                .init(thread: 0, stage: "x", startNs: 10, endNs: 10),
                .init(thread: 0, stage: "outer", startNs: 20, endNs: 60),
                .init(thread: 0, stage: "inner", startNs: 30, endNs: 40),
                .init(thread: 0, stage: "late", startNs: 50, endNs: 70),
                .init(thread: 0, stage: "max", startNs: .max - 1, endNs: .max),
            ], droppedSpans: .max)
        let summary = TimelineSummary(timeline)
        #expect(summary.busyNs == [51])
        #expect(summary.overlapNs == 0)
        #expect(XMLChecker.problem(in: timeline.svg()) == nil)
        #expect(timeline.svg().contains("spans are missing"))
        let trace = try JSONReader.read(timeline.chromeTrace())
        #expect(trace["traceEvents"]?.count == 3 + 5)
    }

    @Test func hostileNames() throws {
        let names = Samples.hostileNames
        let timeline = Timeline(
            title: names.joined(), threads: names,
            spans: names.indices.map {
                .init(
                    thread: $0, stage: names[$0], startNs: UInt64($0) * 100,
                    endNs: UInt64($0) * 100 + 90)
            })
        #expect(XMLChecker.problem(in: timeline.svg()) == nil)
        let trace = try JSONReader.read(timeline.chromeTrace())
        #expect(trace["otherData"]?["title"]?.string == names.joined())
        #expect(trace["traceEvents"]?[1]?["args"]?["name"]?.string == names[0])
    }

    @Test(arguments: [(10, 2), (900, 3), (3000, 2), (100_000, 2), (100_000, 64)])
    func picturesStaySmall(_ spans: Int, _ threads: Int) {
        for step in [UInt64(10), 1_000_000] {
            let svg = Samples.timeline(spans: spans, threads: threads, step: step).svg()
            #expect(XMLChecker.problem(in: svg) == nil)
            #expect(svg.utf8.count < 500_000)
        }
    }

    @Test func wideSlicesBetweenNarrowOnesStaySmall() {
        // The worst case for the file: in every column one wide slice and one narrow one.
        var spans: [Timeline.Span] = []
        for index in 0..<20_000 {
            let start = UInt64(index) * 1200
            let stage = "s\(index % 300)"
            spans.append(
                .init(thread: index % 9, stage: stage, startNs: start, endNs: start + 1000))
            spans.append(
                .init(
                    thread: index % 9, stage: "n\(stage)", startNs: start + 1010,
                    endNs: start + 1100))
        }
        let timeline = Timeline(title: "t", threads: (0..<9).map { "w\($0)" }, spans: spans)
        let svg = timeline.svg()
        #expect(XMLChecker.problem(in: svg) == nil)
        #expect(svg.utf8.count < 500_000)
    }

    @Test func chromeTraceIsExact() throws {
        let timeline = Timeline(
            title: "t", threads: ["a"],
            spans: [
                .init(
                    thread: 0, stage: "x", startNs: 7_000_000_001, endNs: 7_000_001_003, elements: 5
                ),
                .init(thread: 0, stage: "y", startNs: 7_000_002_001, endNs: 7_000_004_001),
            ])
        let events = try #require(try JSONReader.read(timeline.chromeTrace())["traceEvents"])
        #expect(events.count == 5)
        #expect(events[1]?["name"]?.string == "thread_name")
        #expect(events[3]?["ph"]?.string == "X")
        #expect(events[3]?["ts"]?.number == 0)
        #expect(events[3]?["dur"]?.number == 1.002)
        #expect(events[3]?["args"]?["elements"]?.number == 5)
        #expect(events[4]?["ts"]?.number == 2)
        #expect(events[4]?["tid"]?.number == 1)
    }

    @Test func hundredThousandSpansExport() throws {
        let trace = Samples.timeline(spans: 100_000).chromeTrace()
        #expect(try JSONReader.read(trace)["traceEvents"]?.count == 100_005)
    }

    @Test func ticksAreRound() {
        #expect(TimeAxis(wallNs: 1000, target: 5).ticks.map(\.label).last == "1000 ns")
        let milliseconds = TimeAxis(wallNs: 9_300_000, target: 9).ticks.map(\.label)
        #expect(milliseconds == ["0 ms", "2 ms", "4 ms", "6 ms", "8 ms"])
        let fractions = TimeAxis(wallNs: 2_500_000_000, target: 9).ticks.map(\.label)
        #expect(fractions == ["0.0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s", "2.5 s"])
        #expect(TimeAxis(wallNs: 0).ticks.count == 1)
        #expect(TimeAxis(wallNs: .max).ticks.count < 12)
        #expect(TimeAxis(wallNs: 1).ticks.map(\.label) == ["0 ns", "1 ns"])
    }
}
