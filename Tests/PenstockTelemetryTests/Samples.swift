import PenstockTelemetry

/// Inputs that several tests share, from the plausible to the hostile.
enum Samples {
    static let hostileNames = [
        "<script>alert(\"x\")</script>", "a&b;&lt;", "it's \"quoted\"", "two\nlines\r\ttab",
        "nul\u{0}bell\u{7}escape\u{1B}[31m", "back\\slash\\N", "emoji 🚰👩‍👩‍👧 e\u{301}",
        "漢字かな",
        "]]>", "--", "", " ", "\u{FFFF}\u{FFFE}\u{202E}rtl", "\u{2028}\u{2029}\u{85}\u{7F}",
        "#quot;|`{}[]", String(repeating: "long name ", count: 40), "%s%n$(rm)",
    ]

    static let digits = GraphPicture(
        title: "digits: train and validate",
        stages: [
            .init(
                name: "source", kind: "source", segment: 0, thread: 2,
                detail: ["1.2 M/s", "busy 12 %"]),
            .init(name: "clean", kind: "filter", segment: 1, thread: 0, detail: ["1.2 M/s"]),
            .init(name: "standardise", kind: "map", segment: 1, thread: 0, detail: ["1.1 M/s"]),
            .init(
                name: "features", kind: "matmul", segment: 2, thread: 1,
                detail: ["1.1 M/s", "busy 93 %"]),
            .init(
                name: "train", kind: "process", segment: 3, thread: 0,
                detail: ["1.1 M/s", "busy 71 %"]),
            .init(
                name: "validate", kind: "sink", segment: 4, replicas: 2, thread: 1,
                detail: ["0.2 M/s", "busy 8 %"]),
        ],
        edges: [
            .init(from: 0, to: 1, label: "u8[64] × 4096", kind: .channel, fill: 0.12),
            .init(from: 1, to: 2, kind: .fused),
            .init(from: 2, to: 3, label: "f32[64] × 1024", kind: .channel, fill: 0.94),
            .init(from: 3, to: 4, label: "f32[32] × 1024", kind: .channel, fill: 0.6),
            .init(from: 4, to: 5, label: "model × 4", kind: .roundRobin, fill: 0.25),
            .init(from: 5, to: 4, label: "learning rate × 1", kind: .feedback),
        ],
        threads: [
            .init(
                name: "worker 0", place: "core 2 (P#4), L3:0, node 0",
                reason: "clean and standardise are fused; train shares its L2 with features"),
            .init(
                name: "worker 1", place: "core 3 (P#6), L3:0, node 0",
                reason: "features is the heaviest stage and has the core to itself most of the time"
            ),
            .init(
                name: "blocking: source", place: "unbound",
                reason: "waits for a file; a thread of its own, parked when idle"),
        ])

    static let branches = GraphPicture(
        title: "orders: keyed join with dead letters",
        stages: [
            .init(name: "orders", kind: "source", segment: 0, thread: 0, detail: ["480 k/s"]),
            .init(name: "prices", kind: "source", segment: 1, thread: 1, detail: ["20 k/s"]),
            .init(name: "parse", kind: "map", segment: 2, thread: 0, detail: ["busy 44 %"]),
            .init(name: "check", kind: "process", segment: 2, thread: 0),
            .init(name: "enrich", kind: "map", segment: 2, thread: 0),
            .init(
                name: "by customer", kind: "keyed fold", segment: 3, replicas: 4, thread: 2,
                detail: ["480 k/s", "busy 88 %"]),
            .init(name: "join", kind: "merge", segment: 4, thread: 1),
            .init(name: "report", kind: "sink", segment: 5, thread: 3, detail: ["20 k/s"]),
            .init(name: "archive", kind: "sink", segment: 6, thread: 3),
            .init(name: "rejected", kind: "sink", segment: 7, thread: 3, detail: ["31/s"]),
        ],
        edges: [
            .init(from: 0, to: 2, label: "bytes × 4096", fill: 0.4),
            .init(from: 2, to: 3, kind: .fused), .init(from: 3, to: 4, kind: .fused),
            .init(from: 3, to: 9, fromPort: 1, label: "order × 64", kind: .deadLetter, fill: 0.02),
            .init(from: 4, to: 5, label: "order × 1024", kind: .key, fill: 0.97),
            .init(from: 1, to: 6, label: "price × 256", kind: .broadcast, fill: 0.1),
            .init(from: 5, to: 6, label: "total × 256", fill: 0.2),
            .init(from: 6, to: 7, label: "row × 64", kind: .broadcast),
            .init(from: 6, to: 8, label: "row × 64", kind: .broadcast),
            .init(from: 6, to: 5, fromPort: 1, label: "correction × 16", kind: .feedback),
            .init(from: 0, to: 8, label: "bytes × 4096"),
        ],
        threads: (0..<4).map {
            .init(
                name: $0 == 3 ? "blocking: disk" : "worker \($0)",
                place: $0 == 3 ? "unbound" : "core \($0) (P#\(2 * $0)), L3:0, node 0",
                reason: $0 == 3 ? "sleeps in the kernel most of the time" : "chain cut after \($0)")
        })

    /// Layers of random width, random edges, some fused runs.
    static func random(stages count: Int, seed: UInt64) -> GraphPicture {
        var random = Random(state: seed)
        var stages: [GraphPicture.Stage] = []
        var edges: [GraphPicture.Edge] = []
        var segment = 0
        for index in 0..<count {
            let isFused = index > 0 && random.next(5) == 0
            if !isFused { segment += 1 }
            stages.append(
                .init(
                    name: "stage \(index)", kind: "map", segment: segment,
                    replicas: random.next(9) == 0 ? 3 : 1, thread: random.next(8),
                    detail: random.next(2) == 0 ? ["1.\(index) M/s"] : []))
            guard index > 0 else { continue }
            let from = isFused ? index - 1 : max(0, index - 1 - random.next(6))
            edges.append(
                .init(
                    from: from, to: index, label: isFused ? "" : "f32 × \(index)",
                    kind: isFused ? .fused : .channel))
            if random.next(4) == 0 {
                edges.append(.init(from: max(0, index - 2 - random.next(9)), to: index))
            }
            if random.next(20) == 0 {
                edges.append(.init(from: index, to: random.next(index + 1), kind: .feedback))
            }
        }
        return GraphPicture(
            title: "random \(count)", stages: stages, edges: edges,
            threads: (0..<8).map { .init(name: "worker \($0)", place: "core \($0)") })
    }

    static func timeline(spans count: Int, threads: Int = 2, step: UInt64 = 1000) -> Timeline {
        let names = ["source", "clean", "standardise", "features", "train"]
        var random = Random(state: 42)
        var spans: [Timeline.Span] = []
        var clock = [UInt64](repeating: 5_000_000_000, count: threads)
        for index in 0..<count {
            let thread = index % threads
            let stage = thread == 0 ? random.next(3) : 3 + (random.next(3) == 0 ? 1 : 0)
            let busy = step / 2 + UInt64(random.next(Int(step) * (stage + 1)))
            let idle = UInt64(random.next(Int(step) * (thread + 1)))
            spans.append(
                .init(
                    thread: thread, stage: names[stage], startNs: clock[thread],
                    endNs: clock[thread] + busy, elements: UInt64(random.next(1024))))
            clock[thread] += busy + idle
        }
        return Timeline(
            title: "digits: \(count) activations on \(threads) threads",
            threads: (0..<threads).map { "worker \($0)" }, spans: spans)
    }
}

/// A small linear congruential generator: the same numbers in every run.
struct Random {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(1, bound)))
    }
}
