import PenstockDataflow
import PenstockRuntime

/// The graph of a seed as text, for finding out what a failing one is about.
extension Scenario {
    var text: String {
        var lines: [String] = []
        for (i, stage) in graph.description.stages.enumerated() {
            let o = stage.options
            var line = "\(stage.word) '\(stage.name)'"
            if case .merge(let order) = stage.kind {
                switch order {
                case .any: line += " any"
                case .turns: line += " in turns"
                case .sorted: line += " sorted"
                }
            }
            if case .fold(_, _, let every) = stage.kind { line += " every \(every)" }
            let inputs = graph.description.edges.filter { $0.to == i }.map { edge in
                let from = graph.description.stages[edge.from]
                var way = "\(from.name):\(edge.port)"
                if edge.capacity > 0 { way += " capacity \(edge.capacity)" }
                if edge.neverFuse { way += " unfused" }
                if let credit = edge.credit { way += " credit \(credit)" }
                switch from.distributions[edge.port] {
                case .broadcast: break
                case .roundRobin: way += " round-robin"
                case .key: way += " by key"
                }
                return way
            }
            if !inputs.isEmpty { line += " <- [" + inputs.joined(separator: ", ") + "]" }
            if o.replicas > 1 {
                line += " x\(o.replicas) \(o.key != nil ? "key" : o.ordered ? "ordered" : "any")"
            }
            if o.capacity > 0 { line += " capacity \(o.capacity)" }
            if o.batch > 0 { line += " batch \(o.batch) linger \(o.lingerNanoseconds)" }
            if o.maxOutputs > 1 { line += " outputs \(o.maxOutputs)" }
            if o.onFailure != .fail { line += " \(o.onFailure) \(o.retries)" }
            if o.thread != .worker { line += " \(o.thread)" }
            if o.finish != nil { line += " finish" }
            if let station = stationOf[i] {
                if station.failing > 0 {
                    line += " fails \(station.failing)/1000 x\(station.tries)"
                    line += station.namesElement ? " by index" : " whole"
                }
                if station.endsAfter > 0 { line += " ends after \(station.endsAfter)" }
                if station.limit > 0 { line += " makes \(station.limit)" }
                if station.leftovers > 0 { line += " leaves \(station.leftovers)" }
                line += " size \(station.outTypes.map(\.size))"
            }
            lines.append(line)
        }
        if let cancelsAt { lines.append("cancelled at \(cancelsAt)") }
        if ledger.callLimit > 0 { lines.append("cancelled by callback \(ledger.callLimit)") }
        if ledger.failingCopy > 0 { lines.append("copy \(ledger.failingCopy) fails") }
        if let pausesAt { lines.append("paused at \(pausesAt)") }
        return lines.joined(separator: "\n")
    }
}
