import PenstockDataflow
import PenstockRuntime

/// What names a stage and can change its settings: a stream (the stage that gives it) or a sink.
///
/// Settings return the handle, so that they chain. They are for the thread that describes the
/// graph, before it runs.
public protocol StageHandle: Sendable {
    var graph: Graph { get }
    /// The number of the stage in its graph.
    var stageIndex: Int { get }
}

extension Stream: StageHandle {}
extension Sink: StageHandle {}

/// What becomes of an element for which a stage's closure throws.
public enum FailurePolicy: Sendable {
    /// The run ends with the error. The default.
    case fail
    /// The element is released and counted; the stage goes on.
    case skip
    /// The element is tried again so many times, at first after `backoff`, then after twice as long
    /// and so on up to a thousandfold; after that as `fail`.
    case retry(times: Int = 3, backoff: Duration = .milliseconds(1))
    /// The element goes to the stream `deadLetters(of:)`.
    case deadLetter
}

extension StageHandle {
    @discardableResult
    private func configured(_ change: (inout StageOptions) -> Void) -> Self {
        graph.configure(stageIndex, change)
        return self
    }

    /// Gives the stage a name of its own, for errors, statistics and pictures. Names are unique in
    /// a graph; without one it is called after what it does: "map", "map 2", ….
    @discardableResult public func named(_ name: String) -> Self {
        graph.core.description.rename(stageIndex, name)
        return self
    }

    /// Runs so many copies of the stage (1 to 256), which share its input. Ordered: results leave
    /// in the order of the inputs. Not for sources, merges and folds.
    @discardableResult public func replicas(_ count: Int, ordered: Bool = true) -> Self {
        configured {
            $0.replicas = count
            $0.ordered = ordered
        }
    }

    /// Always a task of its own, with channels on both sides. Otherwise neighbours run as one task
    /// where that is cheaper.
    @discardableResult public func unfused() -> Self {
        graph.unfuse(stageIndex)
        return self
    }

    /// On a thread of its own, which may sleep in system calls and never spins.
    @discardableResult public func blocking() -> Self { configured { $0.thread = .blocking } }

    /// On the thread that waits for the graph in `run`, `wait` or `poll`. (The asynchronous forms
    /// wait on a thread of their own.)
    @discardableResult public func onHost() -> Self { configured { $0.thread = .host } }

    /// What becomes of elements for which the closure throws.
    @discardableResult public func onFailure(_ policy: FailurePolicy) -> Self {
        configured {
            switch policy {
            case .fail: $0.onFailure = .fail
            case .skip: $0.onFailure = .skip
            case .retry(let times, let backoff):
                $0.onFailure = .retry
                $0.retries = times
                $0.backoffNanoseconds = backoff.wholeNanoseconds
            case .deadLetter: $0.onFailure = .deadLetter
            }
        }
    }

    /// The elements on which the stage failed, as they were before; sets its policy to
    /// `.deadLetter`. `type` must be what the stage takes.
    public func deadLetters<Input: Sendable>(of type: Input.Type) -> Stream<Input> {
        let description = graph.core.description
        guard description.stages.indices.contains(stageIndex) else {
            return Stream(graph: graph, stage: -1)
        }
        let spec = description.stages[stageIndex]
        guard let taken = graph.contents.inputTypes[stageIndex], taken == type else {
            let takes = spec.input.map { "takes \($0.name)" } ?? "takes no elements"
            description.fail(
                .typeMismatch, "dead letters of '\(spec.name)' are not \(type): it \(takes)")
            return Stream(graph: graph, stage: -1)
        }
        onFailure(.deadLetter)
        return Stream(graph: graph, stage: stageIndex, port: spec.deadLetterPort)
    }

    /// How many elements each channel to the stage holds. Otherwise about 64 KiB worth.
    @discardableResult public func capacity(_ elements: Int) -> Self {
        configured { $0.capacity = elements }
    }

    /// A hint for fusion and placement: time per input element. See also `Graph.learn()`.
    @discardableResult public func cost(nanoseconds: Double) -> Self {
        configured { $0.costNanoseconds = nanoseconds }
    }

    /// Places it on an object of the machine: "L3:0", "core:5", "numa:1", "package:0" (logical
    /// numbers).
    @discardableResult public func placed(on object: String) -> Self {
        configured { $0.on = object }
    }

    /// Places it where another stage is.
    @discardableResult public func placed(near other: some StageHandle) -> Self {
        if other.graph !== graph {
            graph.core.description.fail(.badHandle, "a stage is placed near one of another graph")
        }
        return configured { $0.near = other.stageIndex }
    }

    /// No other stage on its core, if there are cores enough.
    @discardableResult public func exclusive() -> Self { configured { $0.exclusive = true } }
}
