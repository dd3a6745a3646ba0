import PenstockRuntime

/// A compiled description: stages fused into segments, and the links (channels) between them. A
/// value that can be looked at; nothing of it runs.
package struct Plan: Sendable {
    /// Neighbouring stages that run as one task per replica.
    package struct SegmentPlan: Sendable {
        /// Stages in order, also those without a callback; empty for relays.
        package var stages: [Int]
        package var name: String
        package var replicas = 1
        package var ordered = true
        package var key: Key?
        package var batch = 0
        package var lingerNanoseconds: UInt64 = 0
        package var thread = StageThread.worker
        /// The merge stage that is the entry of the cycle it is in.
        package var loop: Int?
        /// What passes through a relay.
        package var relayType: ElementType?
        /// Time per element of the stages together, in ns; 0 if unknown.
        package var cost = 0.0
        package var links: [Int] = []
        package var outLinks: [Int] = []
    }

    /// A channel, or a bundle of them where replicas are.
    package struct LinkPlan: Sendable {
        package let from: Int
        /// Of the last stage of `from`.
        package let port: Int
        package let to: Int
        package let input: Int
        package let type: ElementType
        package let capacity: Int
        /// The program did not say how large.
        package let isAutomatic: Bool
        package let isFeedback: Bool
        package let distribution: Distribution
        /// Of the description's edges; nil behind a relay.
        package let edge: Int?
    }

    package var segments: [SegmentPlan] = []
    package var links: [LinkPlan] = []
    /// Segment of each stage.
    package var segmentOfStage: [Int] = []

    /// Most outputs per input of a stage on one port.
    static func expansion(of stage: StageSpec) -> Int {
        if case .process = stage.kind { return stage.maxOutputs }
        return 1
    }
}
