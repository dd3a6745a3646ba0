import PenstockRuntime

extension Run {
    /// Who waits for whom, and the stage or cycle everybody waits for. Looked at while it runs, so
    /// a hint rather than a proof; exact when nothing moves.
    package func stallReport() -> String {
        if hasEnded { return "the run has ended" }
        if isPaused { return "the run is paused" }
        var lines: [String] = []
        var waitsFor: [Int: Int] = [:]
        for (i, instance) in instances.enumerated() {
            let status = instance.state.pointee.status
            let name = instanceName(i)
            let seconds = waitingSeconds(status)
            switch status.condition {
            case .done: continue
            case .ready: lines.append("'\(name)' has not begun")
            case .running: lines.append("'\(name)' is running")
            case .paused: lines.append("'\(name)' is paused")
            case .timer: lines.append("'\(name)' waits for a timer\(seconds)")
            case .starved:
                let links = plan.segments[instance.segment].links
                guard let link = emptiest(links) else {
                    lines.append("'\(name)' waits for the host to feed it\(seconds)")
                    continue
                }
                let from = plan.links[link].from
                lines.append(
                    "'\(name)' waits for elements from '\(plan.segments[from].name)'"
                        + " (\(fill(link)))\(seconds)")
                waitsFor[instance.segment] = from
            case .blocked:
                let port = Int(status.get(1))
                let links = plan.segments[instance.segment].outLinks
                guard let link = fullest(links, port) else {
                    lines.append("'\(name)' waits for the host to take from it\(seconds)")
                    continue
                }
                let to = plan.links[link].to
                lines.append(
                    "'\(name)' waits for room in the channel to '\(plan.segments[to].name)'"
                        + " (\(fill(link)))\(seconds)")
                waitsFor[instance.segment] = to
            }
        }
        if let conclusion = conclusion(waitsFor) { lines.insert(conclusion, at: 0) }
        return lines.isEmpty ? "no stage waits" : lines.joined(separator: "; ")
    }

    func instanceName(_ i: Int) -> String {
        let segment = plan.segments[instances[i].segment]
        return segment.replicas > 1 ? "\(segment.name)#\(instances[i].replica)" : segment.name
    }

    private func waitingSeconds(_ status: SegmentStatus) -> String {
        let since = status.get(6)
        let now = engine.environment.now
        if since == 0 || now <= since { return "" }
        let milliseconds = (now - since) / 1_000_000
        return milliseconds > 0 ? " for \(milliseconds) ms" : ""
    }

    private func length(_ link: Int) -> Int { links[link].rings.reduce(0) { $0 + $1.length } }

    private func emptiest(_ candidates: [Int]) -> Int? {
        candidates.min { length($0) < length($1) }
    }

    /// Of the links at the outlet with this number, the one with the least room.
    private func fullest(_ candidates: [Int], _ outlet: Int) -> Int? {
        let ports = Set(candidates.map { plan.links[$0].port }).sorted()
        guard ports.indices.contains(outlet) else { return nil }
        return candidates.filter { plan.links[$0].port == ports[outlet] }.max {
            length($0) * plan.links[$1].capacity < length($1) * plan.links[$0].capacity
        }
    }

    private func fill(_ link: Int) -> String {
        "\(length(link)) of \(links[link].rings.reduce(0) { $0 + $1.capacity })"
    }

    /// Follows who waits for whom to its end or round its cycle.
    private func conclusion(_ waitsFor: [Int: Int]) -> String? {
        guard var at = waitsFor.keys.min() else { return nil }
        var path = [at]
        while let next = waitsFor[at] {
            if let start = path.firstIndex(of: next) {
                let cycle = path[start...].map { "'\(plan.segments[$0].name)'" }
                return "a cycle waits for itself: " + cycle.joined(separator: " -> ") + " -> "
                    + cycle[0]
            }
            path.append(next)
            at = next
        }
        return "everybody waits for '\(plan.segments[at].name)'"
    }
}
