/// The figures behind a timeline: who was busy for how long, and how much ran at the same time.
package struct TimelineSummary: Sendable, Equatable {
    package struct Stage: Sendable, Equatable {
        package var name: String
        package var busyNs: UInt64
    }

    /// A stretch during which the same number of threads was busy.
    package struct Stretch: Sendable, Equatable {
        package var startNs: UInt64
        package var endNs: UInt64
        package var busyThreads: Int
    }

    package private(set) var startNs: UInt64 = 0
    package private(set) var endNs: UInt64 = 0
    /// In the order of their first span in time.
    package private(set) var stages: [Stage] = []
    /// Busy time by thread.
    package private(set) var busyNs: [UInt64]
    package private(set) var stretches: [Stretch] = []
    /// Time in which at least two threads were busy.
    package private(set) var overlapNs: UInt64 = 0

    /// For each thread its spans without overlaps, by time; stages are indexes into `stages`.
    private(set) var lanes: [[Slice]]

    struct Slice: Sendable, Equatable {
        var stage: Int
        var startNs: UInt64
        var endNs: UInt64
        var elements: UInt64
    }

    package var wallNs: UInt64 { endNs - startNs }

    /// The share of wall time in which at least two threads were busy.
    package var overlap: Double { wallNs == 0 ? 0 : Double(overlapNs) / Double(wallNs) }

    package func utilisation(ofThread thread: Int) -> Double {
        wallNs == 0 ? 0 : Double(busyNs[thread]) / Double(wallNs)
    }

    /// Spans of unknown threads, and spans that end before they start, do not count.
    package init(_ timeline: Timeline) {
        busyNs = [UInt64](repeating: 0, count: timeline.threads.count)
        lanes = [[Slice]](repeating: [], count: timeline.threads.count)
        let valid = timeline.spans.indices.filter {
            let span = timeline.spans[$0]
            return timeline.threads.indices.contains(span.thread) && span.endNs >= span.startNs
        }
        guard !valid.isEmpty else { return }
        let sorted = valid.map { (start: timeline.spans[$0].startNs, index: $0) }
            .sorted { ($0.start, $0.index) < ($1.start, $1.index) }
        startNs = sorted[0].start

        var stageIndex: [String: Int] = [:]
        var edges: [(time: UInt64, change: Int)] = []
        for entry in sorted {
            let span = timeline.spans[entry.index]
            endNs = max(endNs, span.endNs)
            let stage = stageIndex[span.stage] ?? stages.count
            if stage == stages.count {
                stageIndex[span.stage] = stage
                stages.append(Stage(name: span.stage, busyNs: 0))
            }
            let start = max(span.startNs, lanes[span.thread].last?.endNs ?? 0)
            guard start < span.endNs else { continue }
            lanes[span.thread].append(
                Slice(stage: stage, startNs: start, endNs: span.endNs, elements: span.elements))
            busyNs[span.thread] += span.endNs - start
            stages[stage].busyNs += span.endNs - start
            edges.append((start, 1))
            edges.append((span.endNs, -1))
        }
        sweep(edges)
    }

    /// Counts busy threads along time; slices of one thread never overlap.
    private mutating func sweep(_ edges: [(time: UInt64, change: Int)]) {
        var busy = 0
        var since = startNs
        for edge in edges.sorted(by: { ($0.time, $0.change) < ($1.time, $1.change) }) {
            if edge.time > since {
                if busy > 0 {
                    let extends = stretches.last.map { $0.endNs == since && $0.busyThreads == busy }
                    if extends == true {
                        stretches[stretches.count - 1].endNs = edge.time
                    } else {
                        stretches.append(
                            Stretch(startNs: since, endNs: edge.time, busyThreads: busy))
                    }
                    if busy > 1 { overlapNs += edge.time - since }
                }
                since = edge.time
            }
            busy += edge.change
        }
    }
}
