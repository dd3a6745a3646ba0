import PenstockDataflow
import PenstockRuntime
import Synchronization

extension Scenario {
    /// In one scenario of four some stages fork. Not one of the generator's choices, so that graphs
    /// are the same with and without.
    private var hasForks: Bool { Random.mix(seed ^ 0xf0) % 4 == 0 }

    /// Runs the graph once and says what went wrong, if anything did.
    func run(on engine: Engine) {
        for station in stations {
            station.reset(replicas: graph.description.stages[station.stage].options.replicas)
            if hasForks && Random.mix(seed &+ UInt64(station.stage)) % 2 == 0 {
                station.forksOn = engine
            }
        }
        defer { for station in stations { station.forksOn = nil } }
        ledger.forgetRun()
        ledger.atCall = { [unowned self] in try? self.graph.cancel() }
        var failure: Failure?
        do {
            try graph.start(on: engine)
            steer()
            serveHostEdges()
            try graph.wait(nanoseconds: 30_000_000_000)
        } catch {
            failure = error
            if error.status == .timedOut {
                ledger.violation("does not end: \(graph.run?.stallReport() ?? "")")
                try? graph.cancel()
                try? graph.wait(nanoseconds: .max)
            }
        }
        takeTheRest()
        check(failure)
    }

    /// Pauses and cancels from outside, at moments of the engine's time.
    private func steer() {
        if let pausesAt {
            try? graph.wait(nanoseconds: pausesAt)
            try? graph.pause(true)
            if random.below(2) == 0 { try? graph.wait(nanoseconds: 20_000) }
            try? graph.pause(false)
        }
        if let cancelsAt {
            try? graph.wait(nanoseconds: cancelsAt)
            try? graph.cancel()
        }
    }

    // MARK: - The host's ends

    private func serveHostEdges() {
        var feeding = feeds
        var draining = drains
        var rounds = 0
        while !feeding.isEmpty || !draining.isEmpty {
            rounds += 1
            if rounds > 20_000 {
                ledger.violation("feeds and drains do not end: \(graph.run!.stallReport())")
                try? graph.cancel()
                return
            }
            if hasHostStages { _ = try? graph.poll(nanoseconds: 20_000) }
            feeding.removeAll { !feed($0) }
            draining.removeAll { !drain($0) }
        }
    }

    /// False: it is closed, or nobody wants more.
    private func feed(_ station: Station) -> Bool {
        let replica = station.replicas[0]
        let left = station.limit - replica.made
        if left == 0 {
            try? graph.close(stage: station.stage)
            return false
        }
        let n = 1 + random.below(min(left, 6))
        let type = station.outTypes[0]
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: n * type.size, alignment: 128)
        defer { buffer.deallocate() }
        for i in 0..<n {
            let made = station.make(0, seq: replica.made + i)
            type.write(station.own(station.stamp(made, 0, 0), old: 0, 0), buffer, i)
        }
        var pushed = 0
        var goesOn = true
        do {
            let timeout: UInt64 = random.below(3) == 0 ? 0 : 20_000
            try graph.push(stage: station.stage, buffer, n, nanoseconds: timeout, pushed: &pushed)
        } catch {
            goesOn = error.status == .timedOut || error.status == .again
            if pushed == n { station.violation("push failed with everything pushed") }
        }
        // What did not go in is still the host's.
        for i in pushed..<n { ledger.release(type.read(buffer, i).id, "the host") }
        replica.made += pushed
        replica.out[0] += pushed
        return goesOn
    }

    /// False: nothing will come any more.
    private func drain(_ station: Station, nanoseconds: UInt64 = 20_000) -> Bool {
        let type = station.inType!
        let most = 1 + random.below(7)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: most * type.size, alignment: 128)
        defer { buffer.deallocate() }
        do {
            let n = try graph.pull(
                stage: station.stage, buffer, most, nanoseconds: nanoseconds)
            if n < 1 || n > most { station.violation("pulled \(n) of at most \(most)") }
            for i in 0..<n {
                let element = type.read(buffer, i)
                if !type.isWhole(buffer, i) { station.violation("an element is torn") }
                if type.isTracked { ledger.expectAlive(element.id, station.name) }
                station.take(station.replicas[0], element)
                ledger.release(element.id, "the host")
            }
            return true
        } catch {
            return error.status == .timedOut || error.status == .again
        }
    }

    /// What drains hold after the end.
    private func takeTheRest() {
        guard let run = graph.run, run.hasEnded else { return }
        for station in drains {
            var tries = 0
            while drain(station, nanoseconds: 0) && tries < 10_000 { tries += 1 }
        }
    }

    // MARK: - Checking

    private func check(_ failure: Failure?) {
        checkOutcome(failure)
        for station in stations {
            guard isStep(station) else { continue }
            for replica in station.replicas {
                let ups = station.setUpFails ? 0 : replica.setUps
                if replica.setUps > 1 || replica.tearDowns != ups {
                    station.violation(
                        "set up \(replica.setUps) times, torn down \(replica.tearDowns) times")
                }
                if failure == nil && replica.setUps != 1 { station.violation("never set up") }
            }
            checkKeys(station)
        }
        if failure == nil && !ledger.endedEarly.load(ordering: .relaxed) {
            for station in stations { checkComplete(station) }
            checkFlows()
            checkStatistics()
        }
    }

    private func isStep(_ station: Station) -> Bool {
        switch graph.description.stages[station.stage].kind {
        case .merge, .feed, .drain: false
        default: true
        }
    }

    private func checkOutcome(_ failure: Failure?) {
        let expected = ledger.expectedTexts
        guard let failure else {
            if !expected.isEmpty { ledger.violation("no error, expected '\(expected[0])'") }
            return
        }
        switch failure.status {
        case .cancelled:
            if ledger.callLimit == 0 && cancelsAt == nil { ledger.violation("cancelled by nobody") }
        case .stageFailed:
            if !expected.contains(where: { failure.text.contains($0) }) {
                ledger.violation("unexpected: \(failure.text); expected \(expected)")
            }
        case .timedOut: break
        case .noMemory where mayLackMemory: break
        default: ledger.violation("failed: \(failure.text)")
        }
    }

    /// Equal keys, one replica.
    private func checkKeys(_ station: Station) {
        guard station.hasKey else { return }
        var seen: Set<UInt64> = []
        for replica in station.replicas {
            for key in replica.replicaOfKey.keys where !seen.insert(key).inserted {
                station.violation("key \(key) went to several replicas")
            }
        }
    }

    private func received(_ station: Station) -> Int {
        station.total(\.taken) + station.total(\.skipped) + station.total(\.dead)
    }

    private func checkComplete(_ station: Station) {
        switch graph.description.stages[station.stage].kind {
        case .source, .feed:
            if station.total(\.made) != station.limit {
                station.violation("made \(station.total(\.made)) of \(station.limit)")
            }
        case .fold:
            let taken = station.total(\.taken)
            let every = station.every
            station.replicas[0].out[0] = every == 0 ? 1 : (taken + every - 1) / every
        case .process:
            for replica in station.replicas where replica.finished != station.leftovers {
                station.violation("finish gave \(replica.finished) of \(station.leftovers)")
            }
        default: break
        }
    }

    /// What goes into each channel comes out of it.
    private func checkFlows() {
        let d = graph.description
        var known: [Int: Int] = [:]  // by edge
        for (i, edge) in d.edges.enumerated() {
            if let station = stationOf[edge.to] { known[i] = received(station) }
        }
        func out(_ stage: Int, _ port: Int) -> Int? {
            if let station = stationOf[stage] {
                return port < station.outTypes.count
                    ? station.totalOut(port) : station.total(\.dead)
            }
            var sum = 0
            for (i, edge) in d.edges.enumerated() where edge.to == stage {
                guard let n = known[i] else { return nil }
                sum += n
            }
            return sum
        }
        // Channels into merges are known by what came in and what the other ways took.
        var checked: Set<Int> = []
        var goesOn = true
        while goesOn {
            goesOn = false
            for (stage, spec) in d.stages.enumerated() {
                for port in 0...spec.outputs.count where !checked.contains(stage * 256 + port) {
                    let ways = d.edges.indices.filter {
                        d.edges[$0].from == stage && d.edges[$0].port == port
                    }
                    if ways.isEmpty { continue }
                    guard let n = out(stage, port) else { continue }
                    checked.insert(stage * 256 + port)
                    goesOn = true
                    checkPort(spec, port, n, ways, &known)
                }
            }
        }
    }

    private func checkPort(
        _ spec: StageSpec, _ port: Int, _ n: Int, _ ways: [Int], _ known: inout [Int: Int]
    ) {
        func expect(_ way: Int, _ wanted: Int) {
            if let found = known[way] {
                if found != wanted {
                    let to = graph.description.stages[graph.description.edges[way].to].name
                    ledger.violation(
                        "'\(spec.name)' port \(port) gave \(wanted), '\(to)' got \(found)")
                }
            } else {
                known[way] = wanted
            }
        }
        var how = ways.count > 1 ? spec.distributions[port] : .broadcast
        if ways.count == 1 { how = .broadcast }
        switch how {
        case .broadcast: for way in ways { expect(way, n) }
        case .roundRobin:
            for (i, way) in ways.enumerated() {
                expect(way, (n - i + ways.count - 1) / ways.count)
            }
        case .key:
            let open = ways.filter { known[$0] == nil }
            let rest = n - ways.reduce(0) { $0 + (known[$1] ?? 0) }
            if let way = open.first {
                expect(way, rest)
            } else if rest != 0 {
                ledger.violation("'\(spec.name)' port \(port) gave \(n), \(rest) are missing")
            }
        }
    }

    private func checkStatistics() {
        for station in stations where isStep(station) {
            let stats = graph.run!.stats(of: station.stage)
            func expect(_ what: String, _ found: UInt64, _ wanted: Int) {
                if found != UInt64(wanted) {
                    station.violation("statistics: \(what) \(found), not \(wanted)")
                }
            }
            let outputs = station.outTypes.indices.reduce(0) { $0 + station.totalOut($1) }
            expect("elements in", stats.elementsIn, received(station))
            expect("elements out", stats.elementsOut, outputs + station.total(\.dead))
            expect("failed", stats.failed, station.total(\.failed))
            expect("skipped", stats.skipped, station.total(\.skipped))
            expect("dead-lettered", stats.deadLettered, station.total(\.dead))
            expect("retried", stats.retried, station.total(\.retried))
        }
    }
}
