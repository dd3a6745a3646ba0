internal import Glibc
import PenstockTopology
import Testing

@Suite struct MachineTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var text: String
        /// Packages, nodes, domains, cores, processors.
        var counts: [Int]
        var testDescription: String { text }
    }

    @Test(arguments: [
        Shape(text: "package:2 l3:4 core:8 pu:2", counts: [2, 1, 8, 64, 128]),
        Shape(text: "numa:8 l3:1 core:4 pu:1", counts: [0, 8, 8, 32, 32]),
        Shape(text: "core:1 pu:1", counts: [0, 1, 1, 1, 1]),
        Shape(text: "package:1 core:6 pu:2", counts: [1, 1, 1, 6, 12]),
        Shape(text: "package:1 l3:1 core:2 pu:1", counts: [1, 1, 1, 2, 2]),
        Shape(text: "package:1 l2:4 core:2 pu:1", counts: [1, 1, 4, 8, 8]),
        Shape(text: "package:2 numa:2 l3:2 core:3 pu:1", counts: [2, 4, 8, 24, 24]),
        Shape(text: "pu:4", counts: [0, 1, 1, 4, 4]),
    ])
    func syntheticShapes(shape: Shape) throws {
        let machine = try Machine.load(.synthetic(shape.text))
        let counts = [
            machine.packages.count, machine.nodes.count, machine.domains.count,
            machine.cores.count, machine.processorSet.count,
        ]
        #expect(counts == shape.counts)
        #expect(!machine.isLive)
        #expect(isConsistent(machine))
    }

    @Test func everyMachineIsConsistent() throws {
        let live = try Machine.load(.live)
        #expect(live.isLive && isConsistent(live))
        for machine in Fixtures.machines + Fixtures.realMachines.map(\.machine) {
            #expect(isConsistent(machine), "\(machine)")
            #expect(machine.description.split(separator: "\n").count >= 4)
        }
    }

    @Test func realMachinesHaveTheirDomains() {
        let expected = [
            // Packages, domains, cores, processors.
            "AMD-17h-Zen-2xEpyc-7451": [2, 16, 48, 96],
            "AMD-19h-Zen3-2xEpyc-7763": [2, 16, 128, 128],
            "AMD-19h-Zen4-2xEpyc-9654": [2, 24, 192, 384],
            "Intel-ArrowLake-CoreUltra5-225U": [1, 3, 12, 14],
            "Intel-CascadeLake-2xXeon6230": [2, 2, 40, 80],
            "Intel-KnightsLanding-XeonPhi-7210": [1, 32, 64, 256],
            "Intel-RaptorLake-Corei7-1370P": [1, 2, 14, 20],
            "Intel-SapphireRapids-2xXeonMax9460": [2, 2, 80, 160],
        ]
        for (name, machine) in Fixtures.realMachines {
            let counts = [
                machine.packages.count, machine.domains.count, machine.cores.count,
                machine.processorSet.count,
            ]
            #expect(counts == expected[name], "\(name)")
        }
        print("real machines: \(Fixtures.realMachines.count) loaded")
    }

    @Test func hybridKindsBecomeRoles() {
        let hybrid = Fixtures.hybrid()
        #expect(hybrid.domains.map { hybrid.kinds[$0.kind].role } == [.performance, .efficiency])
        #expect(hybrid.domains.map(\.cores.count) == [4, 8])
        let island = Fixtures.island()
        let roles = island.domains.map { island.kinds[$0.kind].role }
        #expect(roles == [.performance, .efficiency, .lowPower])
        #expect(island.cores[7].caches.l3 == nil && island.domains[2].level == "L2")
    }

    @Test func coresTakePlainMemoryOfTheirNode() {
        let cores = [XMLFixture.Object](repeating: .core(pus: 1), count: 4)
        let machine = XMLFixture(
            objects: [
                .package([
                    .node(bytes: 1 << 30, subtype: "MCDRAM"), .node(bytes: 1 << 34, subtype: nil),
                    .cache(level: 2, bytes: 1 << 20, ways: 16, Array(cores[..<2])),
                    .cache(level: 2, bytes: 1 << 20, ways: 16, Array(cores[2...])),
                ]),
                .package([
                    .node(bytes: 0, subtype: nil),
                    .cache(level: 3, bytes: 8 << 20, ways: -1, cores),
                ]),
            ],
            distances: [10, 11, 21, 11, 10, 21, 21, 21, 10]
        ).load()
        #expect(machine.nodes.map(\.memoryKind) == ["MCDRAM", "", ""])
        #expect(machine.cores.map(\.node) == [1, 1, 1, 1, 2, 2, 2, 2])
        #expect(machine.domains.map(\.cores.count) == [2, 2, 4])
        #expect(machine.relativeDistance(from: 1, to: 2) == 2.1)
        #expect(machine.relativeDistance(from: 1, to: 9) == nil)
        // Fully associative: as many ways as lines.
        #expect(machine.cores[4].caches.l3?.ways == (8 << 20) / 64)
        #expect(isConsistent(machine))
    }

    @Test func hiddenCachesAreAssumed() throws {
        let machine = try Machine.load(.synthetic("package:1 core:2 pu:1"))
        let caches = machine.cores[0].caches
        #expect(caches.l1d.bytes == 32 << 10 && caches.l1d.ways == 8 && caches.l1d.isAssumed)
        #expect(caches.l2.bytes == 512 << 10 && caches.l2.lineBytes == 64 && caches.l3 == nil)
        #expect(caches.lastCacheShare == 512 << 10)
        let sized = try Machine.load(.synthetic("l3:1(size=4194304) core:2 pu:1")).cores[0].caches
        #expect(sized.l3?.bytes == 4 << 20 && sized.l3?.ways == 16 && sized.l3?.sharers == 2)
        #expect(sized.lastCacheShare == 2 << 20)
    }

    @Test func objectsAreFoundByName() throws {
        let machine = Fixtures.machine("package:2 l3:2 core:3 pu:2")
        let names = [
            "L3:0": "0-5", "l3:3": "18-23", "core:3": "6-7", "numa:0": "0-23", "package:1": "12-23",
            "pu:5": "5", "domain:1": "6-11", "machine": "0-23", "NUMANode:0": "0-23",
        ]
        for (name, list) in names {
            #expect(try machine.processors(named: name).description == list, "\(name)")
        }
        for name in ["L3:4", "l2:0", "core:-1", "core", "", ":", "core:x", "core:1:2", "😀:0"] {
            let error = #expect(throws: TopologyError.self) {
                try machine.processors(named: name)
            }
            #expect(error?.description.contains("core:0-11") == true, "\(name)")
        }
    }

    @Test func badSourcesAreNamedWithTheirCause() {
        let path = "/tmp/penstock-garbage-\(getpid()).xml"
        writeFile(path, "<topology version=\"9.0\"><object")
        defer { unlink(path) }
        let sources: [(Machine.Source, String, Int32?)] = [
            (.xml(path: "/nonexistent/x.xml"), "/nonexistent/x.xml", ENOENT),
            (.xml(path: path), path, nil), (.xml(path: "/tmp"), "/tmp", nil),
            (.xml(path: ""), "''", ENOENT), (.synthetic("garbage !!"), "garbage !!", EINVAL),
            (.synthetic(""), "''", nil), (.synthetic("core:0"), "core:0", nil),
        ]
        for (source, name, code) in sources {
            let error = #expect(throws: TopologyError.self) { try Machine.load(source) }
            #expect(error?.description.contains(name) == true, "\(source)")
            if let code { #expect(error?.code == code) }
        }
    }

    @Test func memoryIsNotBoundWhereItMeansNothing() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 8192, alignment: 4096)
        defer { memory.deallocate() }
        #expect(!Fixtures.machines[1].bindMemory(memory, bytes: 8192, node: 0))
    }

    private func isConsistent(_ machine: Machine) -> Bool {
        var seen = ProcessorSet()
        for core in machine.cores {
            guard core.processorSet == ProcessorSet(core.processors), !core.processors.isEmpty,
                !seen.intersects(core.processorSet),
                machine.domains[core.domain].cores.contains(core.index),
                machine.l2Groups[core.l2Group].cores.contains(core.index),
                machine.nodes.indices.contains(core.node),
                machine.kinds.indices.contains(core.kind),
                core.caches.l1d.bytes > 0, core.caches.l2.ways > 0
            else { return false }
            seen.formUnion(core.processorSet)
        }
        let domains = machine.domains.flatMap(\.cores).sorted()
        return seen == machine.processorSet && domains == Array(machine.cores.indices)
            && machine.processors.map(\.osIndex).sorted() == Array(seen)
            && machine.installedProcessors >= seen.count
    }
}
