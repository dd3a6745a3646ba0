import PenstockDataflow
import PenstockRuntime

/// A stream taken span by span instead of element by element: what `Stream.spans` and
/// `Stream.batch(_:)` give.
///
/// A span's closure sees the elements where they are. If it throws, the whole span has failed, and
/// the stage's failure policy decides about all of its elements.
public struct Spans<Element: Sendable>: Sendable {
    @usableFromInline let stream: Stream<Element>
    /// How many elements a span has; 0: as many as there are.
    @usableFromInline let batch: Int
    @usableFromInline let linger: Duration

    @inlinable init(_ stream: Stream<Element>, batch: Int, linger: Duration) {
        self.stream = stream
        self.batch = batch
        self.linger = linger
    }
}

extension Stream {
    /// The elements in spans of whatever is there: at least one, at most about what fits in the
    /// first level cache.
    public var spans: Spans<Element> { Spans(self, batch: 0, linger: .zero) }

    /// The elements in spans of exactly `count`; the last may be shorter. With `linger` a shorter
    /// one also comes when its first element has waited so long.
    public func batch(_ count: Int, linger: Duration = .zero) -> Spans<Element> {
        if count < 1 { graph.core.description.fail(.invalid, "a batch of \(count) elements") }
        return Spans(self, batch: count, linger: linger)
    }
}

extension Spans {
    /// Ends the stream: the closure gets each span.
    @inlinable @inline(__always) @discardableResult
    public func sink<Failure: Error>(
        _ take: @escaping @Sendable (Span<Element>) throws(Failure) -> Void
    ) -> Sink {
        stream.graph.addSink(
            stream, label: "sink", batch: batch, linger: linger,
            StageBox { context, input, _, n in
                let from = input.assumingMemoryBound(to: Element.self)
                do throws(Failure) {
                    try take(UnsafeBufferPointer(start: from, count: n).span)
                } catch {
                    return context.fail(-1, error)
                }
                from.deinitialize(count: n)
                return StageContext.done
            })
    }

    /// One output for each span.
    @inlinable @inline(__always)
    public func map<Output: Sendable, Failure: Error>(
        _ transform: @escaping @Sendable (Span<Element>) throws(Failure) -> Output
    ) -> Stream<Output> {
        stream.graph.addProcess(
            stream, label: batch > 0 ? "batch" : "spans", to: Output.self, atMost: 1, batch: batch,
            linger: linger,
            StageBox { context, input, _, n in
                let from = input.assumingMemoryBound(to: Element.self)
                let (base, room) = context.reserve(0, 1)
                guard let base, room == 1 else { return context.noRoom() }
                do throws(Failure) {
                    base.assumingMemoryBound(to: Output.self).initialize(
                        to: try transform(UnsafeBufferPointer(start: from, count: n).span))
                } catch {
                    return context.fail(-1, error)
                }
                from.deinitialize(count: n)
                context.commit(0, 1)
                return StageContext.done
            })
    }

    /// The spans as arrays.
    public var arrays: Stream<[Element]> {
        map { span in
            [Element](unsafeUninitializedCapacity: span.count) { buffer, count in
                for i in span.indices { (buffer.baseAddress! + i).initialize(to: span[i]) }
                count = span.count
            }
        }
    }

    /// As many outputs as elements, span by span: the closure appends one for each element of its
    /// input.
    ///
    /// `output.withUnsafeMutableBufferPointer` gives the memory itself, for loops that vectorise.
    @inlinable @inline(__always)
    public func map<Output: Sendable, Failure: Error>(
        to _: Output.Type,
        _ transform:
            @escaping @Sendable (
                Span<Element>, inout OutputSpan<Output>
            ) throws(Failure) -> Void
    ) -> Stream<Output> {
        stream.graph.addSpanMap(
            stream, to: Output.self, batch: batch, linger: linger,
            StageBox { context, input, output, n in
                let from = input.assumingMemoryBound(to: Element.self)
                let to = output.assumingMemoryBound(to: Output.self)
                let buffer = UnsafeMutableBufferPointer(start: to, count: n)
                var span = OutputSpan(buffer: buffer, initializedCount: 0)
                do throws(Failure) {
                    try transform(UnsafeBufferPointer(start: from, count: n).span, &span)
                } catch {
                    return context.fail(-1, error)
                }
                if span.count < n { return context.tooFew(span.count, n) }
                _ = span.finalize(for: buffer)
                from.deinitialize(count: n)
                return StageContext.done
            })
    }
}

extension StageContext {
    @usableFromInline @inline(never) func tooFew(_ made: Int, _ wanted: Int) -> Int32 {
        fail(-1, text: "its closure made \(made) elements of \(wanted)")
    }
}

extension Graph {
    @usableFromInline
    func addSpanMap<Input, Output>(
        _ input: Stream<Input>, to: Output.Type, batch: Int, linger: Duration, _ box: StageBox
    ) -> Stream<Output> {
        let stage = add(
            .map, label: "map", inputs: [input.erased], outputs: [PortType(Output.self)], box: box
        ) {
            $0.batch = batch
            $0.lingerNanoseconds = linger.wholeNanoseconds
        }
        return Stream(graph: self, stage: stage)
    }
}
