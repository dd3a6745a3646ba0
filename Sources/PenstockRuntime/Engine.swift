package import CPenstockPlatform
package import PenstockTopology

/// What an engine is asked for.
package struct EngineOptions: Sendable {
    package var topology: Machine.Source = .live
    package var executor: Executor = .threads
    /// 0: the capacity.
    package var workers = 0
    package var reserve = 0
    package var policy: PlacementPolicy = .auto
    package var spinNanoseconds: UInt64 = EngineOptions.defaultSpin
    package var traceCapacity = 0

    /// Two to five times what waking a sleeping thread costs on a virtual machine.
    package static let defaultSpin: UInt64 = 50_000

    package init() {}
}

package enum Executor: Sendable, Equatable {
    case threads
    case simulated(seed: UInt64, allocationFailure: Double)

    /// "threads" or "simulated:SEED[,alloc=P]".
    package init?(_ text: String) {
        if text == "threads" {
            self = .threads
            return
        }
        let prefix = "simulated:"
        guard text.hasPrefix(prefix) else { return nil }
        let parts = text.dropFirst(prefix.count).split(
            separator: ",", omittingEmptySubsequences: false)
        guard let first = parts.first, let seed = UInt64(first) else { return nil }
        var failure = 0.0
        for part in parts.dropFirst() {
            guard part.hasPrefix("alloc="), let p = Double(part.dropFirst(6)), p >= 0, p <= 1 else {
                return nil
            }
            failure = p
        }
        self = .simulated(seed: seed, allocationFailure: failure)
    }
}

/// A topology, the workers on it, and what decides about time and order. Graphs run on it.
package final class Engine: @unchecked Sendable {
    package let options: EngineOptions
    package let machine: Machine
    package let capacity: Capacity
    package let environment: Environment
    package let forkGeneration: UInt32

    private let lock = Lock()
    private var workers: [Int: Worker] = [:]  // by core; guard: lock
    private var unbound: [Worker] = []  // beyond the capacity; guard: lock
    private var loads: [Double]  // of running graphs, by core; guard: lock
    private var isStopped = false  // guard: lock

    package init(_ options: EngineOptions) throws(Failure) {
        self.options = options
        do {
            machine = try Machine.load(options.topology)
        } catch {
            throw Failure(.topology, "\(error)")
        }
        capacity = Capacity.measure(machine: machine, reserve: options.reserve)
        switch options.executor {
        case .threads: environment = Environment(simulation: nil)
        case .simulated(let seed, let failure):
            environment = Environment(
                simulation: Simulation(seed: seed, allocationFailure: failure))
        }
        forkGeneration = pstp_fork_generation()
        loads = Array(repeating: 0, count: machine.cores.count)
    }

    /// True in a child process of the one that made the engine; its threads are not there.
    package var isForeign: Bool { pstp_fork_generation() != forkGeneration }

    package var isSimulated: Bool { environment.simulation != nil }

    /// Most workers it uses.
    package var workerLimit: Int { options.workers > 0 ? options.workers : capacity.budget }

    package var threadCount: Int { lock.withLock { workers.count + unbound.count } }

    package var existingLoad: [Double] { lock.withLock { loads } }

    package func addLoad(_ sign: Double, _ placement: Placement) {
        lock.withLock {
            for worker in placement.workers where loads.indices.contains(worker.core) {
                loads[worker.core] = max(0, loads[worker.core] + sign * worker.load)
            }
        }
    }

    /// The worker for each planned one, started if need be.
    package func workers(for placement: Placement) throws(Failure) -> [Worker] {
        var result: [Worker] = []
        var spare = 0
        for planned in placement.workers {
            let worker = try lock.withLock { () throws(Failure) -> Worker in
                if isStopped { throw Failure(.badState, "the engine is being destroyed") }
                if planned.pinWidth == .none {
                    if spare < unbound.count { return unbound[spare] }
                } else if let running = workers[planned.core] {
                    return running
                }
                let bound = planned.pinWidth != .none
                let worker = try makeWorker(
                    index: workers.count + unbound.count, core: planned.core,
                    binding: bound && machine.isLive ? planned.binding : ProcessorSet(),
                    spin: placement.spin)
                if bound { workers[planned.core] = worker } else { unbound.append(worker) }
                return worker
            }
            if planned.pinWidth == .none { spare += 1 }
            result.append(worker)
        }
        return result
    }

    private func makeWorker(
        index: Int, core: Int, binding: ProcessorSet, spin: Bool
    ) throws(Failure) -> Worker {
        let worker = try Worker(
            name: "pst-\(index)", index: index, core: core, binding: binding,
            spinNanoseconds: spin ? options.spinNanoseconds : 0, environment: environment)
        try launch(worker)
        return worker
    }

    /// Starts a thread for it, or gives it to the simulation.
    package func launch(_ worker: Worker) throws(Failure) {
        if let simulation = environment.simulation {
            simulation.lock.withLock { simulation.adopt(worker) }
        } else {
            try worker.start()
        }
    }

    /// Ends a worker that has no task left.
    package func retire(_ worker: Worker) {
        if let simulation = environment.simulation {
            simulation.lock.withLock { simulation.dismiss(worker) }
        } else {
            worker.stopAndJoin()
        }
    }

    /// Ends all threads; their tasks must have ended. Idempotent.
    package func stop() {
        if isForeign { return }
        let all = lock.withLock {
            isStopped = true
            let all = Array(workers.values) + unbound
            workers = [:]
            unbound = []
            return all
        }
        for worker in all { retire(worker) }
    }
}
