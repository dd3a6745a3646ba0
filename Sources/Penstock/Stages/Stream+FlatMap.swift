import PenstockDataflow

extension Stream {
    /// All elements of the sequences that the closure makes, at most `atMost` (up to 2^20) for each
    /// element. A longer sequence fails that element.
    ///
    /// The limit is what lets the engine know beforehand that there is room, so that memory stays
    /// bounded; keep it near what is usual.
    @inlinable @inline(__always)
    public func flatMap<Outputs: Sequence & SendableMetatype, Failure: Error>(
        atMost: Int = 16, _ transform: @escaping @Sendable (Element) throws(Failure) -> Outputs
    ) -> Stream<Outputs.Element>
    where Outputs.Element: Sendable, Outputs.Iterator: SendableMetatype {
        let box = StageBox { context, input, _, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let atMost = context.state(Int.self).pointee
            let (base, room) = context.reserve(0, n &* atMost)
            guard let base, room == n &* atMost else { return context.noRoom() }
            let to = base.assumingMemoryBound(to: Outputs.Element.self)
            var count = 0
            for i in 0..<n {
                let mark = count
                do throws(Failure) {
                    for output in try transform(from[i]) {
                        if count &- mark == atMost {
                            (to + mark).deinitialize(count: atMost)
                            from.deinitialize(count: i)
                            context.commit(0, mark)
                            return context.tooMany(i, atMost)
                        }
                        (to + count).initialize(to: output)
                        count &+= 1
                    }
                } catch {
                    from.deinitialize(count: i)
                    context.commit(0, mark)
                    return context.fail(i, error)
                }
            }
            from.deinitialize(count: n)
            context.commit(0, count)
            return StageContext.done
        }
        box.keepState { atMost }
        return graph.addProcess(
            self, label: "flat map", to: Outputs.Element.self, atMost: atMost, box)
    }

    /// The outputs that are not nil.
    @inlinable @inline(__always)
    public func compactMap<Output: Sendable, Failure: Error>(
        _ transform: @escaping @Sendable (Element) throws(Failure) -> Output?
    ) -> Stream<Output> {
        graph.addProcess(
            self, label: "compact map", to: Output.self, atMost: 1,
            StageBox { context, input, _, n in
                let from = input.assumingMemoryBound(to: Element.self)
                let (base, room) = context.reserve(0, n)
                guard let base, room == n else { return context.noRoom() }
                let to = base.assumingMemoryBound(to: Output.self)
                var count = 0
                for i in 0..<n {
                    do throws(Failure) {
                        guard let output = try transform(from[i]) else { continue }
                        (to + count).initialize(to: output)
                        count &+= 1
                    } catch {
                        from.deinitialize(count: i)
                        context.commit(0, count)
                        return context.fail(i, error)
                    }
                }
                from.deinitialize(count: n)
                context.commit(0, count)
                return StageContext.done
            })
    }

    /// The first `count` elements. The stages before it that feed nobody else then end early.
    public func prefix(_ count: Int) -> Stream<Element> {
        let box = StageBox { context, input, _, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let left = context.state(Int.self)
            let taken = min(n, left.pointee)
            if taken > 0 {
                let (base, room) = context.reserve(0, taken)
                guard let base, room == taken else { return context.noRoom() }
                base.assumingMemoryBound(to: Element.self).moveInitialize(from: from, count: taken)
                context.commit(0, taken)
            }
            (from + taken).deinitialize(count: n - taken)
            left.pointee -= taken
            return left.pointee == 0 ? StageContext.end : StageContext.done
        }
        box.keepState { max(count, 0) }
        return graph.addProcess(self, label: "prefix", to: Element.self, atMost: 1, box)
    }
}

extension StageContext {
    @usableFromInline @inline(never) func noRoom() -> Int32 {
        fail(-1, text: "the engine gave less room than it promised")
    }

    @usableFromInline @inline(never) func tooMany(_ index: Int, _ limit: Int) -> Int32 {
        fail(index, text: "it made more than \(limit) elements; raise the stage's 'atMost'")
    }
}

extension Graph {
    @usableFromInline
    func addProcess<Input, Output>(
        _ input: Stream<Input>, label: String, to: Output.Type, atMost: Int, batch: Int = 0,
        linger: Duration = .zero, _ box: StageBox
    ) -> Stream<Output> {
        let stage = add(
            .process, label: label, inputs: [input.erased], outputs: [PortType(Output.self)],
            box: box
        ) {
            $0.maxOutputs = atMost
            $0.batch = batch
            $0.lingerNanoseconds = linger.wholeNanoseconds
        }
        return Stream(graph: self, stage: stage)
    }
}
