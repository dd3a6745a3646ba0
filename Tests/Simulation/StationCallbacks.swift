import PenstockDataflow
import PenstockRuntime

/// The callbacks of simulated stages.
extension Station {
    static let setUp: SetupFunction = { context in
        let (station, replica) = enter(context)
        station.ledger.note(station.stage, 255, replica.setUps, 0, Step.now(context))
        replica.isBusy = false
        replica.setUps += 1
        if station.setUpFails {
            station.ledger.fired("stage '\(station.name)'")
            return Status.invalid.rawValue
        }
        replica.isSetUp = true
        return Status.ok.rawValue
    }

    static let tearDown: TeardownFunction = { context in
        let (station, replica) = enter(context)
        replica.isBusy = false
        if !replica.isSetUp { station.violation("torn down without being set up") }
        replica.isSetUp = false
        replica.tearDowns += 1
    }

    static let source: SourceFunction = { context, out, capacity, count in
        let (station, replica) = enter(context)
        station.ledger.note(station.stage, 0, capacity, 0, Step.now(context))
        if replica.hasEnded { station.violation("asked after it said END") }
        if capacity < 1 { station.violation("asked for \(capacity)") }
        if Int(Step.position(context)) != replica.made { station.violation("wrong position") }
        defer { replica.isBusy = false }
        if station.failing > 0 && replica.random.below(1000) < station.failing {
            if station.policy == .retry && replica.consecutive < station.tries {
                replica.consecutive += 1
                replica.failed += 1
                if replica.consecutive > station.retries {
                    station.ledger.fired("stage '\(station.name)'")
                } else {
                    replica.retried += 1
                }
                return Status.invalid.rawValue
            }
        }
        replica.consecutive = 0
        // Sometimes nothing, sometimes less than there is room for.
        var n = min(station.limit - replica.made, capacity)
        if replica.random.below(6) == 0 { n = 0 } else if n > 1 { n = 1 + replica.random.below(n) }
        let type = station.outTypes[0]
        for i in 0..<n {
            let made = station.make(0, seq: replica.made + i)
            type.write(station.own(station.stamp(made, 0, 0), old: 0, 0), out!, i)
        }
        count!.pointee = n
        replica.made += n
        replica.out[0] += n
        // The end comes with the last elements, or after them.
        if replica.made < station.limit || (n > 0 && replica.random.below(2) == 0) {
            return Status.ok.rawValue
        }
        replica.hasEnded = true
        return Status.end.rawValue
    }

    static let map: MapFunction = { context, input, output, n in
        let (station, replica) = enter(context)
        let number = Int(Step.replica(context))
        station.enterSpan(context, replica, input!, n)
        let (good, fails) = station.verdict(context, replica, input!, n)
        for i in 0..<good {
            let element = station.inType!.read(input!, i)
            station.take(replica, element)
            let made = station.own(station.stamp(element, 0, number), old: element.id, 0)
            station.outTypes[0].write(made, output!, i)
        }
        replica.out[0] += good
        return station.result(context, replica, good, fails)
    }

    static let filter: FilterFunction = { context, input, keep, n in
        let (station, replica) = enter(context)
        station.enterSpan(context, replica, input!, n)
        let (good, fails) = station.verdict(context, replica, input!, n)
        for i in 0..<n where keep![i] { station.violation("keep was not all false") }
        for i in 0..<good {
            let element = station.inType!.read(input!, i)
            station.take(replica, element)
            keep![i] = Random.mix(element.fingerprint &+ station.seed) % 4 != 0
            if keep![i] { replica.out[0] += 1 }
        }
        return station.result(context, replica, good, fails)
    }

    static let process: ProcessFunction = { context, input, n in
        let (station, replica) = enter(context)
        station.enterSpan(context, replica, input!, n)
        let (good, fails) = station.verdict(context, replica, input!, n)
        if fails && !station.namesElement && replica.random.below(2) == 0 {
            // What a failing call emits is taken back.
            var extra = station.make(Int(Step.replica(context)), seq: 0)
            extra = station.own(extra, old: 0, 0)
            if !station.emit(context, 0, extra) { station.ledger.release(extra.id, station.name) }
        }
        for i in 0..<good {
            let element = station.inType!.read(input!, i)
            station.take(replica, element)
            if station.rounds > 0 {
                station.route(context, replica, element)
            } else {
                station.multiply(context, replica, element)
            }
        }
        return station.result(context, replica, good, fails)
    }

    /// Any number of outputs on any port.
    private func multiply(_ context: Context?, _ replica: Replica, _ element: Element) {
        let number = Int(Step.replica(context))
        var choice = Random(seed: element.fingerprint ^ seed &+ UInt64(stage))
        var old = element.id
        for port in outTypes.indices {
            let copies = choice.below(maxOutputs + 1)
            for copy in 0..<copies {
                var made = stamp(element, port, number)
                made.sub = element.sub &* UInt64(maxOutputs) &+ UInt64(copy)
                put(context, replica, port, own(made, old: old, port))
                old = 0
            }
        }
        ledger.release(old, name)
    }

    /// Out by port 0, or round again by port 1.
    private func route(_ context: Context?, _ replica: Replica, _ element: Element) {
        let number = Int(Step.replica(context))
        let again = Int(Random.mix(element.origin &+ seed) % UInt64(rounds + 1))
        let port = Int(element.rounds) < again ? 1 : 0
        var made = stamp(element, port, number)
        made.rounds = port == 1 ? element.rounds + 1 : 0
        put(context, replica, port, own(made, old: element.id, port))
    }

    private func put(_ context: Context?, _ replica: Replica, _ port: Int, _ element: Element) {
        replica.out[port] += 1
        if !emit(context, port, element) {
            violation("no room at port \(port)")
            ledger.release(element.id, name)
        }
    }

    /// By either way of emitting.
    private func emit(_ context: Context?, _ port: Int, _ element: Element) -> Bool {
        let type = outTypes[port]
        if element.seq % 2 == 0 {
            guard let (room, n) = Step.reserve(context, UInt32(port), 1) else { return false }
            if n < 1 { violation("a reservation of \(n)") }
            type.write(element, room, 0)
            return Step.commit(context, UInt32(port), 1) == .ok
        }
        return withUnsafeTemporaryAllocation(byteCount: type.size, alignment: 128) {
            type.write(element, $0.baseAddress!, 0)
            return Step.emit(context, UInt32(port), $0.baseAddress!, 1) == 1
        }
    }

    /// Gives what is left, up to 64 a call as the header allows.
    static let finish: FinishFunction = { context in
        let (station, replica) = enter(context)
        defer { replica.isBusy = false }
        let number = Int(Step.replica(context))
        let most = 1 + replica.random.below(64)
        var n = 0
        while replica.finished < station.leftovers && n < most {
            let made = station.make(number, seq: replica.finished, isLeftover: true)
            replica.finished += 1
            station.put(
                context, replica, 0, station.own(station.stamp(made, 0, number), old: 0, 0))
            n += 1
        }
        return replica.finished < station.leftovers ? Status.again.rawValue : Status.ok.rawValue
    }

    static let fold: FoldFunction = { context, state, input, n in
        let (station, replica) = enter(context)
        station.enterSpan(context, replica, input!, n)
        let (good, fails) = station.verdict(context, replica, input!, n)
        let type = station.outTypes[0]
        var sum = type.read(state!, 0)
        for i in 0..<good {
            let element = station.inType!.read(input!, i)
            station.take(replica, element)
            station.ledger.release(element.id, station.name)
            if sum.folded == 0 {
                let made = station.make(0, seq: replica.made)
                sum = station.own(station.stamp(made, 0, 0), old: 0, 0)
                replica.made += 1
            }
            sum.folded += 1
        }
        if station.every > 0 && Int(sum.folded) > station.every {
            station.violation("\(sum.folded) in a fold of \(station.every)")
        }
        type.write(sum, state!, 0)
        return station.result(context, replica, good, fails)
    }

    static let sink: SinkFunction = { context, input, n in
        let (station, replica) = enter(context)
        station.enterSpan(context, replica, input!, n)
        let (good, fails) = station.verdict(context, replica, input!, n)
        for i in 0..<good {
            let element = station.inType!.read(input!, i)
            station.take(replica, element)
            station.ledger.release(element.id, station.name)
        }
        return station.result(context, replica, good, fails)
    }

    static let compare: CompareFunction = { a, b, _ in
        let (x, y) = (a!.load(as: Element.self).seq, b!.load(as: Element.self).seq)
        return x < y ? -1 : x > y ? 1 : 0
    }

    /// Keys of elements of the size that the user pointer says.
    static let keys: KeyFunction = { input, keys, n, user in
        let size = Int(bitPattern: user)
        for i in 0..<n {
            keys![i] = input!.load(fromByteOffset: i * size, as: Element.self).key
        }
    }

    static func key(_ type: TestType) -> Key {
        Key(function: keys, user: UnsafeMutableRawPointer(bitPattern: type.size))
    }
}
