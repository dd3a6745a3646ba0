// vectorises.sh looks at the span loops of these functions.

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
