import PenstockDataflow
import PenstockRuntime

extension Stream {
    /// Folds the elements into a state, which is the output: once, when the input ends; or with
    /// `every` after each so many elements, and the state starts anew (what is left at the end is
    /// given too, if any element came since).
    ///
    /// Each run begins with `initial`. What a throwing closure changed in the state stays changed.
    @inlinable @inline(__always)
    public func fold<State: Sendable, Failure: Error>(
        _ initial: State, every: Int = 0,
        _ combine: @escaping @Sendable (inout State, Element) throws(Failure) -> Void
    ) -> Stream<State> {
        let box = StageBox { context, input, _, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let fold = context.state(FoldState<State>.self)
            let every = fold.pointee.every
            var value = fold.pointee.take()
            if every == 0 {
                for i in 0..<n {
                    do throws(Failure) { try combine(&value, from[i]) } catch {
                        from.deinitialize(count: i)
                        fold.pointee.put(value, 0)
                        return context.fail(i, error)
                    }
                }
                from.deinitialize(count: n)
                fold.pointee.put(value, 0)
                return StageContext.done
            }
            let (base, room) = context.reserve(0, n)
            guard let base, room == n else {
                fold.pointee.put(value, fold.pointee.since)
                return context.noRoom()
            }
            let output = base.assumingMemoryBound(to: State.self)
            var emitted = 0
            var since = fold.pointee.since
            for i in 0..<n {
                do throws(Failure) { try combine(&value, from[i]) } catch {
                    from.deinitialize(count: i)
                    fold.pointee.put(value, since)
                    context.commit(0, emitted)
                    return context.fail(i, error)
                }
                since &+= 1
                if since == every {
                    (output + emitted).initialize(to: value)
                    emitted &+= 1
                    value = fold.pointee.initial
                    since = 0
                }
            }
            from.deinitialize(count: n)
            fold.pointee.put(value, since)
            context.commit(0, emitted)
            return StageContext.done
        }
        box.keepState { FoldState(initial, every) }
        box.finish = { context in
            let fold = context.state(FoldState<State>.self)
            if fold.pointee.every > 0 && fold.pointee.since == 0 { return StageContext.done }
            let (base, room) = context.reserve(0, 1)
            guard let base, room == 1 else { return context.noRoom() }
            base.assumingMemoryBound(to: State.self).initialize(to: fold.pointee.take())
            context.commit(0, 1)
            return StageContext.done
        }
        return graph.addFold(self, to: State.self, every, box)
    }
}

/// A fold's state between spans.
@usableFromInline struct FoldState<State> {
    /// nil while a span is under way, and when it has been given away.
    @usableFromInline var value: State?
    /// Elements since the state was new.
    @usableFromInline var since = 0
    // Here, not captured by the span loop: one that captures the closure alone is specialised.
    @usableFromInline let initial: State
    @usableFromInline let every: Int

    @inlinable init(_ initial: State, _ every: Int) {
        value = initial
        self.initial = initial
        self.every = every
    }

    @inlinable mutating func take() -> State {
        guard let taken = value else { preconditionFailure("a fold's state is taken twice") }
        value = nil
        return taken
    }

    @inlinable mutating func put(_ value: State, _ since: Int) {
        self.value = value
        self.since = since
    }
}

extension Graph {
    @usableFromInline
    func addFold<Input, State>(
        _ input: Stream<Input>, to: State.Type, _ every: Int, _ box: StageBox
    ) -> Stream<State> {
        if every < 0 { core.description.fail(.invalid, "a fold is every \(every) elements") }
        let stage = addProcess(input, label: "fold", to: State.self, atMost: 1, box)
        contents.folds.insert(stage.stageIndex)
        return stage
    }
}
