import CPenstock
import PenstockDataflow
import PenstockRuntime
import PenstockTopology

/// Copies as much of a caller's option struct as it has over the defaults: an older caller's struct
/// is shorter, a newer one's longer, and what this library does not know must be left alone.
func merged<T: BitwiseCopyable>(
    _ given: UnsafePointer<T>?, over defaults: T, _ name: String
) throws(Failure) -> T {
    guard let given else { return defaults }
    let size = try structSize(given, name)
    var result = defaults
    withUnsafeMutableBytes(of: &result) { bytes in
        bytes.copyMemory(
            from: UnsafeRawBufferPointer(start: given, count: min(size, bytes.count)))
    }
    return result
}

/// The size that a caller's struct says it has, in its first field.
@discardableResult
func structSize(_ given: UnsafeRawPointer, _ name: String) throws(Failure) -> Int {
    let size = given.loadUnaligned(as: Int.self)
    guard size >= MemoryLayout<Int>.size, size <= 1 << 16 else {
        throw Failure(
            .invalid, "\(name).struct_size is \(size); set it up with its PST_..._INIT macro")
    }
    return size
}

/// A size_t of the caller, which Swift sees as Int; what no Int holds is as wrong as the largest
/// one.
func length(_ given: Int) -> Int { Int(clamping: UInt(bitPattern: given)) }

/// How many there are of what a caller lists.
func checkCount(_ count: Int, upTo most: Int) throws(Failure) {
    guard count >= 1, count <= most else {
        throw Failure(.invalid, "count \(UInt(bitPattern: count)) is not in 1...\(most)")
    }
}

/// A NUL-terminated string of the caller, or nil for NULL.
func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

func elementType(_ given: UnsafePointer<pst_type>?) throws(Failure) -> ElementType {
    let given = try required(given, "type")
    let none = pst_type(
        struct_size: 0, size: 0, alignment: 0, name: nil, destroy: nil, copy: nil, user: nil)
    let type = try merged(given, over: none, "type")
    guard let name = text(type.name) else { throw Failure(.invalid, "type.name is NULL") }
    let result = ElementType(
        size: type.size > Int.max ? -1 : Int(type.size),
        alignment: type.alignment > Int.max ? -1 : Int(type.alignment), name: name,
        destroy: type.destroy,
        copy: unsafeBitCast(type.copy, to: ElementType.Copy?.self), user: type.user)
    if let defect = result.defect { throw Failure(.invalid, defect) }
    return result
}

func engineOptions(_ given: UnsafePointer<pst_engine_options>?) throws(Failure) -> EngineOptions {
    let defaults = pst_engine_options(
        struct_size: 0, topology: nil, executor: nil, workers: 0, reserve: 0,
        policy: PST_PLACE_AUTO, spin_ns: UInt64.max, trace_capacity: 0, actor_bytes: 0,
        watchdog_ns: 0)
    let o = try merged(given, over: defaults, "options")
    var result = EngineOptions()
    if let topology = nonEmpty(text(o.topology)) {
        result.topology = try source(topology, from: "options.topology")
    } else if let topology = setting("PST_TOPOLOGY") {
        result.topology = try source(topology, from: "PST_TOPOLOGY")
    }
    if let executor = nonEmpty(text(o.executor)) {
        result.executor = try parsed(executor, from: "options.executor")
    } else if let executor = setting("PST_EXECUTOR") {
        result.executor = try parsed(executor, from: "PST_EXECUTOR")
    }
    guard o.workers <= 4096 else {
        throw Failure(.invalid, "options.workers \(o.workers) is more than 4096")
    }
    result.workers = Int(o.workers)
    result.reserve = Int(min(o.reserve, 1 << 20))
    switch o.policy {
    case PST_PLACE_AUTO: result.policy = .auto
    case PST_PLACE_CLOSE: result.policy = .close
    case PST_PLACE_SPREAD: result.policy = .spread
    case PST_PLACE_NONE: result.policy = .none
    default: throw Failure(.invalid, "options.policy \(o.policy.rawValue) is no pst_policy")
    }
    if o.spin_ns != UInt64.max {
        result.spinNanoseconds = o.spin_ns
    } else if let spin = setting("PST_SPIN_NS") {
        guard let value = UInt64(spin) else {
            throw Failure(.invalid, "PST_SPIN_NS '\(spin)' is not a number of nanoseconds")
        }
        result.spinNanoseconds = value
    }
    result.traceCapacity = Int(min(o.trace_capacity, 1 << 24))
    if o.actor_bytes > 0 { result.actorBytes = Int(min(o.actor_bytes, UInt64(Int.max))) }
    result.watchdogNanoseconds = o.watchdog_ns
    return result
}

private func parsed(_ executor: String, from origin: String) throws(Failure) -> Executor {
    if let result = Executor(executor) { return result }
    throw Failure(
        .invalid,
        "\(origin) '\(executor)' is neither \"threads\" nor \"simulated:SEED[,alloc=P]\"")
}

private func source(_ topology: String, from origin: String) throws(Failure) -> Machine.Source {
    if topology == "live" { return .live }
    if topology.hasPrefix("xml:") { return .xml(path: String(topology.dropFirst(4))) }
    if topology.hasPrefix("synthetic:") { return .synthetic(String(topology.dropFirst(10))) }
    throw Failure(
        .invalid,
        "\(origin) '\(topology)' is none of \"live\", \"xml:PATH\" and \"synthetic:DESCRIPTION\"")
}

private func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

func stageOptions(
    _ handle: GraphHandle, _ given: UnsafePointer<pst_stage_options>
) throws(Failure) -> StageOptions {
    let defaults = pst_stage_options(
        struct_size: 0, replicas: 1, order: PST_ORDERED, key: nil, batch: 0, linger_ns: 0,
        max_outputs: 1, thread: PST_WORKER, cost_ns: 0, on_failure: PST_FAIL, retries: 3,
        backoff_ns: 1_000_000, capacity: 0, on: nil, near: pst_stage(id: 0), exclusive: false,
        setup: nil, teardown: nil, finish: nil)
    let o = try merged(given, over: defaults, "options")
    var result = StageOptions()
    result.replicas = Int(o.replicas)
    switch o.order {
    case PST_ORDERED: result.ordered = true
    case PST_UNORDERED: result.ordered = false
    default: throw Failure(.invalid, "options.order \(o.order.rawValue) is no pst_order")
    }
    if let key = o.key {
        result.key = Key(function: key, user: nil)
    }
    result.batch = Int(o.batch)
    result.lingerNanoseconds = o.linger_ns
    result.maxOutputs = Int(o.max_outputs)
    switch o.thread {
    case PST_WORKER: result.thread = .worker
    case PST_BLOCKING: result.thread = .blocking
    case PST_HOST: result.thread = .host
    default: throw Failure(.invalid, "options.thread \(o.thread.rawValue) is no pst_thread")
    }
    result.costNanoseconds = o.cost_ns
    switch o.on_failure {
    case PST_FAIL: result.onFailure = .fail
    case PST_SKIP: result.onFailure = .skip
    case PST_RETRY: result.onFailure = .retry
    case PST_DEAD_LETTER: result.onFailure = .deadLetter
    default:
        throw Failure(.invalid, "options.on_failure \(o.on_failure.rawValue) is no pst_failure")
    }
    result.retries = Int(o.retries)
    result.backoffNanoseconds = o.backoff_ns
    guard o.capacity <= 1 << 40 else {
        throw Failure(.invalid, "options.capacity \(o.capacity) is more than 2^40")
    }
    result.capacity = Int(o.capacity)
    result.on = nonEmpty(text(o.on))
    if o.near.id != 0 {
        guard let near = try? stageIndex(handle, o.near) else {
            throw Failure(.badHandle, "options.near is not a stage of this graph")
        }
        result.near = near
    }
    result.exclusive = o.exclusive
    result.setup = unsafeBitCast(o.setup, to: SetupFunction?.self)
    result.teardown = unsafeBitCast(o.teardown, to: TeardownFunction?.self)
    result.finish = unsafeBitCast(o.finish, to: FinishFunction?.self)
    return result
}
