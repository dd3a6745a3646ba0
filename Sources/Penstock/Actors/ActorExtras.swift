import PenstockActors

/// What few actors have. Touched only by the thread that runs the actor.
final class ActorExtras {
    /// The error that the call under way has failed with.
    var failure: (any Error)?

    // MARK: - Becoming

    private enum Change {
        case nothing
        case to(ActorBox)
        case back
    }

    /// What it has become; nil: nothing else.
    private(set) var current: ActorBox?
    /// Takes place when no behaviour of the actor's runs.
    private var change = Change.nothing

    func become(_ box: ActorBox) { change = .to(box) }
    func unbecome() { change = .back }

    /// Before each call.
    func settle() {
        switch change {
        case .nothing: return
        case .to(let box): current = box
        case .back: current = nil
        }
        change = .nothing
    }

    func forgetBecoming() {
        change = .nothing
        current = nil
    }

    // MARK: - Answers

    /// Asks that wait, and the places of those that do no more.
    private var answers: [ActorBox.Answer?] = []
    private var free: [Int] = []

    /// The place of it, never 0.
    func add(_ answer: @escaping ActorBox.Answer) -> Int {
        if let place = free.popLast() {
            answers[place] = answer
            return place + 1
        }
        answers.append(answer)
        return answers.count
    }

    func takeAnswer(_ number: Int) -> ActorBox.Answer? {
        guard answers.indices.contains(number - 1), let answer = answers[number - 1] else {
            return nil
        }
        answers[number - 1] = nil
        free.append(number - 1)
        return answer
    }

    // MARK: - Ticks that need a box

    struct Tick {
        let box: AnyMessageBox
        let repeats: Bool
    }

    private var ticks: [UInt64: Tick] = [:]
    private var lastKey: UInt64 = 0
    /// The key of the tick that is being handled.
    private(set) var tickInHand: UInt64?
    /// It was put aside and will come again.
    private var keepsTick = false

    func add(_ tick: Tick) -> UInt64 {
        lastKey += 1
        ticks[lastKey] = tick
        return lastKey
    }

    func removeTick(_ key: UInt64) { ticks[key] = nil }

    func tick(_ key: UInt64) -> Tick? { ticks[key] }

    func keepTick() { keepsTick = true }

    func handle(_ key: UInt64, _ call: (AnyMessageBox) -> Int32) -> Int32 {
        guard let tick = ticks[key] else { return ActorStatus.ok }
        tickInHand = key
        keepsTick = false
        let status = call(tick.box)
        tickInHand = nil
        if !tick.repeats && !keepsTick { ticks[key] = nil }
        return status
    }
}
