extension Stream {
    /// One output for each element.
    ///
    /// A closure that captures nothing is inlined into the loop over a span. Where it throws, the
    /// element is the engine's again and the failure policy decides about it.
    @inlinable @inline(__always)
    public func map<Output: Sendable, Failure: Error>(
        _ transform: @escaping @Sendable (Element) throws(Failure) -> Output
    ) -> Stream<Output> {
        graph.addMap(
            self, to: Output.self,
            StageBox { context, input, output, n in
                let from = input.assumingMemoryBound(to: Element.self)
                let to = output.assumingMemoryBound(to: Output.self)
                for i in 0..<n {
                    let element = (from + i).move()
                    do throws(Failure) {
                        (to + i).initialize(to: try transform(element))
                    } catch {
                        (from + i).initialize(to: element)
                        return context.fail(i, error)
                    }
                }
                return StageContext.done
            })
    }

    /// One output for each element, made with values that the closure gets handed instead of
    /// capturing them: so it is inlined and vectorises.
    ///
    ///     .map(using: (mean: m, deviation: d)) { ($0 - $1.mean) / $1.deviation }
    @inlinable @inline(__always)
    public func map<Values: Sendable, Output: Sendable, Failure: Error>(
        using values: Values,
        _ transform: @escaping @Sendable (Element, Values) throws(Failure) -> Output
    ) -> Stream<Output> {
        // From the replica's state, not captured: a loop that captures the closure alone is
        // specialised.
        let box = StageBox { context, input, output, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let to = output.assumingMemoryBound(to: Output.self)
            let values = context.state(Values.self).pointee
            for i in 0..<n {
                let element = (from + i).move()
                do throws(Failure) {
                    (to + i).initialize(to: try transform(element, values))
                } catch {
                    (from + i).initialize(to: element)
                    return context.fail(i, error)
                }
            }
            return StageContext.done
        }
        box.keepState { values }
        return graph.addMap(self, to: Output.self, box)
    }

    /// One output for each element, made with a state that each replica has of its own, from
    /// `state` at the beginning of each run. What a throwing closure changed in the state stays
    /// changed.
    @inlinable @inline(__always)
    public func map<State, Output: Sendable, Failure: Error>(
        state: @escaping @autoclosure @Sendable () -> State,
        _ transform: @escaping @Sendable (inout State, Element) throws(Failure) -> Output
    ) -> Stream<Output> {
        let box = StageBox { context, input, output, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let to = output.assumingMemoryBound(to: Output.self)
            let state = context.state(State.self)
            for i in 0..<n {
                let element = (from + i).move()
                do throws(Failure) {
                    (to + i).initialize(to: try transform(&state.pointee, element))
                } catch {
                    (from + i).initialize(to: element)
                    return context.fail(i, error)
                }
            }
            return StageContext.done
        }
        box.keepState(state)
        return graph.addMap(self, to: Output.self, box)
    }
}

extension Graph {
    @usableFromInline
    func addMap<Input, Output>(
        _ input: Stream<Input>, to: Output.Type, _ box: StageBox
    ) -> Stream<Output> {
        let stage = add(
            .map, label: "map", inputs: [input.erased], outputs: [PortType(Output.self)], box: box)
        return Stream(graph: self, stage: stage)
    }
}
