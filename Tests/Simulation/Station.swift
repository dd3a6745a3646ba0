import PenstockDataflow
import PenstockRuntime
import Synchronization

/// What a scenario knows of one stage; the stage's user pointer. Constant while the graph runs, but
/// for the replicas, each of which is touched by its own callbacks only.
final class Station: @unchecked Sendable {
    let ledger: Ledger
    let seed: UInt64
    var stage = -1
    let name: String
    let inType: TestType?
    let outTypes: [TestType]
    var replicas: [Replica] = []

    /// Its input comes through a place without order.
    var inputHasOrder = true
    /// The replica is part of the way (unordered replicas).
    var stampsReplica = false
    var hasKey = false
    var maxOutputs = 1
    var policy = FailurePolicy.fail
    var retries = 0
    /// Elements in a thousand that fail, how often they do (retries), and whether it says which.
    var failing = 0
    var tries = 1
    var namesElement = true
    /// END after so many elements in a replica; 0: never.
    var endsAfter = 0
    /// Spans must have this length; 0: any.
    var exactBatch = 0
    var largestBatch = 0
    /// Sources and feeds: how many they make.
    var limit = 0
    /// Finish: how many a replica still gives.
    var leftovers = 0
    /// Folds.
    var every = 0
    /// Elements that go round again, at most so often.
    var rounds = 0
    var setUpFails = false
    /// Looks at spans in fork-joins on this engine.
    var forksOn: Engine?

    /// Behind a merge in turns: the input of each (stage, port). Behind a sorted one as well.
    var inputOf: [UInt32: Int] = [:]
    var inputCount = 0
    var order = Order.none

    enum Order { case none, turns, sorted }

    final class Replica: @unchecked Sendable {
        var random: Random
        var isBusy = false
        var setUps = 0
        var tearDowns = 0
        var isSetUp = false
        var last: [UInt64: (UInt32, UInt64)] = [:]
        var replicaOfKey: [UInt64: Bool] = [:]
        /// Disposed of: taken, given up on, or put aside.
        var position = 0
        var taken = 0
        var failed = 0
        var skipped = 0
        var dead = 0
        var retried = 0
        var out: [Int]
        var hasEnded = false
        var wasShort = false
        var attempts: [UInt64: Int] = [:]
        var consecutive = 0
        var made = 0
        var finished = 0
        var turn = 0
        var isOver: Set<Int> = []
        var lastSeq: UInt32 = 0
        var lastInput = -1
        var pendingFailure: String?

        init(seed: UInt64, ports: Int) {
            random = Random(seed: seed)
            out = Array(repeating: 0, count: ports)
        }
    }

    init(
        ledger: Ledger, seed: UInt64, name: String, input: TestType?, outputs: [TestType]
    ) {
        self.ledger = ledger
        self.seed = seed
        self.name = name
        inType = input
        outTypes = outputs
    }

    var user: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Before each run.
    func reset(replicas count: Int) {
        replicas = (0..<count).map {
            Replica(
                seed: Random.mix(seed ^ UInt64(stage * 1000 + $0 + 1)), ports: outTypes.count)
        }
    }

    func total(_ field: KeyPath<Replica, Int>) -> Int {
        replicas.reduce(0) { $0 + $1[keyPath: field] }
    }

    func totalOut(_ port: Int) -> Int { replicas.reduce(0) { $0 + $1.out[port] } }

    func violation(_ text: String) { ledger.violation("'\(name)': \(text)") }

    // MARK: - At the beginning and end of a callback

    static func enter(_ context: Context?) -> (Station, Replica) {
        let station = Unmanaged<Station>.fromOpaque(Step.user(context)!).takeUnretainedValue()
        let number = Int(Step.replica(context))
        let replica = station.replicas[number]
        if replica.isBusy { station.violation("entered twice at once") }
        replica.isBusy = true
        return (station, replica)
    }

    func enterSpan(_ context: Context?, _ replica: Replica, _ input: UnsafeRawPointer, _ n: Int) {
        let type = inType!
        ledger.note(
            stage, Int(Step.replica(context)), n, type.read(input, 0).fingerprint,
            Step.now(context))
        if n < 1 { violation("a span of \(n)") }
        if !replica.isSetUp { violation("called before its set-up or after its tear-down") }
        if replica.hasEnded { violation("called after it said END") }
        if Int(Step.position(context)) != replica.position {
            violation("position \(Step.position(context)), not \(replica.position)")
        }
        if largestBatch > 0 && n > largestBatch { violation("\(n) in a batch of \(largestBatch)") }
        if exactBatch > 0 {
            if replica.wasShort { violation("a span after the last, short one") }
            if n != exactBatch { replica.wasShort = true }
        }
        lookTogether(input, n)
        for i in 0..<n {
            let element = type.read(input, i)
            if !type.isWhole(input, i) {
                violation("an element is torn: source \(element.source), number \(element.seq)")
            }
            if type.isTracked { ledger.expectAlive(element.id, name) }
        }
    }

    // MARK: - Failing

    private func isChosen(_ element: Element) -> Bool {
        failing > 0
            && Int(Random.mix(element.fingerprint ^ seed &+ UInt64(stage)) % 1000) < failing
    }

    /// Decides about a span: how many elements are good, and whether the call fails after those.
    func verdict(
        _ context: Context?, _ replica: Replica, _ input: UnsafeRawPointer, _ n: Int
    ) -> (good: Int, fails: Bool) {
        guard failing > 0,
            let i = (0..<n).first(where: { isBad(replica, inType!.read(input, $0)) })
        else { return (n, false) }
        let number = Int(Step.replica(context))
        if policy == .retry && !namesElement {
            if replica.consecutive >= tries {
                replica.consecutive = 0
                return (n, false)
            }
            replica.consecutive += 1
        }
        let good = namesElement ? i : 0
        let bad = namesElement ? 1 : n
        replica.failed += bad
        var isLast = false
        switch policy {
        case .skip: replica.skipped += bad
        case .deadLetter: replica.dead += bad
        case .retry:
            let key = inType!.read(input, i).fingerprint
            if namesElement { replica.attempts[key, default: 0] += 1 }
            let attempt = namesElement ? replica.attempts[key]! : replica.consecutive
            isLast = attempt > retries
            if !isLast { replica.retried += 1 }
        case .fail: isLast = true
        }
        if isLast {
            let which = replicas.count > 1 ? ", replica \(number)" : ""
            ledger.fired("stage '\(name)'\(which), element \(replica.position + good): ")
        } else if policy != .retry {
            replica.position += bad
        }
        return (good, true)
    }

    private func isBad(_ replica: Replica, _ element: Element) -> Bool {
        guard isChosen(element) else { return false }
        if policy == .retry && namesElement {
            return replica.attempts[element.fingerprint, default: 0] < tries
        }
        return true
    }

    /// What the callback returns.
    func result(_ context: Context?, _ replica: Replica, _ good: Int, _ fails: Bool) -> Int32 {
        replica.isBusy = false
        if fails {
            if !namesElement { return Status.invalid.rawValue }
            return Step.fail(context, 1000 + Int32(stage), good, "as planned")
        }
        if endsAfter > 0 && replica.taken >= endsAfter {
            replica.hasEnded = true
            ledger.endedEarly.store(true, ordering: .relaxed)
            return Status.end.rawValue
        }
        return Status.ok.rawValue
    }

    // MARK: - Taking elements

    /// Element `i` of a span is being consumed: is it where it belongs?
    func take(_ replica: Replica, _ element: Element) {
        replica.taken += 1
        replica.position += 1
        check(replica, element)
    }

    func check(_ replica: Replica, _ element: Element) {
        if inputHasOrder && element.path != 0 {
            let now = (element.seq, element.sub)
            if let before = replica.last[element.path], now <= before {
                violation(
                    "out of order or twice: \(before) then \(now) of source \(element.source)")
            }
            replica.last[element.path] = now
        }
        if hasKey { replica.replicaOfKey[element.key] = true }
        switch order {
        case .none: break
        case .turns: checkTurn(replica, element)
        case .sorted: checkSorted(replica, element)
        }
    }

    private func input(_ element: Element) -> Int {
        if let input = inputOf[element.from] { return input }
        violation("an element from nowhere: \(element.from >> 8) port \(element.from & 255)")
        return 0
    }

    private func checkTurn(_ replica: Replica, _ element: Element) {
        let input = input(element)
        while replica.turn != input {
            // Only inputs that have ended lose their turn.
            replica.isOver.insert(replica.turn)
            replica.turn = (replica.turn + 1) % inputCount
        }
        if replica.isOver.contains(input) { violation("input \(input) came out of turn") }
        replica.turn = (input + 1) % inputCount
    }

    private func checkSorted(_ replica: Replica, _ element: Element) {
        let input = input(element)
        let isFirst = replica.lastInput < 0
        if !isFirst && element.seq < replica.lastSeq { violation("not sorted") }
        if !isFirst && element.seq == replica.lastSeq && input < replica.lastInput {
            violation("a tie did not go to the lower input")
        }
        replica.lastSeq = element.seq
        replica.lastInput = input
    }

    // MARK: - Making elements

    /// A new one of its own.
    func make(_ replica: Int, seq: Int, isLeftover: Bool = false) -> Element {
        var element = Element()
        element.source = UInt32((stage + 1) * 1024 + replica * 2 + (isLeftover ? 1 : 0))
        element.seq = UInt32(seq)
        element.path = Random.mix(UInt64(element.source))
        return element
    }

    /// What becomes of `element` on its way out by a port.
    func stamp(_ element: Element, _ port: Int, _ replica: Int) -> Element {
        var it = element
        it.from = UInt32(stage * 256 + port)
        if !inputHasOrder {
            it.path = 0
        } else if it.path != 0 {
            let tag = UInt64(stage * 64 + port) << 16 | UInt64(stampsReplica ? replica + 1 : 0)
            it.path = Random.mix(it.path ^ Random.mix(tag)) | 1
        }
        return it
    }

    /// Gives it the right kind of owner: `old` is what the input owned and passes on.
    func own(_ element: Element, old: UInt64, _ port: Int) -> Element {
        var it = element
        if outTypes[port].isTracked {
            it.id = old != 0 ? old : ledger.create()
        } else {
            ledger.release(old, name)
            it.id = 0
        }
        return it
    }
}
