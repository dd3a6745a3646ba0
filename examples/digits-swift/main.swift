// Learns to read handwritten digits: the same job as ../digits, in Swift. The pipeline is in
// Graphs.swift; data, network and rates are those of the C program (see its README).
//
//     swift run -c release digits-swift [FILE [EPOCHS]]

@preconcurrency import Glibc
import Penstock

let arguments = CommandLine.arguments.dropFirst()
let path = arguments.first ?? "examples/data/digits.csv"
let epochs = arguments.dropFirst().first.flatMap { Int($0) } ?? 60
guard epochs > 0 else {
    fputs("usage: digits-swift [FILE [EPOCHS]]\n", stderr)
    exit(2)
}

do {
    let engine = try Engine(EngineOptions(trace: 4096))
    let lines = try readLines(path)
    let standard = try measure(lines, engine)
    let network = try Network(seed: 1)
    let shelf = try train(network, lines, standard, epochs, engine)
    let right = try count(shelf, network, engine)
    let accuracy = Double(right) / Double(max(shelf.count, 1))
    print("test accuracy \(accuracy) (\(right) of \(shelf.count) held-out rows)")
    exit(accuracy >= 0.95 ? 0 : 1)
} catch {
    fputs("digits-swift: \(error)\n", stderr)
    exit(1)
}
