/// The CPU time that control groups grant this process, in cores. hwloc never reads it.
enum CPUQuota {
    /// The smallest limit on the way from this process' group to the root of the hierarchy, for
    /// version 2 (`cpu.max`) and version 1 (`cpu.cfs_quota_us`); nil without a limit.
    ///
    /// In a cgroup namespace the path in /proc names groups outside of what is mounted. Directories
    /// that are not there have no limit to read; the walk still ends at the mounted root, which is
    /// the container's own group.
    static func measure(root: String, procSelfCgroup: String) -> Double? {
        var limits: [Double] = []
        for line in (readTextFile(procSelfCgroup) ?? "").split(separator: "\n") {
            // "hierarchy:controllers:path"; a path may contain colons.
            let fields = line.split(
                separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            if fields[0] == "0", controllers.isEmpty {
                for mount in [root, root + "/unified"] {
                    limits += groups(mount, path: fields[2]).compactMap(version2)
                }
            } else if controllers.contains("cpu") {
                for mount in Set([root + "/cpu", root + "/" + fields[1]]) {
                    limits += groups(mount, path: fields[2]).compactMap(version1)
                }
            }
        }
        return limits.min()
    }

    /// The directories of a group and its ancestors, the group first, the mount point last.
    private static func groups(_ mount: String, path: Substring) -> [String] {
        var parts = path.split(separator: "/")
        // "/../other": outside this namespace; only the mount point can be read.
        if parts.contains("..") { parts = [] }
        return (0...parts.count).reversed().map { depth in
            ([mount] + parts[..<depth].map(String.init)).joined(separator: "/")
        }
    }

    /// "max 100000" or "400000 100000".
    private static func version2(_ directory: String) -> Double? {
        let words = (readTextFile(directory + "/cpu.max") ?? "").split { " \n\t".contains($0) }
        guard let quota = words.first.flatMap({ Double($0) }) else { return nil }
        return cores(quota, period: words.count > 1 ? Double(words[1]) : 100_000)
    }

    private static func version1(_ directory: String) -> Double? {
        guard let quota = number(directory + "/cpu.cfs_quota_us") else { return nil }
        return cores(quota, period: number(directory + "/cpu.cfs_period_us") ?? 100_000)
    }

    private static func number(_ path: String) -> Double? {
        readTextFile(path).flatMap { $0.split { " \n\t".contains($0) }.first }.flatMap {
            Double($0)
        }
    }

    /// -1 is version 1's word for no limit; anything else that is not a positive ratio is no limit
    /// that could be obeyed.
    private static func cores(_ quota: Double, period: Double?) -> Double? {
        guard let period, quota > 0, period > 0, case let cores = quota / period, cores.isFinite
        else { return nil }
        return cores
    }
}
