internal import CHwloc
internal import Glibc

extension Machine {
    /// Reads a topology. The error names the source and the cause.
    package static func load(_ source: Source = .live) throws(TopologyError) -> Machine {
        let handle = try TopologyHandle(source)
        return try Machine(handle, source: source)
    }

    convenience init(_ handle: TopologyHandle, source: Source) throws(TopologyError) {
        let parts = MachineParts(reading: handle)
        guard !parts.cores.isEmpty else {
            throw TopologyError("\(source): shows no processor")
        }
        let isLive = hwloc_topology_is_thissystem(handle.topology) == 1
        let installed = isLive ? sysconf(Int32(_SC_NPROCESSORS_ONLN)) : 0
        self.init(
            parts: parts, source: source, isLive: isLive, installedProcessors: max(installed, 0),
            memoryBinder: isLive && parts.nodes.count > 1 ? handle : nil)
    }
}

extension MachineParts {
    init(reading handle: TopologyHandle) {
        self.init()
        for (type, name) in Self.nameable {
            let sets = handle.objects(type).map { ProcessorSet($0.pointee.cpuset) }
            if !sets.isEmpty { objects[name] = sets }
        }
        nodes = handle.objects(HWLOC_OBJ_NUMANODE).enumerated().map { index, object in
            Machine.Node(
                index: index, osIndex: Int(object.pointee.os_index),
                processors: ProcessorSet(object.pointee.cpuset),
                memoryBytes: object.pointee.attr.pointee.numanode.local_memory,
                memoryKind: object.pointee.subtype.map { String(cString: $0) } ?? "")
        }
        packages = handle.objects(HWLOC_OBJ_PACKAGE).enumerated().map { index, object in
            let model = hwloc_obj_get_info_by_name(object, "CPUModel")
            return Machine.Package(
                index: index, osIndex: Int(object.pointee.os_index),
                processors: ProcessorSet(object.pointee.cpuset),
                model: model.map { String(cString: $0) } ?? "")
        }
        kindDrafts = Self.readKinds(handle)
        nodeDistances = Self.readNodeDistances(handle, count: nodes.count)
        var drafts: [CoreDraft] = []
        var seen: [UInt: Int] = [:]
        for object in handle.objects(HWLOC_OBJ_PU) {
            // Some virtual machines and synthetic topologies have no core level: a PU is a core.
            let core = object.ancestor(HWLOC_OBJ_CORE) ?? object
            let key = UInt(bitPattern: core)
            if let known = seen[key] {
                drafts[known].processors.append(Int(object.pointee.os_index))
            } else {
                seen[key] = drafts.count
                drafts.append(CoreDraft(core, processor: Int(object.pointee.os_index)))
            }
        }
        build(drafts)
    }

    private static let nameable: [(hwloc_obj_type_t, String)] = [
        (HWLOC_OBJ_MACHINE, "machine"), (HWLOC_OBJ_PACKAGE, "package"), (HWLOC_OBJ_DIE, "die"),
        (HWLOC_OBJ_NUMANODE, "numa"), (HWLOC_OBJ_L3CACHE, "l3"), (HWLOC_OBJ_L2CACHE, "l2"),
        (HWLOC_OBJ_L1CACHE, "l1"), (HWLOC_OBJ_CORE, "core"), (HWLOC_OBJ_PU, "pu"),
    ]

    private static func readKinds(_ handle: TopologyHandle) -> [KindDraft] {
        let count = max(hwloc_cpukinds_get_nr(handle.topology, 0), 0)
        return (0..<count).compactMap { index in
            guard let set = hwloc_bitmap_alloc() else { return nil }
            defer { hwloc_bitmap_free(set) }
            var efficiency: Int32 = -1
            var infoCount: UInt32 = 0
            var infos: UnsafeMutablePointer<hwloc_info_s>?
            guard
                hwloc_cpukinds_get_info(
                    handle.topology, UInt32(index), set, &efficiency, &infoCount, &infos, 0) == 0
            else { return nil }
            var kind = KindDraft(efficiency: Int(efficiency), processors: ProcessorSet(set))
            for info in UnsafeBufferPointer(start: infos, count: Int(infoCount)) {
                kind.describe(String(cString: info.name), String(cString: info.value))
            }
            return kind
        }
    }

    private static func readNodeDistances(_ handle: TopologyHandle, count: Int) -> [Double]? {
        var found: UInt32 = 1
        var matrix: UnsafeMutablePointer<hwloc_distances_s>?
        let kind = UInt(HWLOC_DISTANCES_KIND_MEANS_LATENCY.rawValue)
        guard
            hwloc_distances_get_by_type(
                handle.topology, HWLOC_OBJ_NUMANODE, &found, &matrix, kind, 0) == 0,
            found > 0, let matrix
        else { return nil }
        defer { hwloc_distances_release(handle.topology, matrix) }
        let size = Int(matrix.pointee.nbobjs)
        // A matrix over some of the nodes only (restricted machines) is not worth the guess.
        guard size == count, let objects = matrix.pointee.objs, let values = matrix.pointee.values
        else { return nil }
        var result = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0..<size {
                guard let from = objects[row], let to = objects[column] else { return nil }
                let place = Int(from.pointee.logical_index) * size + Int(to.pointee.logical_index)
                guard result.indices.contains(place) else { return nil }
                result[place] = Double(values[row * size + column])
            }
        }
        return result
    }
}

extension CoreDraft {
    fileprivate init(_ core: hwloc_obj_t, processor: Int) {
        self.init(osIndex: Int(core.pointee.os_index), processors: [processor])
        // An ancestor's set tells who shares it, and its address tells one object from another.
        var object = core.pointee.parent
        while let current = object {
            let type = current.pointee.type
            if hwloc_obj_type_is_dcache(type) != 0 {
                let cache = current.pointee.attr.pointee.cache
                caches.append(
                    CacheDraft(
                        identity: UInt(bitPattern: current), level: Int(cache.depth),
                        bytes: Int(clamping: cache.size), lineBytes: Int(cache.linesize),
                        associativity: Int(cache.associativity)))
            }
            object = current.pointee.parent
        }
    }
}

extension hwloc_obj_t {
    fileprivate func ancestor(_ type: hwloc_obj_type_t) -> hwloc_obj_t? {
        var object = pointee.parent
        while let current = object {
            if current.pointee.type == type { return current }
            object = current.pointee.parent
        }
        return nil
    }
}
