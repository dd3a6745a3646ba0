internal import CHwloc

extension Machine {
    /// Asks the system to take the pages of a block from one NUMA node, moving those already there.
    /// `bytes` is rounded out to whole pages by the kernel, so give page-aligned blocks.
    ///
    /// False, and nothing done, where it means nothing: one node, a machine that is not this one,
    /// a node that does not exist; or where the system refuses.
    @discardableResult
    package func bindMemory(_ memory: UnsafeMutableRawPointer, bytes: Int, node: Int) -> Bool {
        guard let memoryBinder, bytes > 0, nodes.indices.contains(node),
            let set = hwloc_bitmap_alloc()
        else { return false }
        defer { hwloc_bitmap_free(set) }
        hwloc_bitmap_set(set, UInt32(nodes[node].osIndex))
        let flags = HWLOC_MEMBIND_BYNODESET.rawValue | HWLOC_MEMBIND_MIGRATE.rawValue
        return hwloc_set_area_membind(
            memoryBinder.topology, memory, bytes, set, HWLOC_MEMBIND_BIND, Int32(flags)) == 0
    }
}
