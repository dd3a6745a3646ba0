/// Whether a source has more to give.
public enum Supply: Sendable {
    /// Ask again; later, if nothing was given this time.
    case more
    /// This was all.
    case end
}

extension Graph {
    /// The elements of a sequence, from its beginning in each run.
    @inlinable @inline(__always)
    public func source<Elements: Sequence & Sendable>(
        _ elements: Elements
    ) -> Stream<Elements.Element> where Elements.Element: Sendable {
        let box = StageBox { context, output, made, capacity in
            let to = output.assumingMemoryBound(to: Elements.Element.self)
            let iterator = context.state(Elements.Iterator.self)
            var count = 0
            while count < capacity {
                guard let element = iterator.pointee.next() else {
                    made.storeBytes(of: count, as: Int.self)
                    return StageContext.end
                }
                (to + count).initialize(to: element)
                count &+= 1
            }
            made.storeBytes(of: count, as: Int.self)
            return StageContext.done
        }
        box.keepState { elements.makeIterator() }
        return addSource(of: Elements.Element.self, box)
    }

    /// What the closure makes of its state, one element a call, until it gives nil. Each run begins
    /// with `state`.
    @inlinable @inline(__always)
    public func source<State, Element: Sendable, Failure: Error>(
        state: @escaping @autoclosure @Sendable () -> State,
        next: @escaping @Sendable (inout State) throws(Failure) -> Element?
    ) -> Stream<Element> {
        let box = StageBox { context, output, made, capacity in
            let to = output.assumingMemoryBound(to: Element.self)
            let state = context.state(State.self)
            var count = 0
            while count < capacity {
                do throws(Failure) {
                    guard let element = try next(&state.pointee) else {
                        made.storeBytes(of: count, as: Int.self)
                        return StageContext.end
                    }
                    (to + count).initialize(to: element)
                } catch {
                    to.deinitialize(count: count)
                    return context.fail(-1, error)
                }
                count &+= 1
            }
            made.storeBytes(of: count, as: Int.self)
            return StageContext.done
        }
        box.keepState(state)
        return addSource(of: Element.self, box)
    }

    /// Spans that the closure fills: it appends at most as many elements as there is room for and
    /// says whether more will come. Appending nothing and saying `.more` means "nothing now": it is
    /// asked again after microseconds, then up to a millisecond, or when `wake(_:)` is called.
    ///
    /// `output.withUnsafeMutableBufferPointer` gives the memory itself, for loops that vectorise.
    @inlinable @inline(__always)
    public func source<Element: Sendable, Failure: Error>(
        of _: Element.Type,
        fill: @escaping @Sendable (inout OutputSpan<Element>) throws(Failure) -> Supply
    ) -> Stream<Element> {
        source(of: Element.self, state: ()) {
            (_, output: inout OutputSpan<Element>) throws(Failure) in try fill(&output)
        }
    }

    /// The same with a state; each run begins with `state`.
    @inlinable @inline(__always)
    public func source<State, Element: Sendable, Failure: Error>(
        of _: Element.Type, state: @escaping @autoclosure @Sendable () -> State,
        fill: @escaping @Sendable (inout State, inout OutputSpan<Element>) throws(Failure) -> Supply
    ) -> Stream<Element> {
        let box = StageBox { context, output, made, capacity in
            let to = output.assumingMemoryBound(to: Element.self)
            let buffer = UnsafeMutableBufferPointer(start: to, count: capacity)
            var span = OutputSpan(buffer: buffer, initializedCount: 0)
            do throws(Failure) {
                let supply = try fill(&context.state(State.self).pointee, &span)
                made.storeBytes(of: span.finalize(for: buffer), as: Int.self)
                return supply == .end ? StageContext.end : StageContext.done
            } catch {
                return context.fail(-1, error)
            }
        }
        box.keepState(state)
        return addSource(of: Element.self, box)
    }

    @usableFromInline
    func addSource<Element>(of _: Element.Type, _ box: StageBox) -> Stream<Element> {
        let stage = add(
            .source, label: "source", inputs: [], outputs: [PortType(Element.self)], box: box)
        return Stream(graph: self, stage: stage)
    }
}
