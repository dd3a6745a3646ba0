// How large channels and spans are.

/// Channels hold about this many bytes unless told otherwise: some spans for each side, well inside
/// L2.
private let channelBytes = 64 << 10

/// Spans between fused stages have at most this many bytes, so that the few a segment has in use at
/// once fit in half of L2 (and mostly in L1).
private let spanBytes = 8 << 10

extension Description {
    /// Elements an edge's channel holds if it gets one.
    func effectiveCapacity(_ edge: EdgeSpec) -> Int {
        let consumer = stages[edge.to]
        let type = stages[edge.from].type(ofPort: edge.port)
        let asked = edge.capacity > 0 ? edge.capacity : consumer.options.capacity
        let batch = consumer.options.batch
        if asked > 0 {
            // whole batches, so that they stand in one piece
            return batch > 0 ? max(asked / batch, 1) * batch : asked
        }
        let wanted = stages[edge.from].builtIn?.channelElements ?? 0
        let automatic = wanted > 0 ? wanted : min(max(channelBytes / type.size, 16), 8192)
        return batch > 0 ? max(automatic / batch, 4) * batch : automatic
    }

    /// Most elements of this type in a span that stays inside a segment.
    package static func spanElements(_ type: ElementType) -> Int {
        min(max(spanBytes / type.size, 1), 1024)
    }
}
