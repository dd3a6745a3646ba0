import PenstockTelemetry
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes pictures for people to look at:
/// `PST_PICTURES=/tmp/pictures swift test --filter PictureFiles`.
@Suite(.enabled(if: getenv("PST_PICTURES") != nil)) struct PictureFiles {
    private func write(_ text: String, to name: String) throws {
        let folder = try #require(getenv("PST_PICTURES").map { String(cString: $0) })
        let file = try #require(fopen(folder + "/" + name, "w"))
        defer { fclose(file) }
        #expect(fputs(text, file) >= 0)
    }

    @Test func graphs() throws {
        try write(Samples.digits.svg(), to: "digits.svg")
        try write(Samples.digits.svg(direction: .topToBottom), to: "digits-down.svg")
        try write(Samples.branches.svg(), to: "branches.svg")
        try write(Samples.branches.svg(direction: .topToBottom), to: "branches-down.svg")
        try write(Samples.random(stages: 25, seed: 4).svg(), to: "random-25.svg")
        try write(Samples.random(stages: 60, seed: 2).svg(), to: "random-60.svg")
        try write(GraphPicture(title: "an empty graph").svg(), to: "empty.svg")
        try write(Samples.branches.dot(), to: "branches.dot")
        try write(Samples.branches.mermaid(), to: "branches.mmd")
        try write(Samples.branches.json(), to: "branches.json")
    }

    @Test func hostileGraph() throws {
        var picture = GraphPicture(title: Samples.hostileNames[0])
        for (index, name) in Samples.hostileNames.enumerated() {
            picture.stages.append(
                .init(name: name, kind: name, segment: index / 2, thread: index, detail: [name]))
            picture.threads.append(.init(name: name, place: name, reason: name))
            if index > 0 { picture.edges.append(.init(from: index - 1, to: index, label: name)) }
        }
        try write(picture.svg(direction: .topToBottom), to: "hostile.svg")
        try write(picture.dot(), to: "hostile.dot")
    }

    @Test func timelines() throws {
        try write(Samples.timeline(spans: 60, step: 40_000).svg(), to: "timeline-60.svg")
        try write(Samples.timeline(spans: 3000, step: 40_000).svg(), to: "timeline-3000.svg")
        try write(Samples.timeline(spans: 100_000).svg(), to: "timeline-100000.svg")
        var wide = Samples.timeline(spans: 20_000, threads: 12)
        wide.droppedSpans = 123_456
        try write(wide.svg(), to: "timeline-12-threads.svg")
        try write(Samples.timeline(spans: 60, step: 40_000).chromeTrace(), to: "trace.json")
    }

    @Test func table() throws {
        try write(StatsTableTests.digits.text(), to: "stats.txt")
        try write(StatsTableTests.digits.json(), to: "stats.json")
    }
}
