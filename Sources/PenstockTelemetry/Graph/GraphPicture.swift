/// A graph as people see it: stages, what flows between them, and which thread runs what.
///
/// A plain value that whoever knows the running graph fills in. Stages, edges and threads name each
/// other by index. An index that points nowhere is left out of the drawings, never a trap.
package struct GraphPicture: Sendable, Equatable {
    package var title: String
    package var stages: [Stage]
    package var edges: [Edge]
    package var threads: [Thread]

    package init(
        title: String, stages: [Stage] = [], edges: [Edge] = [], threads: [Thread] = []
    ) {
        self.title = title
        self.stages = stages
        self.edges = edges
        self.threads = threads
    }

    package struct Stage: Sendable, Equatable {
        package var name: String
        /// "source", "map", "matmul" …: shown as it is.
        package var kind: String
        /// Stages with the same segment run fused, as one task.
        package var segment: Int
        package var replicas: Int
        /// Index into `threads`; nil before placement.
        package var thread: Int?
        /// Short lines under the name, such as "1.2 M/s" and "busy 93 %".
        package var detail: [String]

        package init(
            name: String, kind: String, segment: Int, replicas: Int = 1, thread: Int? = nil,
            detail: [String] = []
        ) {
            self.name = name
            self.kind = kind
            self.segment = segment
            self.replicas = replicas
            self.thread = thread
            self.detail = detail
        }
    }

    package struct Edge: Sendable, Equatable {
        package enum Kind: String, Sendable, CaseIterable {
            case fused, channel, broadcast, roundRobin, key, feedback, deadLetter
        }

        package var from: Int
        package var to: Int
        package var fromPort: Int
        /// What moves, such as "f32[64] × 1024".
        package var label: String
        package var kind: Kind
        /// How full the channel is, 0 to 1; nil when nothing ran yet.
        package var fill: Double?

        package init(
            from: Int, to: Int, fromPort: Int = 0, label: String = "", kind: Kind = .channel,
            fill: Double? = nil
        ) {
            self.from = from
            self.to = to
            self.fromPort = fromPort
            self.label = label
            self.kind = kind
            self.fill = fill
        }
    }

    package struct Thread: Sendable, Equatable {
        /// "worker 0", "blocking: read", "host".
        package var name: String
        /// "core 3 (P#6), L3:0, node 0".
        package var place: String
        /// Why the planner put it there.
        package var reason: String

        package init(name: String, place: String, reason: String = "") {
            self.name = name
            self.place = place
            self.reason = reason
        }
    }
}

extension GraphPicture {
    /// The edges that can be drawn.
    var validEdges: [Edge] {
        edges.filter { stages.indices.contains($0.from) && stages.indices.contains($0.to) }
    }

    func validThread(of stage: Stage) -> Int? {
        stage.thread.flatMap { threads.indices.contains($0) ? $0 : nil }
    }

    /// "map" or "map ×2".
    func kindText(of stage: Stage) -> String {
        stage.replicas > 1 ? "\(stage.kind) ×\(stage.replicas)" : stage.kind
    }

    /// The segments of more than one stage, by segment number.
    var fusedSegments: [(segment: Int, stages: [Int])] {
        var members: [Int: [Int]] = [:]
        for (index, stage) in stages.enumerated() {
            members[stage.segment, default: []].append(index)
        }
        return members.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
            .map { (segment: $0.key, stages: $0.value) }
    }
}

extension GraphPicture.Edge {
    /// The label, with the port when it is not the first.
    var labelText: String {
        let port = fromPort == 0 ? "" : "port \(fromPort)"
        return port.isEmpty || label.isEmpty ? port + label : port + " · " + label
    }
}

extension GraphPicture.Edge.Kind {
    /// For legends.
    var text: String {
        switch self {
        case .fused: "fused: same task, no queue"
        case .channel: "channel"
        case .broadcast: "broadcast: every consumer"
        case .roundRobin: "round robin: next consumer"
        case .key: "by key"
        case .feedback: "feedback"
        case .deadLetter: "dead letters"
        }
    }

    var color: String {
        switch self {
        case .fused: "#9aa7b2"
        case .channel: "#3d4a56"
        case .broadcast: "#2b6cc4"
        case .roundRobin: "#12808e"
        case .key: "#8a6914"
        case .feedback: "#8a55c0"
        case .deadLetter: "#c23b3b"
        }
    }

    /// So that kinds differ on paper without colour too.
    var dash: String? {
        switch self {
        case .fused, .channel, .broadcast: nil
        case .roundRobin: "7 3"
        case .key: "9 3 2 3"
        case .feedback: "5 4"
        case .deadLetter: "2 3"
        }
    }

    var width: Double { self == .broadcast ? 2.2 : 1.5 }
}
