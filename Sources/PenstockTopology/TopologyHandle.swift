internal import CHwloc
internal import Glibc

/// Owns a loaded hwloc topology. Kept past loading only on a live machine, to bind memory.
///
/// Unchecked: hwloc promises that a loaded topology that nobody modifies may be read by any number
/// of threads, and `hwloc_topology_refresh` has filled its lazy caches.
final class TopologyHandle: @unchecked Sendable {
    let topology: hwloc_topology_t

    init(_ source: Machine.Source) throws(TopologyError) {
        let name = source.description
        var created: hwloc_topology_t?
        guard hwloc_topology_init(&created) == 0, let created else {
            throw TopologyError(source: name, action: "cannot create a topology", errno: errno)
        }
        topology = created
        // From here on deinit destroys the topology, also when an initialiser throws.
        switch source {
        case .live:
            // Without this flag hwloc shows processors that taskset has taken away. It comes with
            // the claim that this is the machine we run on, which a source given by hwloc's own
            // environment variables must make itself.
            guard getenv("HWLOC_XMLFILE") == nil, getenv("HWLOC_SYNTHETIC") == nil else { break }
            let restrict = UInt(HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING.rawValue)
            let here = UInt(HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM.rawValue)
            _ = hwloc_topology_set_flags(topology, restrict | here)
        case .xml(let path):
            // hwloc reports a missing file only when it loads, and then without the cause.
            guard access(path, R_OK) == 0 else {
                throw TopologyError(source: name, action: "cannot read the file", errno: errno)
            }
            try check(name, "not hwloc XML") { hwloc_topology_set_xml($0, path) }
        case .synthetic(let text):
            try check(name, "not a synthetic description") {
                hwloc_topology_set_synthetic($0, text)
            }
        }
        try check(name, "cannot be loaded (hwloc XML must be version 2)") {
            hwloc_topology_load($0)
        }
        _ = hwloc_topology_refresh(topology)
    }

    deinit {
        hwloc_topology_destroy(topology)
    }

    private func check(
        _ source: String, _ failure: String, _ call: (hwloc_topology_t) -> Int32
    ) throws(TopologyError) {
        errno = 0
        guard call(topology) == 0 else {
            throw TopologyError(source: source, action: failure, errno: errno)
        }
    }

    /// hwloc objects of one type in logical order.
    func objects(_ type: hwloc_obj_type_t) -> [hwloc_obj_t] {
        let count = max(hwloc_get_nbobjs_by_type(topology, type), 0)
        return (0..<UInt32(count)).compactMap { hwloc_get_obj_by_type(topology, type, $0) }
    }
}

extension Machine.Source: CustomStringConvertible {
    package var description: String {
        switch self {
        case .live: "this machine"
        case .xml(let path): "topology file '\(path)'"
        case .synthetic(let text): "synthetic topology '\(text)'"
        }
    }
}

extension ProcessorSet {
    init(_ bitmap: hwloc_const_bitmap_t?) {
        self.init()
        // -1 means infinite, which no processor set of a loaded topology is.
        guard let bitmap, case let count = hwloc_bitmap_nr_ulongs(bitmap), count > 0 else { return }
        self.init(words: (0..<UInt32(count)).map { UInt64(hwloc_bitmap_to_ith_ulong(bitmap, $0)) })
    }
}
