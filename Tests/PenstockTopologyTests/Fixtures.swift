internal import Glibc
import PenstockTopology

/// Machines that tests plan on.
enum Fixtures {
    static let synthetic = [
        "package:2 l3:4 core:8 pu:2", "numa:8 l3:1 core:4 pu:1", "core:1 pu:1", "core:1 pu:4",
        "package:1 core:6 pu:2", "package:1 l3:1 core:2 pu:1", "package:2 l3:1 l2:2 core:2 pu:2",
        "package:2 numa:2 l3:2 core:3 pu:1", "package:1 l2:4 core:2 pu:1",
        "package:1 l3:2 core:3 pu:2(indexes=0,6,1,7,2,8,3,9,4,10,5,11)",
    ]

    static func machine(_ description: String) -> Machine {
        do {
            return try Machine.load(.synthetic(description))
        } catch {
            fatalError("\(error)")
        }
    }

    static let machines: [Machine] = synthetic.map(machine) + [hybrid(), island()]

    /// 4 performance cores with 2 PU each and 8 efficiency cores behind one L3.
    static func hybrid() -> Machine {
        let fast = (0..<4).map { _ in
            XMLFixture.Object.cache(level: 2, bytes: 1 << 20, ways: 10, [.core(pus: 2)])
        }
        let small = (0..<2).map { _ in
            XMLFixture.Object.cache(
                level: 2, bytes: 2 << 20, ways: 16,
                [XMLFixture.Object](repeating: .core(pus: 1), count: 4))
        }
        return XMLFixture(
            objects: [
                .package([
                    .node(bytes: 1 << 34, subtype: nil),
                    .cache(level: 3, bytes: 24 << 20, ways: 12, fast + small),
                ])
            ],
            kinds: [("IntelAtom", 0, 8...15), ("IntelCore", 1, 0...7)]
        ).load()
    }

    /// 2 performance cores, 4 efficiency cores, and a low-power island that the L3 does not cover.
    static func island() -> Machine {
        XMLFixture(
            objects: [
                .package([
                    .node(bytes: 1 << 34, subtype: nil),
                    .cache(
                        level: 3, bytes: 12 << 20, ways: 12,
                        [
                            .core(pus: 2), .core(pus: 2),
                            .cache(
                                level: 2, bytes: 2 << 20, ways: 16,
                                [XMLFixture.Object](repeating: .core(pus: 1), count: 4)),
                        ]),
                    .cache(level: 2, bytes: 2 << 20, ways: 16, [.core(pus: 1), .core(pus: 1)]),
                ])
            ],
            kinds: [
                ("IntelLowPower", 0, 8...9), ("IntelAtom", 1, 4...7), ("IntelCore", 2, 0...3),
            ]
        ).load()
    }

    private static let directory = String("\(#filePath)".dropLast("/Fixtures.swift".count))

    /// XML of real machines outside of the package; empty where it is not there.
    static let realMachines: [(name: String, machine: Machine)] = {
        let environment = getenv("PENSTOCK_TOPOLOGIES").map { String(cString: $0) }
        let folder = environment ?? directory + "/../../../shared/topologies"
        let names = [
            "AMD-17h-Zen-2xEpyc-7451", "AMD-19h-Zen3-2xEpyc-7763", "AMD-19h-Zen4-2xEpyc-9654",
            "Intel-ArrowLake-CoreUltra5-225U", "Intel-CascadeLake-2xXeon6230",
            "Intel-KnightsLanding-XeonPhi-7210", "Intel-RaptorLake-Corei7-1370P",
            "Intel-SapphireRapids-2xXeonMax9460",
        ]
        let found = names.compactMap { name in
            (try? Machine.load(.xml(path: "\(folder)/\(name).xml"))).map { (name, $0) }
        }
        if found.count < names.count {
            print(
                "real machines: \(found.count) of \(names.count) in \(folder), others passed over")
        }
        return found
    }()
}

extension Capacity {
    /// Everything, without looking at this process.
    static func all(of machine: Machine, quota: Double? = nil, reserve: Int = 0) -> Capacity {
        Capacity(machine: machine, allowed: machine.processorSet, quota: quota, reserve: reserve)
    }
}
