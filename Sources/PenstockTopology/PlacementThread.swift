/// One thread of a placement as the renderings show it: workers first, then blocking threads.
struct PlacementThread {
    let name: String
    let tasks: [Int]
    /// The core of a worker; nil for a blocking thread.
    let core: Int?
    let domain: Int?
    let planned: ProcessorSet
    let width: PinWidth
    let load: Double?
    let reason: String
    let applied: AppliedBinding?
}

extension Placement {
    /// `applied` follows the same order; threads past its end were not applied.
    func threads(applied: [AppliedBinding]) -> [PlacementThread] {
        let result = workers.map { worker in
            PlacementThread(
                name: "worker \(worker.index)", tasks: worker.tasks, core: worker.core,
                domain: worker.domain, planned: worker.binding, width: worker.pinWidth,
                load: worker.load, reason: worker.reason,
                applied: worker.index < applied.count ? applied[worker.index] : nil)
        }
        return result
            + blockingThreads.enumerated().map { index, thread in
                let place = workers.count + index
                return PlacementThread(
                    name: "blocking \(index)", tasks: [thread.task], core: nil,
                    domain: thread.domain, planned: thread.binding, width: thread.pinWidth,
                    load: nil, reason: thread.reason,
                    applied: place < applied.count ? applied[place] : nil)
            }
    }

    func taskNames(_ tasks: [Int]) -> [String] {
        tasks.map { request.tasks[$0].name }
    }
}

extension PlacementThread {
    var plannedText: String {
        planned.isEmpty ? "unbound" : "P#\(planned)"
    }

    /// What became of the plan; "planned, not applied" on machines that are not this one.
    func appliedText(isLive: Bool) -> String {
        guard isLive, let applied else { return "planned, not applied" }
        if applied.errorCode != 0 { return "failed: \(errorText(applied.errorCode))" }
        let place = applied.lastProcessor >= 0 ? ", ran on P#\(applied.lastProcessor)" : ""
        if planned.isEmpty { return "unbound\(place)" }
        let differs = applied.actual == planned ? "" : " (differs)"
        return "P#\(applied.actual)\(differs)\(place)"
    }
}
