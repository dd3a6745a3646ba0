public import CPenstock
import PenstockDataflow
import PenstockRuntime

@c @implementation
public func pst_graph_create(
    _ name: UnsafePointer<CChar>!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let out = try required(result, "graph")
        let name = try required(text(name), "name")
        if name.isEmpty { throw Failure(.invalid, "name is empty") }
        let handle = GraphHandle(graph: Graph(name: name), tag: HandleTable.shared.newTag())
        out.pointee = try HandleTable.shared.add(handle, .graph)
    }
}

@c @implementation
public func pst_graph_destroy(_ handle: OpaquePointer!) {
    guard let handle else { return }
    _ = attempt { () throws(Failure) in
        try graph(handle).graph.shutDown()
        HandleTable.shared.remove(handle, .graph)
    }
}

/// The body of a describing function: the graph's first error stays with it, and is the thread's
/// last error as well.
func describe(
    _ handle: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ body: (GraphHandle, String) throws(Failure) -> Int?
) -> pst_stage {
    do throws(Failure) {
        let it = try graph(handle)
        let description = it.graph.description
        if description.failure != nil { return pst_stage(id: 0) }
        var stage: Int?
        do throws(Failure) {
            stage = try body(it, required(text(name), "name"))
        } catch {
            description.fail(
                error.status, text(name).map { "stage '\($0)': " + error.text } ?? error.text)
        }
        if let failure = description.failure {
            report(failure)
            return pst_stage(id: 0)
        }
        return makeStage(it, stage)
    } catch {
        report(error)
        return pst_stage(id: 0)
    }
}

/// One input port; nil with the graph's error set.
func input(_ it: GraphHandle, _ stage: pst_stage, _ name: String) -> [PenstockDataflow.Description
    .Port]?
{
    port(it, stage, for: "stage '\(name)'").map { [$0] }
}

@c @implementation
public func pst_source(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ type: UnsafePointer<pst_type>!,
    _ fill: pst_source_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let fill = unsafeBitCast(try required(fill, "fill"), to: SourceFunction.self)
        return it.graph.description.add(
            .source(fill), name: name, inputs: [], outputs: [try elementType(type)], user: user)
    }
}

@c @implementation
public func pst_map(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!, _ map: pst_map_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let map = unsafeBitCast(try required(map, "map"), to: MapFunction.self)
        let type = try elementType(type)
        guard let inputs = input(it, stage, name) else { return nil }
        return it.graph.description.add(
            .map(map), name: name, inputs: inputs, outputs: [type], user: user)
    }
}

@c @implementation
public func pst_filter(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ filter: pst_filter_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let filter = unsafeBitCast(try required(filter, "filter"), to: FilterFunction.self)
        guard let inputs = input(it, stage, name),
            let type = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        return it.graph.description.add(
            .filter(filter), name: name, inputs: inputs, outputs: [type], user: user)
    }
}

@c @implementation
public func pst_process(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ types: UnsafePointer<pst_type>!, _ ports: UInt32, _ process: pst_process_fn!,
    _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let process = unsafeBitCast(try required(process, "process"), to: ProcessFunction.self)
        guard ports >= 1, ports <= 64 else {
            throw Failure(.invalid, "ports \(ports) is not in 1...64")
        }
        let first = try required(types, "types")
        // The array's stride is the size that the caller was compiled with.
        let stride = max(UnsafeRawPointer(first).loadUnaligned(as: Int.self), 8)
        var outputs: [ElementType] = []
        for i in 0..<Int(ports) {
            let at = UnsafeRawPointer(first) + i * min(stride, 1 << 16)
            outputs.append(try elementType(at.assumingMemoryBound(to: pst_type.self)))
        }
        guard let inputs = input(it, stage, name) else { return nil }
        return it.graph.description.add(
            .process(process), name: name, inputs: inputs, outputs: outputs, user: user)
    }
}

@c @implementation
public func pst_fold(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!, _ initial: UnsafeRawPointer!, _ every: UInt64,
    _ fold: pst_fold_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let fold = unsafeBitCast(try required(fold, "fold"), to: FoldFunction.self)
        let type = try elementType(type)
        let bytes =
            initial.map { Array(UnsafeRawBufferPointer(start: $0, count: type.size)) } ?? []
        guard let inputs = input(it, stage, name) else { return nil }
        return it.graph.description.add(
            .fold(fold, initial: bytes, every: every), name: name, inputs: inputs,
            outputs: [type], user: user)
    }
}

@c @implementation
public func pst_sink(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ sink: pst_sink_fn!, _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let sink = unsafeBitCast(try required(sink, "sink"), to: SinkFunction.self)
        guard let inputs = input(it, stage, name) else { return nil }
        return it.graph.description.add(
            .sink(sink), name: name, inputs: inputs, outputs: [], user: user)
    }
}

@c @implementation
public func pst_merge(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stages: UnsafePointer<pst_stage>!,
    _ count: Int, _ order: pst_merge_order, _ compare: pst_compare_fn!,
    _ user: UnsafeMutableRawPointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        guard count >= 1, count <= 4096 else {
            throw Failure(.invalid, "count \(count) is not in 1...4096")
        }
        let stages = try required(stages, "inputs")
        let kind: MergeOrder
        switch order {
        case PST_MERGE_ANY: kind = .any
        case PST_MERGE_TURNS: kind = .turns
        case PST_MERGE_SORTED:
            kind = .sorted(try required(compare, "compare"))
        default: throw Failure(.invalid, "order \(order.rawValue) is no pst_merge_order")
        }
        var inputs: [PenstockDataflow.Description.Port] = []
        for i in 0..<count {
            guard let port = port(it, stages[i], for: "stage '\(name)'") else { return nil }
            inputs.append(port)
        }
        guard let type = it.graph.description.checkedType(of: inputs[0], for: name) else {
            return nil
        }
        return it.graph.description.add(
            .merge(kind), name: name, inputs: inputs, outputs: [type], user: user)
    }
}

@c @implementation
public func pst_feed(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ type: UnsafePointer<pst_type>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        it.graph.description.add(
            .feed, name: name, inputs: [], outputs: [try elementType(type)], user: nil)
    }
}

@c @implementation
public func pst_drain(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        guard let inputs = input(it, stage, name) else { return nil }
        return it.graph.description.add(
            .drain, name: name, inputs: inputs, outputs: [], user: nil)
    }
}

@c @implementation
public func pst_port(_ stage: pst_stage, _ port: UInt32) -> pst_stage { withPort(stage, port) }

@c @implementation
public func pst_dead_letters(_ handle: OpaquePointer!, _ stage: pst_stage) -> pst_stage {
    do throws(Failure) {
        let it = try graph(handle)
        guard let port = port(it, stage, for: "pst_dead_letters") else {
            if let failure = it.graph.description.failure { report(failure) }
            return pst_stage(id: 0)
        }
        _ = port
        return withDeadLetters(stage)
    } catch {
        report(error)
        return pst_stage(id: 0)
    }
}

// MARK: - Settings

/// The body of a describing function that returns nothing.
private func adjust(_ handle: OpaquePointer?, _ body: (GraphHandle) throws(Failure) -> Void) {
    do throws(Failure) {
        let it = try graph(handle)
        let description = it.graph.description
        if description.failure != nil { return }
        do throws(Failure) { try body(it) } catch { description.fail(error.status, error.text) }
        if let failure = description.failure { report(failure) }
    } catch {
        report(error)
    }
}

@c @implementation
public func pst_feedback(
    _ handle: OpaquePointer!, _ output: pst_stage, _ merge: pst_stage, _ credit: UInt64
) {
    adjust(handle) { (it) throws(Failure) in
        guard let from = port(it, output, for: "pst_feedback"),
            let to = port(it, merge, for: "pst_feedback")
        else { return }
        it.graph.description.addFeedback(from: from, to: to.stage, credit: credit)
    }
}

@c @implementation
public func pst_distribute(
    _ handle: OpaquePointer!, _ stage: pst_stage, _ how: pst_distribution, _ key: pst_key_fn!,
    _ user: UnsafeMutableRawPointer!
) {
    adjust(handle) { (it) throws(Failure) in
        guard let port = port(it, stage, for: "pst_distribute") else { return }
        let distribution: Distribution
        switch how {
        case PST_BROADCAST: distribution = .broadcast
        case PST_ROUND_ROBIN: distribution = .roundRobin
        case PST_BY_KEY:
            distribution = .key(Key(function: try required(key, "key"), user: user))
        default: throw Failure(.invalid, "how \(how.rawValue) is no pst_distribution")
        }
        it.graph.description.distribute(port, distribution)
    }
}

@c @implementation
public func pst_stage_configure(
    _ handle: OpaquePointer!, _ stage: pst_stage, _ options: UnsafePointer<pst_stage_options>!
) {
    adjust(handle) { (it) throws(Failure) in
        guard let port = port(it, stage, for: "pst_stage_configure") else { return }
        let spec = it.graph.description.stages[port.stage]
        do throws(Failure) {
            var parsed =
                if let options { try stageOptions(it, options) } else { StageOptions() }
            if let key = parsed.key { parsed.key = Key(function: key.function, user: spec.user) }
            it.graph.description.configure(port.stage, try keepingOwn(parsed, of: spec))
        } catch {
            throw Failure(error.status, "stage '\(spec.name)': \(error.text)")
        }
    }
}

@c @implementation
public func pst_edge_configure(
    _ handle: OpaquePointer!, _ from: pst_stage, _ to: pst_stage,
    _ options: UnsafePointer<pst_edge_options>!
) {
    adjust(handle) { (it) throws(Failure) in
        let defaults = pst_edge_options(struct_size: 0, capacity: 0, fusion: PST_FUSE_AUTO)
        let o = try merged(options, over: defaults, "options")
        guard o.fusion == PST_FUSE_AUTO || o.fusion == PST_FUSE_NEVER else {
            throw Failure(.invalid, "options.fusion \(o.fusion.rawValue) is no pst_fusion")
        }
        guard let source = port(it, from, for: "pst_edge_configure"),
            let target = port(it, to, for: "pst_edge_configure")
        else { return }
        it.graph.description.configureEdge(
            from: source, to: target.stage, capacity: Int(min(o.capacity, 1 << 62)),
            neverFuse: o.fusion == PST_FUSE_NEVER)
    }
}
