internal import Glibc
import PenstockTopology
import Testing

/// A control group hierarchy in files, gone with the value's owner.
private final class FakeCgroups {
    let root: String
    var membership: String { root + "/self" }

    init(_ membership: String, _ files: [String: String]) {
        root = "/tmp/penstock-cgroup-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        mkdir(root, 0o755)
        for (path, text) in files {
            var directory = root
            for part in path.split(separator: "/").dropLast() {
                directory += "/\(part)"
                mkdir(directory, 0o755)
            }
            writeFile(root + "/" + path, text)
        }
        writeFile(self.membership, membership)
    }

    deinit {
        func remove(_ path: String) {
            if unlink(path) == 0 { return }
            guard let directory = opendir(path) else { return }
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(directory)
            rmdir(path)
        }
        remove(root)
    }
}

@Suite struct CapacityTests {
    private func capacity(
        _ membership: String, _ files: [String: String] = [:],
        machine: Machine = Fixtures.machine("package:1 core:8 pu:2"),
        affinity: ProcessorSet? = nil, userMask: ProcessorSet? = nil, reserve: Int = 0
    ) -> Capacity {
        let groups = FakeCgroups(membership, files)
        return withExtendedLifetime(groups) {
            Capacity.measure(
                machine: machine, affinity: affinity, cgroupRoot: groups.root,
                procSelfCgroup: groups.membership, userMask: userMask, reserve: reserve)
        }
    }

    @Test func version2TakesTheLeastLimitOnTheWayUp() {
        let files = [
            "a/b/cpu.max": "max 100000\n", "a/cpu.max": "250000 100000\n",
            "cpu.max": "600000 100000\n",
        ]
        #expect(capacity("0::/a/b\n", files).quota == 2.5)
        #expect(capacity("0::/a/b\n", files).budget == 2)
        #expect(capacity("0::/\n", files).quota == 6)
        #expect(capacity("0::/c\n", ["cpu.max": "max 100000"]).quota == nil)
    }

    @Test func version1ReadsQuotaAndPeriod() {
        let membership = "5:memory:/x\n2:cpu,cpuacct:/docker/ab\n1:name=systemd:/\n"
        let files = [
            "cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "-1\n",
            "cpu,cpuacct/docker/ab/cpu.cfs_period_us": "100000\n",
            "cpu,cpuacct/docker/cpu.cfs_quota_us": "300000\n",
            "cpu,cpuacct/docker/cpu.cfs_period_us": "200000\n",
        ]
        #expect(capacity(membership, files).quota == 1.5)
        #expect(capacity("3:cpu:/\n", ["cpu/cpu.cfs_quota_us": "400000"]).quota == 4)
    }

    @Test func groupsOutsideOfTheMountFallBackToItsRoot() {
        // A cgroup namespace: the path is the host's, the mount shows the container's own group.
        let files = ["cpu.max": "150000 100000", "x/cpu.max": "50000 100000"]
        #expect(capacity("0::/kubepods/pod1/c2\n", files).quota == 1.5)
        #expect(capacity("0::/../../x\n", files).quota == 1.5)
        #expect(capacity("0::/a\n", ["unified/cpu.max": "70000 10000"]).quota == 7)
    }

    @Test(arguments: ["", "max", "x y", "100000", "0 100000", "-5 100000", "1 0", "nan 1", "inf 1"])
    func oddLimitsNeverTrap(text: String) {
        let result = capacity("0::/\n\nnonsense\n::\n", ["cpu.max": text])
        #expect(result.quota == (text == "100000" ? 1 : nil))
        #expect(result.budget >= 1)
    }

    @Test func missingFilesMeanNoLimit() {
        let result = Capacity.measure(
            machine: Fixtures.machines[0], cgroupRoot: "/nonexistent",
            procSelfCgroup: "/nonexistent")
        #expect(result.quota == nil && !result.quotaLimited)
        #expect(result.budget == 64)
    }

    @Test func masksIntersect() {
        let machine = Fixtures.machine("package:1 core:8 pu:2")
        let result = capacity(
            "", affinity: ProcessorSet(list: "0-7"), userMask: ProcessorSet(list: "4-11,400"))
        #expect(result.allowed.description == "4-7" && result.cores == [2, 3])
        #expect(result.budget == 2)
        #expect(capacity("", affinity: ProcessorSet([1, 3])).cores == [0, 1])
        let none = capacity("", userMask: ProcessorSet())
        #expect(none.allowed.isEmpty && none.cores.isEmpty && none.budget == 1)
        let plan = Placement.plan(
            PlacementRequest(tasks: [TaskRequest(name: "only")]), machine: machine, capacity: none)
        #expect(plan.workers.count == 1 && plan.workers[0].binding.isEmpty && !plan.spin)
        #expect(plan.warnings.count == 1)
    }

    @Test func budgetIsCoresOrQuotaLessReserve() {
        let machine = Fixtures.machine("package:1 core:8 pu:2")
        func budget(_ quota: Double?, _ reserve: Int) -> Int {
            Capacity.all(of: machine, quota: quota, reserve: reserve).budget
        }
        #expect(budget(nil, 0) == 8 && budget(nil, 3) == 5 && budget(nil, 99) == 1)
        #expect(budget(0.2, 0) == 1 && budget(3.9, 0) == 3 && budget(3.9, 1) == 2)
        #expect(budget(1e300, 0) == 8 && budget(.nan, 0) == 8 && budget(nil, -4) == 8)
        #expect(budget(nil, .max) == 1 && budget(nil, .min) == 8)
        let text = Capacity.all(of: machine, quota: 4, reserve: 1).description
        #expect(text == "machine 16 PU, allowed 16, quota 4.0, 1 reserved: 3 workers")
    }

    @Test func liveCapacityObeysTheCallingThread() throws {
        let machine = try Machine.load(.live)
        let result = Capacity.measure(machine: machine)
        #expect(result.allowed.isSubset(of: machine.processorSet) && !result.allowed.isEmpty)
        #expect(result.budget <= result.cores.count)
    }
}
