import PenstockDataflow

extension Stream {
    /// A stage with several outputs: for each element the closure sends any number of elements, at
    /// most `atMost`, to each of its ports.
    ///
    ///     let (even, odd) = numbers.process(to: Int.self, Int.self) { n, even, odd in
    ///         if n % 2 == 0 { even.send(n) } else { odd.send(n) }
    ///     }
    ///
    /// What the closure sent for an element for which it then throws is taken back.
    @inlinable
    public func process<each Output: Sendable, Failure: Error>(
        to outputs: repeat (each Output).Type, atMost: Int = 1,
        _ body: @escaping @Sendable (Element, repeat Port<each Output>) throws(Failure) -> Void
    ) -> (repeat Stream<each Output>) {
        process(to: repeat each outputs, atMost: atMost, state: ()) {
            (_, element, ports: repeat Port<each Output>) throws(Failure) in
            try body(element, repeat each ports)
        }
    }

    /// The same with a state that each replica has of its own, from `state` at the beginning of
    /// each run, and with `finish`, which sends what is left when the input has ended.
    @inlinable
    public func process<State, each Output: Sendable, Failure: Error>(
        to outputs: repeat (each Output).Type, atMost: Int = 1,
        state: @escaping @autoclosure @Sendable () -> State,
        _ body:
            @escaping @Sendable (
                inout State, Element, repeat Port<each Output>
            ) throws(Failure) -> Void,
        finish: (@Sendable (inout State, repeat Port<each Output>) throws -> Void)? = nil
    ) -> (repeat Stream<each Output>) {
        typealias Replica = ProcessReplica<State, repeat each Output>
        let box = StageBox { context, input, _, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let replica = context.state(Replica.self)
            guard replica.pointee.open(context, n &* atMost) else { return context.noRoom() }
            for i in 0..<n {
                replica.pointee.allow(atMost)
                do throws(Failure) {
                    try body(&replica.pointee.state, from[i], repeat each replica.pointee.ports)
                } catch {
                    replica.pointee.takeBack()
                    from.deinitialize(count: i)
                    replica.pointee.close(context)
                    return context.fail(i, error)
                }
                if replica.pointee.hasOverflown {
                    replica.pointee.takeBack()
                    from.deinitialize(count: i)
                    replica.pointee.close(context)
                    return context.tooMany(i, atMost)
                }
            }
            from.deinitialize(count: n)
            replica.pointee.close(context)
            return StageContext.done
        }
        box.keepState { Replica(state()) }
        if let finish {
            box.finish = { context in
                let replica = context.state(Replica.self)
                let room = max(atMost, 64)
                guard replica.pointee.open(context, room) else { return context.noRoom() }
                replica.pointee.allow(room)
                do {
                    try finish(&replica.pointee.state, repeat each replica.pointee.ports)
                } catch {
                    replica.pointee.takeBack()
                    replica.pointee.close(context)
                    return context.fail(-1, error)
                }
                let tooMany = replica.pointee.hasOverflown
                replica.pointee.close(context)
                return tooMany ? context.tooMany(-1, room) : StageContext.done
            }
        }
        let stage = graph.addProcess(
            self, types: repeat (each Output).self, atMost: atMost, box)
        var port = -1
        func next<T>(_: T.Type) -> Stream<T> {
            port += 1
            return Stream<T>(graph: graph, stage: stage, port: port)
        }
        return (repeat next((each Output).self))
    }
}

extension Spans {
    /// A stage with several outputs that takes spans: the closure sends at most `atMost` elements
    /// for each element of the span to each of its ports. If it throws, what it sent is taken back.
    @inlinable
    public func process<each Output: Sendable, Failure: Error>(
        to outputs: repeat (each Output).Type, atMost: Int = 1,
        _ body:
            @escaping @Sendable (
                Span<Element>, repeat Port<each Output>
            ) throws(Failure) -> Void
    ) -> (repeat Stream<each Output>) {
        typealias Replica = ProcessReplica<Void, repeat each Output>
        let box = StageBox { context, input, _, n in
            let from = input.assumingMemoryBound(to: Element.self)
            let replica = context.state(Replica.self)
            let room = n &* atMost
            guard replica.pointee.open(context, room) else { return context.noRoom() }
            replica.pointee.allow(room)
            do throws(Failure) {
                let span = UnsafeBufferPointer(start: from, count: n).span
                try body(span, repeat each replica.pointee.ports)
            } catch {
                replica.pointee.takeBack()
                replica.pointee.close(context)
                return context.fail(-1, error)
            }
            if replica.pointee.hasOverflown {
                replica.pointee.takeBack()
                replica.pointee.close(context)
                return context.tooMany(-1, room)
            }
            from.deinitialize(count: n)
            replica.pointee.close(context)
            return StageContext.done
        }
        box.keepState { Replica(()) }
        let graph = stream.graph
        let stage = graph.addProcess(
            stream, types: repeat (each Output).self, atMost: atMost, batch: batch, linger: linger,
            box)
        var port = -1
        func next<T>(_: T.Type) -> Stream<T> {
            port += 1
            return Stream<T>(graph: graph, stage: stage, port: port)
        }
        return (repeat next((each Output).self))
    }
}

/// What a replica of a process stage has: its state and its ports.
@usableFromInline struct ProcessReplica<State, each Output: Sendable> {
    @usableFromInline var state: State
    @usableFromInline let ports: (repeat Port<each Output>)

    @inlinable init(_ state: State) {
        self.state = state
        ports = (repeat Port<each Output>())
    }

    @inlinable func open(_ context: StageContext, _ want: Int) -> Bool {
        var number = 0
        var isOpen = true
        for port in repeat each ports {
            isOpen = port.open(context, number, want) && isOpen
            number += 1
        }
        return isOpen
    }

    @inlinable func allow(_ more: Int) { for port in repeat each ports { port.allow(more) } }

    @inlinable func takeBack() { for port in repeat each ports { port.takeBack() } }

    @inlinable func close(_ context: StageContext) {
        var number = 0
        for port in repeat each ports {
            port.close(context, number)
            number += 1
        }
    }

    @inlinable var hasOverflown: Bool {
        var overflow = false
        for port in repeat each ports { overflow = port.cursor.pointee.overflow || overflow }
        return overflow
    }
}

extension Graph {
    @usableFromInline
    func addProcess<Input, each Output>(
        _ input: Stream<Input>, types: repeat (each Output).Type, atMost: Int, batch: Int = 0,
        linger: Duration = .zero, _ box: StageBox
    ) -> Int {
        var outputs: [PortType] = []
        for type in repeat each types { outputs.append(PortType(type)) }
        return add(
            .process, label: "process", inputs: [input.erased], outputs: outputs, box: box
        ) {
            $0.maxOutputs = atMost
            $0.batch = batch
            $0.lingerNanoseconds = linger.wholeNanoseconds
        }
    }
}
