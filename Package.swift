// swift-tools-version: 6.2
import PackageDescription

// One build description for Swift and C users: CMake calls `swift build` and lists no sources.
// Imports point one way: Topology <- Runtime <- {Dataflow, Matrix, Actors} <- {Penstock,
// PenstockC}.

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "penstock",
    products: [
        .library(name: "Penstock", targets: ["Penstock"]),
        .library(name: "penstock", type: .dynamic, targets: ["PenstockC"]),
        .executable(name: "digits-swift", targets: ["DigitsExample"]),
        .executable(name: "crawler-swift", targets: ["CrawlerExample"]),
        .executable(name: "bank-swift", targets: ["BankExample"]),
    ],
    targets: [
        // MARK: - C modules
        .systemLibrary(name: "CPenstock", path: "include"),
        .systemLibrary(
            name: "CHwloc", path: "Sources/CHwloc", pkgConfig: "hwloc",
            providers: [.apt(["libhwloc-dev"])]),
        .target(name: "CPenstockPlatform", path: "Sources/CPenstockPlatform"),
        .target(name: "CPenstockKernels", path: "Sources/CPenstockKernels"),
        .target(name: "CPenstockOperators", path: "Sources/CPenstockOperators"),
        .target(name: "CPenstockText", path: "Sources/CPenstockText"),

        // MARK: - The engine
        .target(
            name: "PenstockTopology", dependencies: ["CHwloc", "CPenstockPlatform"],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockRuntime", dependencies: ["CPenstockPlatform", "PenstockTopology"],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockMatrix",
            dependencies: [
                "CPenstockPlatform", "CPenstockKernels", "PenstockTopology", "PenstockRuntime",
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockDataflow",
            dependencies: [
                "CPenstockPlatform", "PenstockTopology", "PenstockRuntime", "PenstockTelemetry",
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockOperators",
            dependencies: ["CPenstockPlatform", "CPenstockOperators", "PenstockRuntime"],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockText",
            dependencies: [
                "CPenstockPlatform", "CPenstockText", "PenstockRuntime", "PenstockDataflow",
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockActors",
            dependencies: ["CPenstockPlatform", "PenstockTopology", "PenstockRuntime"],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockTelemetry",
            dependencies: ["PenstockTopology"],
            swiftSettings: swiftSettings),

        // MARK: - What people import
        .target(
            name: "Penstock",
            dependencies: [
                "CPenstockPlatform", "PenstockTopology", "PenstockRuntime", "PenstockDataflow",
                "PenstockMatrix", "PenstockTelemetry", "PenstockActors",
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "PenstockC",
            dependencies: [
                "CPenstock", "CPenstockPlatform", "PenstockTopology", "PenstockRuntime",
                "PenstockDataflow", "PenstockMatrix", "PenstockTelemetry", "PenstockActors",
                "PenstockOperators", "PenstockText",
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "DigitsExample", dependencies: ["Penstock"], path: "examples/digits-swift",
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "CrawlerExample", dependencies: ["Penstock"], path: "examples/crawler-swift",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "BankExample", dependencies: ["Penstock"], path: "examples/bank-swift",
            swiftSettings: swiftSettings),

        // MARK: - Tests
        .testTarget(
            name: "PenstockTopologyTests",
            dependencies: ["PenstockTopology", "CPenstockPlatform"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockRuntimeTests",
            dependencies: [
                "PenstockRuntime", "PenstockTopology", "CPenstockPlatform", "CountingAllocator",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockMatrixTests",
            dependencies: ["PenstockMatrix", "PenstockRuntime", "PenstockTopology"],
            swiftSettings: swiftSettings),
        .target(name: "CountingAllocator", path: "Tests/CountingAllocator"),
        .testTarget(
            name: "PenstockDataflowTests",
            dependencies: [
                "PenstockDataflow", "PenstockRuntime", "PenstockTopology", "CountingAllocator",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockOperatorsTests",
            dependencies: ["PenstockOperators", "PenstockRuntime", "CountingAllocator"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockTextTests",
            dependencies: [
                "PenstockText", "CPenstockText", "PenstockDataflow", "PenstockRuntime",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockActorsTests",
            dependencies: ["PenstockActors", "PenstockRuntime", "PenstockTopology"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockTelemetryTests",
            dependencies: ["PenstockTelemetry", "PenstockTopology"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "PenstockTests", dependencies: ["Penstock", "CountingAllocator"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["PenstockDataflow", "PenstockRuntime", "PenstockTopology"],
            path: "Tests/Simulation", swiftSettings: swiftSettings),
        .testTarget(
            name: "ABITests", dependencies: ["PenstockC", "CPenstock", "PenstockRuntime"],
            path: "Tests/ABI/Swift", swiftSettings: swiftSettings),
    ]
)
