import PenstockDataflow
import PenstockRuntime
import PenstockTopology

// How plans and machines show themselves. Until PenstockTopology's renderings are there: the little that
// their fields say.

extension Run {
    var planText: String {
        guard let placement else { return "" }
        return placement.workers.map { worker in
            let tasks = worker.tasks.map { placement.request.tasks[$0].name }
            return "worker \(worker.index): core \(worker.core), "
                + "\(tasks.joined(separator: ", ")): \(worker.reason)\n"
        }.joined()
    }

    var planJSON: String { "{}" }
    var planDOT: String { "digraph {}" }
    var planSVG: String { "<svg xmlns=\"http://www.w3.org/2000/svg\"/>" }
}

extension PenstockRuntime.Engine {
    var machineText: String { "\(machine.cores.count) cores\n\(capacity)\n" }
}
