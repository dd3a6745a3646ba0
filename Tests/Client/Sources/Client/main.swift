// vectorises.sh looks at the span loops and the behaviours of these functions.

import Penstock

@inline(never) func addOne(_ graph: Graph) -> Stream<UInt64> {
    graph.source(UInt64(0)..<1_000_000).map { $0 &+ 1 }
}

@inline(never) func addOneInSpans(_ numbers: Stream<UInt64>) -> Stream<UInt64> {
    numbers.spans.map(to: UInt64.self) { input, output in
        for i in input.indices { output.append(input[i] &+ 1) }
    }
}

@inline(never) func addUp(_ numbers: Stream<UInt64>) -> Stream<UInt64> {
    numbers.fold(UInt64(0)) { $0 &+= $1 }
}

@inline(never) func standardise(_ numbers: Stream<Float>, _ mean: Float) -> Stream<Float> {
    numbers.map(using: (mean: mean, deviation: mean + 2)) { ($0 - $1.mean) / $1.deviation }
}

let graph = Graph("client")
let numbers = addOne(graph)
let sum = addUp(addOneInSpans(numbers)).collect()
let largest = standardise(numbers.map { Float($0) }, 1).fold(Float(0)) { $0 = max($0, $1) }
    .collect()
try graph.run(on: Engine())
precondition(sum.elements == [500_001_500_000] && largest.elements == [333_333])

/// Passes numbers on until they are zero.
struct Relay: Behaviour {
    enum Message: Sendable {
        case next(ActorRef<Message>)
        case number(Int)
        case sum(Reply<Int>)
    }
    var next = ActorRef<Message>.nobody
    var sum = 0

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .next(let next): self.next = next
        case .number(let n):
            sum &+= n
            if n > 0 { try context.send(.number(n - 1), to: next) }
        case .sum(let reply): context.reply(sum, to: reply)
        }
    }
}

@inline(never) func relay(_ engine: Engine) throws -> ActorRef<Relay.Message> {
    try engine.spawn(Relay())
}

@inline(never) func adder(_ engine: Engine) throws -> ActorRef<Int> {
    try engine.spawn(0) { (sum: inout Int, n: Int, context) in
        sum &+= n
        if n > 0 { try context.send(n - 1, to: context.me) }
    }
}

let engine = try Engine()
let relays = (try relay(engine), try relay(engine))
try engine.send(.next(relays.1), to: relays.0)
try engine.send(.next(relays.0), to: relays.1)
try engine.send(.number(1000), to: relays.0)
try engine.send(1000, to: adder(engine))
try engine.awaitQuiescence()
let sums = (
    try engine.ask(relays.0) { .sum($0) } as Int, try engine.ask(relays.1) { .sum($0) } as Int
)
precondition(sums == (250_500, 250_000))
