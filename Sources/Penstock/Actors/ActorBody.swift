// What the engine's calls do with a behaviour: closures that are compiled in the behaviour's own
// module, so that `receive` is inlined into them.

extension ActorBox {
    /// For a behaviour that handles one message after the other.
    @inlinable @inline(__always) static func body<B: Behaviour>(of _: B.Type) -> Body {
        { raw, box, memory, what, data, _ in
            let behaviour = memory.assumingMemoryBound(to: B.self)
            let context = ActorContext<B>(raw, box, memory)
            do {
                if what == Call.inline {
                    try behaviour.pointee.receive(
                        data.assumingMemoryBound(to: B.Message.self).pointee, context)
                    return 0
                }
                if what == Call.boxed {
                    let message = MessageBox<B.Message>.value(at: data)
                    try behaviour.pointee.receive(message, context)
                    return 0
                }
                return try hook(behaviour, context, what, data)
            } catch {
                return failed(raw, box, 0, error)
            }
        }
    }

    /// For one that handles batches: `data` has the addresses of the payloads.
    @inlinable @inline(__always) static func body<B: BatchBehaviour>(
        of _: B.Type, _ room: UnsafeMutablePointer<B.Message>
    ) -> Body {
        { raw, box, memory, what, data, count in
            let behaviour = memory.assumingMemoryBound(to: B.self)
            let context = ActorContext<B>(raw, box, memory)
            let kind = what & 0xff
            do {
                if kind > Call.boxed { return try hook(behaviour, context, kind, data) }
                let payloads = data.assumingMemoryBound(to: UnsafeRawPointer.self)
                for i in 0..<count {
                    let message =
                        kind == Call.inline
                        ? payloads[i].assumingMemoryBound(to: B.Message.self).pointee
                        : MessageBox<B.Message>.value(at: payloads[i])
                    (room + i).initialize(to: message)
                }
                defer { room.deinitialize(count: count) }
                try behaviour.pointee.receive(
                    UnsafeBufferPointer(start: room, count: count).span, context)
                return 0
            } catch {
                return failed(raw, box, what, error)
            }
        }
    }

    /// For a closure.
    @inlinable @inline(__always) static func body<State, Message>(
        _ receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) -> Body {
        { raw, box, memory, what, data, _ in
            typealias B = ClosureBehaviour<State, Message>
            let behaviour = memory.assumingMemoryBound(to: B.self)
            let context = ActorContext<B>(raw, box, memory)
            do {
                if what == Call.inline {
                    try receive(
                        &behaviour.pointee.state,
                        data.assumingMemoryBound(to: Message.self).pointee, context)
                } else if what == Call.boxed {
                    let message = MessageBox<Message>.value(at: data)
                    try receive(&behaviour.pointee.state, message, context)
                }
                return 0
            } catch {
                return failed(raw, box, 0, error)
            }
        }
    }

    /// Everything but messages.
    @inlinable static func hook<B: ActorHooks>(
        _ behaviour: UnsafeMutablePointer<B>, _ context: borrowing ActorContext<B>, _ what: Int,
        _ data: UnsafeRawPointer
    ) throws -> Int32 {
        if what == Call.started {
            try behaviour.pointee.started(context)
        } else if what == Call.down {
            try behaviour.pointee.down(Down(at: data), context)
        } else if what == Call.idle {
            try behaviour.pointee.idle(context)
        }
        return 0
    }
}

// MARK: - Boxes

extension ActorBox {
    /// Throws what `make` throws.
    @inlinable static func making<B: ActorHooks>(
        _ make: @escaping @Sendable () throws -> B, body: @escaping Body
    ) throws(PenstockError) -> ActorBox {
        try making(make, release: {}, body: body)
    }

    @inlinable static func making<B: ActorHooks>(
        _ make: @escaping @Sendable () throws -> B, release: @escaping () -> Void,
        body: @escaping Body
    ) throws(PenstockError) -> ActorBox {
        let memory = UnsafeMutablePointer<B>.allocate(capacity: 1)
        do { memory.initialize(to: try make()) } catch {
            memory.deallocate()
            release()
            throw PenstockError(notMade: B.self, error)
        }
        return ActorBox(
            memory: UnsafeMutableRawPointer(memory),
            remake: { $0.assumingMemoryBound(to: B.self).pointee = try make() },
            destroy: {
                let memory = $0.assumingMemoryBound(to: B.self)
                memory.deinitialize(count: 1)
                memory.deallocate()
                release()
            }, body: body)
    }

    @inlinable static func of<B: Behaviour>(
        _ make: @escaping @Sendable () throws -> B
    ) throws(PenstockError) -> ActorBox { try making(make, body: body(of: B.self)) }

    @inlinable static func of<B: BatchBehaviour>(
        batches make: @escaping @Sendable () throws -> B
    ) throws(PenstockError) -> ActorBox {
        let room = UnsafeMutablePointer<B.Message>.allocate(capacity: 64)
        return try making(
            make, release: { room.deallocate() }, body: body(of: B.self, room))
    }

    @inlinable static func of<State, Message>(
        _ state: @escaping @Sendable () throws -> State,
        _ receive: @escaping ClosureBehaviour<State, Message>.Receive
    ) throws(PenstockError) -> ActorBox {
        try making(
            { ClosureBehaviour<State, Message>(state: try state()) }, body: body(receive))
    }
}
