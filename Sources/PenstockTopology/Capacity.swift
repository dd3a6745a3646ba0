internal import CPenstockPlatform

/// The cores that this process may really use: computed, never assumed.
package struct Capacity: Sendable, Hashable, CustomStringConvertible {
    /// Processors of the whole machine, also those this process may not use.
    package let machineProcessors: Int
    /// Topology ∩ thread affinity ∩ the user's mask. Empty when they have nothing in common; then
    /// nothing may be bound anywhere.
    package let allowed: ProcessorSet
    /// Machine indexes of the cores with at least one allowed processor.
    package let cores: [Int]
    /// Control group limit in cores; nil without one.
    package let quota: Double?
    /// Cores left to the host's own threads.
    package let reserve: Int
    /// How many workers may run: at least 1.
    package let budget: Int

    /// Whether the quota, not the cores, is what limits: threads then wait for time, not for cores,
    /// and spinning only burns the quota.
    package var quotaLimited: Bool { quota.map { $0 < Double(cores.count) } ?? false }

    /// - Parameters:
    ///   - affinity: the mask to obey; nil asks for the calling thread's when the machine is live.
    ///   - userMask: a further restriction by the user.
    ///   - reserve: cores to leave to the host.
    package static func measure(
        machine: Machine, affinity: ProcessorSet? = nil, cgroupRoot: String = "/sys/fs/cgroup",
        procSelfCgroup: String = "/proc/self/cgroup", userMask: ProcessorSet? = nil,
        reserve: Int = 0
    ) -> Capacity {
        var allowed = machine.processorSet
        if let mask = affinity ?? (machine.isLive ? callingThreadAffinity() : nil) {
            allowed = allowed.intersection(mask)
        }
        if let userMask { allowed = allowed.intersection(userMask) }
        return Capacity(
            machine: machine, allowed: allowed,
            quota: CPUQuota.measure(root: cgroupRoot, procSelfCgroup: procSelfCgroup),
            reserve: reserve)
    }

    /// A capacity from its parts, for machines that are not here to be measured.
    package init(machine: Machine, allowed: ProcessorSet, quota: Double?, reserve: Int = 0) {
        machineProcessors = machine.installedProcessors
        self.allowed = allowed.intersection(machine.processorSet)
        let set = self.allowed
        cores = machine.cores.filter { $0.processorSet.intersects(set) }.map(\.index)
        self.quota = quota.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        self.reserve = max(reserve, 0)
        var limit = cores.count
        // Comparing first keeps a huge quota away from the conversion, which would trap.
        if let quota = self.quota, quota < Double(limit) { limit = Int(max(quota, 1)) }
        budget = max(limit - min(self.reserve, limit), 1)
    }

    /// "machine 384 PU, allowed 12, quota 4.0: 4 workers".
    package var description: String {
        let limit = quota.map { "quota \(fixed($0, 1))" } ?? "no quota"
        let kept = reserve > 0 ? ", \(reserve) reserved" : ""
        return "machine \(machineProcessors) PU, allowed \(allowed.count), \(limit)\(kept): "
            + (budget == 1 ? "1 worker" : "\(budget) workers")
    }

    /// nil when the kernel does not say; the topology alone then decides.
    private static func callingThreadAffinity() -> ProcessorSet? {
        var words = [UInt64](repeating: 0, count: 128)
        guard pstp_affinity_get(&words, words.count) == 0 else { return nil }
        return ProcessorSet(words: words)
    }
}
