public import CPenstock
import PenstockDataflow
import PenstockRuntime
import PenstockTopology

@c @implementation
public func pst_engine_create(
    _ options: UnsafePointer<pst_engine_options>!, _ result: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    attempt { () throws(Failure) in
        let out = try required(result, "engine")
        let engine = try Engine(engineOptions(options))
        out.pointee = try HandleTable.shared.add(engine, .engine)
    }
}

@c @implementation
public func pst_engine_destroy(_ handle: OpaquePointer!) {
    guard let handle else { return }
    _ = attempt { () throws(Failure) in
        let engine = try engine(handle)
        if engine.isCalledFromInside {
            throw Failure(
                .deadlock, "pst_engine_destroy was called from inside a callback of the engine")
        }
        HandleTable.shared.remove(handle, .engine)
        engine.stop()
    }
}

@c @implementation
public func pst_engine_get_info(
    _ handle: OpaquePointer!, _ info: UnsafeMutablePointer<pst_engine_info>!
) -> pst_status {
    attempt { () throws(Failure) in
        let engine = try engine(handle)
        let out = try required(info, "info")
        var found = pst_engine_info()
        found.processors = UInt32(engine.capacity.machineProcessors)
        found.allowed = UInt32(engine.capacity.allowed.count)
        found.cores = UInt32(engine.capacity.cores.count)
        found.quota = engine.capacity.quota ?? 0
        found.workers = UInt32(engine.workerLimit)
        found.threads = engine.isSimulated ? 0 : UInt32(engine.threadCount)
        found.live = engine.machine.isLive
        found.simulated = engine.isSimulated
        try give(found, to: out, "info")
    }
}

/// Fills as much of a caller's struct as it has room for, and leaves its struct_size as it is.
func give<T: BitwiseCopyable>(
    _ value: T, to out: UnsafeMutablePointer<T>, _ name: String
) throws(Failure) {
    let size = try structSize(out, name)
    var value = value
    withUnsafeMutableBytes(of: &value) { bytes in
        bytes.storeBytes(of: size, as: Int.self)
        UnsafeMutableRawPointer(out).copyMemory(
            from: bytes.baseAddress.unsafelyUnwrapped, byteCount: min(size, bytes.count))
    }
}
