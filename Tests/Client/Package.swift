// swift-tools-version: 6.2
import PackageDescription

// A program as users write it, in a package of its own: see vectorises.sh.
let package = Package(
    name: "client",
    dependencies: [.package(name: "penstock", path: "../..")],
    targets: [
        .executableTarget(
            name: "Client", dependencies: [.product(name: "Penstock", package: "penstock")])
    ]
)
