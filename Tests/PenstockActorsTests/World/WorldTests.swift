import PenstockActors
import PenstockRuntime
import PenstockTopology
import Testing

@Suite struct WorldTests {
    private func options(_ executor: Executor, workers: Int) -> EngineOptions {
        var options = EngineOptions()
        options.topology = .synthetic("core:4 pu:1")
        options.executor = executor
        options.workers = workers
        return options
    }

    @Test(arguments: 0..<500) func simulated(seed: UInt64) throws {
        let options = options(
            .simulated(seed: seed, allocationFailure: 0), workers: 2 + Int(seed % 3))
        try World(options, seed: seed, isShort: false).run(letters: 20, hops: 6)
    }

    @Test(arguments: 0..<200) func shortOfMemory(seed: UInt64) throws {
        let executor = Executor.simulated(seed: seed, allocationFailure: 0.3)
        // The engine itself may not come to be.
        guard let world = try? World(options(executor, workers: 3), seed: seed, isShort: true)
        else { return }
        try world.run(letters: 20, hops: 6)
    }

    @Test(arguments: 0..<40) func threads(seed: UInt64) throws {
        let world = try World(
            options(.threads, workers: 2 + Int(seed % 3)), seed: seed, isShort: false)
        try world.run(letters: 200, hops: 7)
    }
}
