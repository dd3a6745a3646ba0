import PenstockRuntime
import PenstockTopology

/// Channels between two cores that may grow deep.
///
/// A consumer that reads what the other core has just written pays for each line to be fetched from
/// that core's L2. Once the distance between the two exceeds L2, lines have been written back to
/// the shared L3 and come in by prefetch: measured here 4 G elements/s against 1 G/s with 64 KiB
/// between the same two cores. But a deep queue in front of a slow consumer is only delay. So such
/// a channel has memory for a few times L2 while its window starts small, and the producer widens
/// it only as long as the consumer empties it within a millisecond (`Outlet.adaptWindow`).
enum DeepChannels {
    /// For each link: between two different workers, single, sized automatically, outside of
    /// cycles.
    static func choose(_ run: Run) -> [Bool] {
        guard let placement = run.placement, !run.engine.isSimulated else {
            return run.plan.links.map { _ in false }
        }
        var first: [Int] = []
        var next = 0
        for segment in run.plan.segments {
            first.append(next)
            next += segment.replicas
        }
        return run.plan.links.map { link in
            let from = run.plan.segments[link.from]
            let to = run.plan.segments[link.to]
            guard from.replicas == 1, to.replicas == 1, link.isAutomatic, to.batch == 0,
                from.loop == nil || from.loop != to.loop,
                let a = placement.taskWorker[first[link.from]],
                let b = placement.taskWorker[first[link.to]]
            else { return false }
            return a != b
        }
    }

    /// Four times L2, but all deep channels together at most half of the last cache.
    static func capacity(
        _ type: ElementType, atLeast window: Int, of channels: Int, _ machine: Machine
    ) -> Int {
        guard let caches = machine.cores.first?.caches else { return window }
        let last = caches.l3 ?? caches.l2
        let bytes = min(4 * caches.l2.bytes, last.bytes / 2 / max(channels, 1))
        return max(window, bytes / type.size)
    }
}
