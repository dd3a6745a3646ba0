public import CPenstock
import PenstockDataflow
import PenstockRuntime

@c @implementation
public func pst_graph_validate(_ handle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.description.validate() }
}

@c @implementation
public func pst_graph_run(_ handle: OpaquePointer!, _ engineHandle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        if it.ports.isEmpty { return try it.graph.run(on: engine(engineHandle)) }
        try it.graph.start(on: engine(engineHandle))
        it.ports.armAll(it.graph)
        try it.graph.wait(nanoseconds: .max)
    }
}

@c @implementation
public func pst_graph_start(_ handle: OpaquePointer!, _ engineHandle: OpaquePointer!) -> pst_status
{
    attempt { () throws(Failure) in
        let it = try graph(handle)
        try it.graph.start(on: engine(engineHandle))
        it.ports.armAll(it.graph)
    }
}

@c @implementation
public func pst_graph_wait(_ handle: OpaquePointer!, _ timeout: UInt64) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.wait(nanoseconds: timeout) }
}

@c @implementation
public func pst_graph_poll(_ handle: OpaquePointer!, _ budget: UInt64) -> pst_status {
    var goesOn = false
    let status = attempt { () throws(Failure) in
        goesOn = try graph(handle).graph.poll(nanoseconds: budget)
    }
    return status == PST_OK && !goesOn ? PST_END : status
}

@c @implementation
public func pst_graph_cancel(_ handle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.cancel() }
}

@c @implementation
public func pst_graph_pause(_ handle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.pause(true) }
}

@c @implementation
public func pst_graph_resume(_ handle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.pause(false) }
}

@c @implementation
public func pst_graph_wake(_ handle: OpaquePointer!, _ source: pst_stage) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        try it.graph.wake(stage: stageIndex(it, source))
    }
}

@c @implementation
public func pst_graph_learn(_ handle: OpaquePointer!) -> pst_status {
    attempt { () throws(Failure) in try graph(handle).graph.learn() }
}

@c @implementation
public func pst_graph_get_state(
    _ handle: OpaquePointer!, _ state: UnsafeMutablePointer<pst_run_state>!,
    _ elements: UnsafeMutablePointer<UInt64>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let out = try required(state, "state")
        guard let run = it.graph.run else {
            out.pointee = PST_IDLE
            elements?.pointee = 0
            return
        }
        out.pointee =
            run.hasEnded
            ? PST_ENDED
            : run.isStopping ? PST_STOPPING : run.isPaused ? PST_PAUSED : PST_RUNNING
        elements?.pointee = run.elementsAtSinks
    }
}

// MARK: - Edges to the host

@c @implementation
public func pst_push(
    _ handle: OpaquePointer!, _ feed: pst_stage, _ elements: UnsafeRawPointer!, _ count: Int,
    _ timeout: UInt64, _ pushed: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let stage = try stageIndex(it, feed)
        // More than the address space holds would be read from beyond the caller's array.
        let size = it.graph.description.stages[stage].outputs.first?.size ?? 1
        guard count >= 0, count <= Int.max / size else {
            throw Failure(.invalid, "count \(UInt(bitPattern: count)) is out of range")
        }
        if count == 0 {
            pushed?.pointee = 0
            return
        }
        let elements = try required(elements, "elements")
        var done = 0
        defer { pushed?.pointee = done }
        try armed(it, stage) { () throws(Failure) in
            try it.graph.push(
                stage: stage, elements, count, nanoseconds: timeout, pushed: &done)
        }
    }
}

/// When there is nothing to do on an edge that an actor has, the actor is told of the next time.
private func armed(
    _ it: GraphHandle, _ stage: Int, _ body: () throws(Failure) -> Void
) throws(Failure) {
    do throws(Failure) {
        try body()
    } catch {
        if error.status == .again { it.ports.arm(stage, it.graph) }
        throw error
    }
}

@c @implementation
public func pst_close(_ handle: OpaquePointer!, _ feed: pst_stage) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        try it.graph.close(stage: stageIndex(it, feed))
    }
}

@c @implementation
public func pst_pull(
    _ handle: OpaquePointer!, _ drain: pst_stage, _ elements: UnsafeMutableRawPointer!,
    _ capacity: Int, _ timeout: UInt64, _ count: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let it = try graph(handle)
        let stage = try stageIndex(it, drain)
        let out = try required(count, "count")
        guard capacity >= 1 else { throw Failure(.invalid, "capacity is 0") }
        let elements = try required(elements, "elements")
        try armed(it, stage) { () throws(Failure) in
            out.pointee = try it.graph.pull(
                stage: stage, elements, capacity, nanoseconds: timeout)
        }
    }
}
