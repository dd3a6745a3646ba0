import CPenstockPlatform
package import PenstockTopology
import Synchronization

/// What an engine is asked for.
package struct EngineOptions: Sendable {
    package var topology: Machine.Source = .live
    package var executor: Executor = .threads
    /// 0: the capacity.
    package var workers = 0
    package var reserve = 0
    package var policy: PlacementRequest.Policy = .auto
    package var spinNanoseconds: UInt64 = EngineOptions.defaultSpin
    package var traceCapacity = 0
    /// Memory that actors and messages may take.
    package var actorBytes = Int.max
    /// How long an actor's behaviour may run before somebody is told; 0: nobody ever is.
    package var watchdogNanoseconds: UInt64 = 0

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
    /// Most threads that a fork-join uses, its caller among them.
    package let forkJoinThreads: Int
    /// nil where there is nothing to fork to: a single worker, or none with a thread.
    let forks: ForkJoin?
    /// Every worker that there can be is there (or could not be started).
    let allStarted = Atomic<Bool>(false)

    private let lock = Lock()
    private var workers: [Int: Worker] = [:]  // by core; guard: lock
    private var unbound: [Worker] = []  // beyond the capacity; guard: lock
    private var loads: [Double]  // of running graphs, by core; guard: lock
    private var isStopped = false  // guard: lock
    private var guests: [Guest] = []  // guard: lock
    /// The workers that fork-joins know, which may outlive their threads. Guard: lock.
    private var helpers: [Worker] = []

    /// What runs on an engine and must end before it does.
    package protocol Work: AnyObject, Sendable {
        var isOver: Bool { get }
        /// Cancels what it runs on this engine, and returns when that has ended.
        func end(on engine: Engine)
    }

    /// What is made once for an engine, when it is first needed, and ends with it. Guard: lock.
    private var companion: (any Work)?
    private let companionLock = Lock()

    /// The engine's own, made by `make` if there is none yet.
    package func companion<Companion: Work>(
        _ make: () throws(Failure) -> Companion
    ) throws(Failure) -> Companion {
        try companionLock.withLock { () throws(Failure) in
            if let known = lock.withLock({ companion }) as? Companion { return known }
            let made = try make()
            lock.withLock { companion = made }
            return made
        }
    }

    private struct Guest {
        weak var work: (any Work)?
    }

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
        let limit = options.workers > 0 ? options.workers : capacity.budget
        forkJoinThreads = min(limit, capacity.budget)
        let binds = machine.isLive && limit <= capacity.budget
        if forkJoinThreads > 1 && environment.simulation == nil {
            guard
                let forks = ForkJoin(
                    machine: machine, threads: forkJoinThreads, binds: binds,
                    spinNanoseconds: capacity.quotaLimited || limit > capacity.budget
                        ? 0 : options.spinNanoseconds, environment: environment)
            else { throw Failure(.noMemory, "no memory for an engine") }
            self.forks = forks
        } else {
            forks = nil
        }
    }

    deinit { forks?.free() }

    /// True in a child process of the one that made the engine; its threads are not there.
    package var isForeign: Bool { pstp_fork_generation() != forkGeneration }

    package var isSimulated: Bool { environment.simulation != nil }

    /// Most workers it uses.
    package var workerLimit: Int { options.workers > 0 ? options.workers : capacity.budget }

    /// More workers than cores to run them on: none is bound and none spins.
    package var isOversubscribed: Bool { workerLimit > capacity.budget }

    /// Before the work asks for workers, so that `stop` finds it or it finds the engine stopped.
    package func add(_ work: any Work) throws(Failure) {
        try lock.withLock { () throws(Failure) in
            try checkRunning()
            guests.removeAll { $0.work?.isOver ?? true }
            guests.append(Guest(work: work))
        }
    }

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
        for planned in placement.workers {
            result.append(
                try lock.withLock { () throws(Failure) -> Worker in
                    try checkRunning()
                    if let running = workers[planned.core] { return running }
                    // The limit holds for all graphs together: beyond it they share workers.
                    if workers.count >= workerLimit,
                        let spare = workers.min(by: {
                            (loads[$0.key], $0.key) < (loads[$1.key], $1.key)
                        })
                    {
                        return spare.value
                    }
                    let worker = try makeWorker(
                        core: planned.core,
                        binding: machine.isLive ? planned.binding : ProcessorSet(),
                        spin: placement.spin)
                    workers[planned.core] = worker
                    return worker
                })
        }
        return result
    }

    /// So many workers that are bound nowhere and do not spin.
    package func unboundWorkers(_ count: Int) throws(Failure) -> [Worker] {
        try lock.withLock { () throws(Failure) -> [Worker] in
            try checkRunning()
            while unbound.count < count {
                unbound.append(try makeWorker(core: nil, binding: ProcessorSet(), spin: false))
            }
            return Array(unbound.prefix(count))
        }
    }

    private func checkRunning() throws(Failure) {
        if isStopped { throw Failure(.badState, "the engine is being destroyed") }
    }

    /// Under the lock.
    private func makeWorker(
        core: Int?, binding: ProcessorSet, spin: Bool
    ) throws(Failure) -> Worker {
        let index = workers.count + unbound.count
        let position = machine.isLive ? core ?? index : index
        let helps = forks.map { position < $0.roster.positions } ?? false
        let worker = try Worker(
            name: "pst-\(index)", index: index, core: core, binding: binding,
            spinNanoseconds: spin ? options.spinNanoseconds : 0, environment: environment,
            forks: helps ? forks : nil, position: position)
        try launch(worker)
        if helps, let forks {
            helpers.append(worker)
            forks.roster.add(worker, at: position)
        }
        return worker
    }

    /// As many workers as there can be, where the planner puts equal loads, named after `purpose`;
    /// each once, so some are elsewhere when graphs have taken their places.
    package func allWorkers(_ purpose: String) throws(Failure) -> [Worker] {
        if isOversubscribed { return try unboundWorkers(workerLimit) }
        // Light enough for efficiency cores when the others are taken.
        let task = TaskRequest(name: purpose, load: 0.2, replicaGroup: 0)
        let request = PlacementRequest(
            tasks: Array(repeating: task, count: workerLimit), policy: options.policy,
            workerLimit: workerLimit)
        let planned = try workers(
            for: Placement.plan(request, machine: machine, capacity: capacity))
        return lock.withLock {
            var different: [Worker] = []
            for worker in planned + workers.keys.sorted().compactMap({ workers[$0] })
            where different.count < planned.count && !different.contains(where: { $0 === worker }) {
                different.append(worker)
            }
            return different
        }
    }

    /// Starts a thread for it, or gives it to the simulation.
    package func launch(_ worker: Worker) throws(Failure) {
        if let simulation = environment.simulation {
            simulation.exclusively { simulation.adopt(worker) }
        } else {
            try worker.start()
        }
    }

    /// Ends a worker that has no task left.
    package func retire(_ worker: Worker) {
        if let simulation = environment.simulation {
            simulation.exclusively { simulation.dismiss(worker) }
        } else {
            worker.stopAndJoin()
        }
    }

    /// Cancels what runs on it, waits for that, and ends all threads. Idempotent.
    package func stop() {
        if isForeign { return }
        forks?.close()
        let last = lock.withLock {
            isStopped = true
            return guests
        }
        for guest in last { guest.work?.end(on: self) }
        let all = lock.withLock {
            let all = Array(workers.values) + unbound
            workers = [:]
            unbound = []
            return all
        }
        for worker in all { retire(worker) }
        lock.withLock { companion = nil }
    }
}
