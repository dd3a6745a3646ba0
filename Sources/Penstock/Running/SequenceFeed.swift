import PenstockDataflow
import PenstockRuntime

/// A stage that a task feeds from an asynchronous sequence.
protocol SequenceFeeding: Sendable {
    /// Starts the task. It holds neither the graph nor the engine.
    func begin(
        _ core: PenstockDataflow.Graph, _ contents: GraphContents
    ) -> _Concurrency.Task<Void, Never>
}

struct SequenceFeed<Elements: AsyncSequence & Sendable>: SequenceFeeding
where Elements.Element: Sendable {
    let elements: Elements
    let stage: Int
    let gate: HostGate

    func begin(
        _ core: PenstockDataflow.Graph, _ contents: GraphContents
    ) -> _Concurrency.Task<Void, Never> {
        _Concurrency.Task.detached {
            do {
                for try await element in elements {
                    if await !push(element, core) { return }
                }
                try? core.close(stage: stage)
            } catch {
                fail(error, core, contents)
            }
        }
    }

    /// Under back-pressure: suspends while the feed is full. False when nobody takes any more.
    private func push(_ element: Elements.Element, _ core: PenstockDataflow.Graph) async -> Bool {
        let slot = UnsafeMutablePointer<Elements.Element>.allocate(capacity: 1)
        defer { slot.deallocate() }
        slot.initialize(to: element)
        while true {
            var pushed = 0
            do throws(Failure) {
                try core.push(stage: stage, slot, 1, nanoseconds: 0, pushed: &pushed)
                return true
            } catch {
                if error.status != .again || _Concurrency.Task.isCancelled {
                    slot.deinitialize(count: 1)
                    return false
                }
            }
            await gate.wait {
                (try? core.awaitHostEdge(stage: stage, isFeed: true)) ?? true
            }
        }
    }

    /// The sequence threw: so has the stage.
    private func fail(
        _ error: any Error, _ core: PenstockDataflow.Graph, _ contents: GraphContents
    ) {
        guard let run = core.run, !run.hasEnded, !run.isStopping else { return }
        contents.note(error, feed: stage)
        let position = run.stats(of: stage).elementsOut
        run.fail(
            .stageFailed, "stage '\(core.description.stages[stage].name)': \(error)",
            site: Failure.Site(stage: stage, replica: 0, position: position))
    }
}

extension Graph {
    /// The elements of an asynchronous sequence: while the graph runs, a task takes them and feeds
    /// them in, and suspends while there is no room. Each run asks for a new iterator. When the
    /// sequence throws, the run fails with its error; when the run ends early, the task is
    /// cancelled.
    public func source<Elements: AsyncSequence & Sendable>(
        _ elements: Elements
    ) -> Stream<Elements.Element> where Elements.Element: Sendable {
        let gate = HostGate()
        let type = PortType(Elements.Element.self)
        let stage = add(
            .feed, label: "source", inputs: [], outputs: [type],
            keepAlive: Attachments(gate, type.operations))
        if stage >= 0 {
            core.description.setNotice(stage, gate.notice)
            contents.sequenceFeeds.append(
                SequenceFeed(elements: elements, stage: stage, gate: gate))
        }
        return Stream(graph: self, stage: stage)
    }
}
