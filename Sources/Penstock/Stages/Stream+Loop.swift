import PenstockDataflow
import PenstockRuntime

extension Stream {
    /// A cycle: elements go round until the body lets them out.
    ///
    /// The body gets the stream inside the cycle, describes its stages, and returns what goes back
    /// in and whatever else it wants to hand out. `credit`: how many elements may be inside at
    /// once; the next is let in only when one has left. No stage of the cycle may emit more
    /// elements into it than it takes out of it.
    ///
    ///     let halved = numbers.loop(credit: 64) { inside in
    ///         let (again, done) = inside.process(to: Int.self, Int.self) { n, again, done in
    ///             if n > 1 { again.send(n / 2) } else { done.send(n) }
    ///         }
    ///         return (again: again, result: done)
    ///     }
    ///
    /// An element that is sent back never waits for room, so the cycle cannot deadlock.
    public func loop<Result>(
        credit: Int, _ body: (Stream<Element>) throws -> (again: Stream<Element>, result: Result)
    ) rethrows -> Result {
        let type = PortType(Element.self)
        let stage = graph.add(
            .merge(.any), label: "loop", inputs: [erased], outputs: [type],
            keepAlive: type.operations)
        let (again, result) = try body(Stream(graph: graph, stage: stage))
        if stage < 0 { return result }
        let description = graph.core.description
        if again.graph !== graph {
            description.fail(.badHandle, "a stream of another graph goes back into a loop")
        } else if credit < 1 {
            description.fail(.cycle, "a loop's credit is \(credit)")
        } else {
            description.addFeedback(
                from: .init(stage: again.stageIndex, port: again.port), to: stage,
                credit: UInt64(credit))
        }
        return result
    }
}
