import CPenstock
import PenstockC
import Testing

/// Structs only ever grow at the end: a caller compiled with an older header gives a shorter one,
/// of which nothing beyond its size may be read or written; one with a newer header a longer one.
@Suite struct StructSizeTests {
    /// A struct of `size` bytes, 0xee beyond the first `given` of them.
    private func clipped<T: BitwiseCopyable>(
        _ value: T, to given: Int, size: Int = 512,
        _ body: (UnsafeMutableRawPointer) throws -> Void
    ) rethrows {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xee, count: size)
        withUnsafeBytes(of: value) {
            memory.copyMemory(
                from: $0.baseAddress.unsafelyUnwrapped, byteCount: min(given, $0.count))
        }
        if given > MemoryLayout<T>.size {
            (memory + MemoryLayout<T>.size).initializeMemory(
                as: UInt8.self, repeating: 0, count: given - MemoryLayout<T>.size)
        }
        memory.storeBytes(of: given, as: Int.self)
        try body(memory)
        let beyond = UnsafeRawBufferPointer(start: memory + given, count: size - given)
        #expect(beyond.allSatisfy { $0 == 0xee }, "written beyond struct_size \(given)")
    }

    private let sizes = stride(from: 8, through: 256, by: 4)

    @Test func engineOptions() {
        var options = pst_engine_options()
        options.spin_ns = .max
        for size in sizes {
            clipped(options, to: size) { memory in
                var engine: OpaquePointer?
                let given = memory.assumingMemoryBound(to: pst_engine_options.self)
                #expect(pst_engine_create(given, &engine) == PST_OK, "struct_size \(size)")
                pst_engine_destroy(engine)
            }
        }
    }

    @Test func engineInfo() {
        var engine: OpaquePointer?
        #expect(pst_engine_create(nil, &engine) == PST_OK)
        defer { pst_engine_destroy(engine) }
        for size in sizes {
            clipped(pst_engine_info(), to: size) { memory in
                let info = memory.assumingMemoryBound(to: pst_engine_info.self)
                #expect(pst_engine_get_info(engine, info) == PST_OK)
                #expect(info.pointee.struct_size == size)
            }
        }
    }

    /// What a shuffle writes must all be there.
    @Test func shuffleState() {
        var state = pst_shuffle_state()
        state.window = 4
        for size in sizes {
            clipped(state, to: size) { memory in
                let given = memory.assumingMemoryBound(to: pst_shuffle_state.self)
                var held = [UInt64](repeating: 0, count: 4)
                var out: [UInt64] = [0]
                var count = 0
                let status = pst_shuffle_span(given, &held, 8, [1], 1, &out, &count)
                let isWhole = size >= MemoryLayout<pst_shuffle_state>.size
                #expect(status == (isWhole ? PST_OK : PST_EINVAL), "struct_size \(size)")
            }
        }
    }

    @Test func stageOptionsAndTypes() {
        var options = pst_stage_options()
        options.replicas = 1
        options.max_outputs = 1
        for size in sizes {
            var graph: OpaquePointer?
            #expect(pst_graph_create("g", &graph) == PST_OK)
            defer { pst_graph_destroy(graph) }
            "u64".withCString { name in
                var type = pst_type()
                type.size = 8
                type.alignment = 8
                type.name = name
                // Size, alignment and name have always been there.
                clipped(type, to: max(size, 32)) { memory in
                    let given = memory.assumingMemoryBound(to: pst_type.self)
                    let source = pst_source(graph, "s", given, { _, _, _, _ in PST_END }, nil)
                    _ = pst_sink(graph, "t", source, { _, _, _ in PST_OK }, nil)
                    clipped(options, to: size) {
                        pst_stage_configure(
                            graph, source, $0.assumingMemoryBound(to: pst_stage_options.self))
                    }
                    #expect(pst_graph_validate(graph) == PST_OK, "struct_size \(size)")
                }
            }
        }
    }
}
