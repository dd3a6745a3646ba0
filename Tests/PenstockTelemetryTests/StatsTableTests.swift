import PenstockTelemetry
import Testing

@Suite struct StatsTableTests {
    static let digits = StatsTable(rows: [
        .init(
            stage: "source", kind: "source", elementsOut: 12_300_000, activations: 12_012,
            busyNs: 240_000_000, blockedNs: 1_600_000_000, wallNs: 2_000_000_000),
        .init(
            stage: "features", kind: "matmul", elementsIn: 12_300_000, elementsOut: 12_300_000,
            activations: 48_100, busyNs: 1_860_000_000, starvedNs: 60_000_000,
            queueHighWater: 64, queueCapacity: 64, wallNs: 2_000_000_000),
        .init(
            stage: "validate", kind: "sink", replicas: 2, elementsIn: 12_299_800, activations: 950,
            busyNs: 320_000_000, starvedNs: 3_600_000_000, queueHighWater: 2, queueCapacity: 64,
            wallNs: 2_000_000_000),
    ])

    static let digitsText = """
        stage        kind        in     out     rate  activations  busy  starved  blocked  queue
        ────────────────────────────────────────────────────────────────────────────────────────
        source       source       0  12.3 M  6.2 M/s       12.0 k  12 %      0 %     80 %      –
        features     matmul  12.3 M  12.3 M  6.2 M/s       48.1 k  93 %      3 %      0 %  64/64
        validate ×2  sink    12.3 M       0  6.1 M/s          950   8 %     90 %      0 %   2/64
        Bottleneck: 'features' is busy 93 % of the time; its queue filled up, \
        'source' waits 80 % of the time for room, \
        'validate' waits 90 % of the time for input.

        """

    @Test func table() {
        #expect(Self.digits.text() == Self.digitsText)
    }

    @Test func failuresShowOnlyWhenThereAreAny() {
        var table = Self.digits
        #expect(!table.text().contains("skipped"))
        table.rows[1].skipped = 200
        #expect(table.text().contains("skipped"))
        #expect(!table.text().contains("errors"))
    }

    @Test func json() throws {
        let json = try JSONReader.read(Self.digits.json())
        #expect(json["bottleneck"]?.string == "features")
        #expect(json["rows"]?[1]?["busyNs"]?.number == 1_860_000_000)
        #expect(json["rows"]?[2]?.count == 16)
        #expect(try JSONReader.read(StatsTable().json())["bottleneck"] == .null)
    }

    @Test func nothingRan() {
        #expect(StatsTable().text() == "No stages.\n")
        let idle = StatsTable(rows: [.init(stage: "a", kind: "map", replicas: 0)])
        #expect(idle.text().hasSuffix("No stage has run yet.\n"))
        #expect(idle.bottleneck == nil)
    }

    @Test func noBottleneck() {
        let table = StatsTable(rows: [
            .init(stage: "read", kind: "source", busyNs: 10, wallNs: 100),
            .init(stage: "map", kind: "map", busyNs: 40, wallNs: 100),
        ])
        let text = "No bottleneck: 'map' is the busiest stage, at 40 %; the graph waits for its"
        #expect(table.bottleneckText == text + " input.")
    }

    @Test func replicasShareTheTime() {
        let row = StatsTable.Row(stage: "a", kind: "map", replicas: 4, busyNs: 200, wallNs: 100)
        #expect(row.busyShare == 0.5)
    }

    @Test func hostileNamesKeepTheTableAligned() throws {
        let table = StatsTable(
            rows: Samples.hostileNames.map {
                .init(stage: $0, kind: $0, elementsIn: .max, busyNs: .max, wallNs: 1)
            })
        let lines = table.text().split(separator: "\n")
        #expect(lines.count == table.rows.count + 3)
        let widths = Set(lines.dropLast().map { TextMetrics.columns(of: String($0)) })
        #expect(widths.count == 1)
        let json = try JSONReader.read(table.json())
        #expect(json["rows"]?[3]?["stage"]?.string == Samples.hostileNames[3])
    }
}
