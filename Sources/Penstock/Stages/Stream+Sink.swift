import PenstockDataflow
import PenstockRuntime

extension Stream {
    /// Ends the stream: the closure gets each element.
    @inlinable @inline(__always) @discardableResult
    public func sink<Failure: Error>(
        _ take: @escaping @Sendable (Element) throws(Failure) -> Void
    ) -> Sink {
        graph.addSink(
            self, label: "sink",
            StageBox { context, input, _, n in
                let from = input.assumingMemoryBound(to: Element.self)
                for i in 0..<n {
                    do throws(Failure) { try take(from[i]) } catch {
                        from.deinitialize(count: i)
                        return context.fail(i, error)
                    }
                }
                from.deinitialize(count: n)
                return StageContext.done
            })
    }

    /// Ends the stream when the closure says true: it has what it wants. The stages before it that
    /// feed nobody else then end early; the elements under way are released.
    @inlinable @inline(__always) @discardableResult
    public func sinkUntil<Failure: Error>(
        _ hasEnough: @escaping @Sendable (Element) throws(Failure) -> Bool
    ) -> Sink {
        graph.addSink(
            self, label: "sink",
            StageBox { context, input, _, n in
                let from = input.assumingMemoryBound(to: Element.self)
                for i in 0..<n {
                    do throws(Failure) {
                        if try !hasEnough(from[i]) { continue }
                    } catch {
                        from.deinitialize(count: i)
                        return context.fail(i, error)
                    }
                    from.deinitialize(count: n)
                    return StageContext.end
                }
                from.deinitialize(count: n)
                return StageContext.done
            })
    }

    /// Ends the stream: releases the elements. For what is run for its side effects or measured.
    @discardableResult
    public func discard() -> Sink {
        graph.addSink(
            self, label: "discard",
            StageBox { _, input, _, n in
                input.assumingMemoryBound(to: Element.self).deinitialize(count: n)
                return StageContext.done
            })
    }

    /// Ends the stream: keeps all elements, in order, for whoever asks when the run has ended.
    public func collect() -> Collected<Element> {
        let storage = CollectionStorage<Element>()
        let box = StageBox { _, input, _, n in
            storage.append(input.assumingMemoryBound(to: Element.self), n)
            return StageContext.done
        }
        box.keepState { storage.clear() }
        let sink = graph.addSink(self, label: "collect", box)
        return Collected(graph: graph, stage: sink.stageIndex, storage: storage)
    }
}

/// What `collect()` keeps of the current or last run.
public struct Collected<Element: Sendable>: Sendable {
    public let graph: Graph
    let stage: Int
    let storage: CollectionStorage<Element>

    /// The elements so far. Any thread.
    public var elements: [Element] { storage.elements }

    /// Gives the stage a name of its own.
    @discardableResult public func named(_ name: String) -> Self {
        graph.core.description.rename(stage, name)
        return self
    }
}

/// Apart from the handle, since the stage keeps it and must not keep its own graph.
final class CollectionStorage<Element: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private var kept: [Element] = []  // guard: lock

    var elements: [Element] { lock.withLock { kept } }

    func clear() { lock.withLock { kept = [] } }

    func append(_ elements: UnsafeMutablePointer<Element>, _ n: Int) {
        lock.withLock { kept.append(contentsOf: UnsafeBufferPointer(start: elements, count: n)) }
        elements.deinitialize(count: n)
    }
}

extension Graph {
    @usableFromInline
    func addSink<Input>(
        _ input: Stream<Input>, label: String, batch: Int = 0, linger: Duration = .zero,
        _ box: StageBox
    ) -> Sink {
        let stage = add(.sink, label: label, inputs: [input.erased], outputs: [], box: box) {
            $0.batch = batch
            $0.lingerNanoseconds = linger.wholeNanoseconds
        }
        return Sink(graph: self, stage: stage)
    }
}
