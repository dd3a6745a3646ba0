extension Stream {
    /// The elements for which the closure says true. The others are released.
    @inlinable @inline(__always)
    public func filter<Failure: Error>(
        _ isIncluded: @escaping @Sendable (Element) throws(Failure) -> Bool
    ) -> Stream<Element> {
        graph.addFilter(
            self,
            StageBox { context, input, output, n in
                let from = input.assumingMemoryBound(to: Element.self)
                let keep = output.assumingMemoryBound(to: Bool.self)
                for i in 0..<n {
                    do throws(Failure) { keep[i] = try isIncluded(from[i]) } catch {
                        return context.fail(i, error)
                    }
                }
                return StageContext.done
            })
    }

    /// The same with values that the closure gets handed instead of capturing them.
    @inlinable @inline(__always)
    public func filter<Values: Sendable, Failure: Error>(
        using values: Values,
        _ isIncluded: @escaping @Sendable (Element, Values) throws(Failure) -> Bool
    ) -> Stream<Element> {
        let box = StageBox { context, input, output, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let keep = output.assumingMemoryBound(to: Bool.self)
            let values = context.state(Values.self).pointee
            for i in 0..<n {
                do throws(Failure) { keep[i] = try isIncluded(from[i], values) } catch {
                    return context.fail(i, error)
                }
            }
            return StageContext.done
        }
        box.keepState { values }
        return graph.addFilter(self, box)
    }
}

extension Graph {
    @usableFromInline
    func addFilter<Element>(_ input: Stream<Element>, _ box: StageBox) -> Stream<Element> {
        let stage = add(
            .filter, label: "filter", inputs: [input.erased], outputs: [PortType(Element.self)],
            box: box)
        return Stream(graph: self, stage: stage)
    }
}
