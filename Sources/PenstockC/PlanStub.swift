import PenstockDataflow
import PenstockRuntime
import PenstockTopology

extension Placement {
    func text(applied: [AppliedBinding?]) -> String {
        workers.map { "worker \($0.index): core \($0.core) \($0.tasks) \($0.reason)" }.joined(
            separator: "\n") + "\n"
    }
    func json(applied: [AppliedBinding?]) -> String { "{}" }
    func dot(applied: [AppliedBinding?]) -> String { "" }
    func svg(applied: [AppliedBinding?]) -> String { "" }
}
extension Machine {
    func text() -> String { "machine\n" }
    func json(capacity: Capacity) -> String { "{}" }
    static var hwlocVersion: String { "2.9" }
}
