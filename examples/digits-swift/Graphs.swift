// The three graphs of the program, which run one after the other on one engine:
//
//   measure   rows > clean > moments
//   train     rows > clean +> distort > standardise > features > split +> loop ...
//                          +> rejected                                 +> shelf
//                                 ... loop > hidden > output > learn +> progress
//                                      ^-----------------------------+
//   count     shelf > hidden > output > right

import Penstock

/// Mean and deviation of each pixel.
func measure(_ lines: [String], _ engine: Engine) throws -> Standard {
    let graph = Graph("measure")
    let moments = graph.source(state: Shuffled(lines, epochs: 0..<1)) { $0.next() }.named("rows")
        .map(clean).named("clean").onFailure(.skip)
        .fold(Moments()) { $0.add($1) }.named("moments")
        .collect()
    try graph.run(on: engine)
    return moments.elements[0].standard
}

/// Trains the network; the rows that were held out of it.
func train(
    _ network: Network, _ lines: [String], _ standard: Standard, _ epochs: Int, _ engine: Engine
) throws -> [Sample] {
    let graph = Graph("train")
    let rows = graph.source(state: Shuffled(lines, epochs: 0..<epochs)) { $0.next() }.named("rows")
        .map(clean).named("clean")
    let rejected = rows.deadLetters(of: Line.self).fold(0) { count, _ in count += 1 }.collect()

    let samples = rows.map(distort).named("distort").replicas(2)
        .map(using: standard, standardise).named("standardise").replicas(2)
        .map(extractFeatures).named("features").replicas(2)
    let (training, heldOut) = samples.process(to: Sample.self, Sample.self) {
        sample, training, heldOut in
        isHeldOut(sample.number) ? heldOut.send(sample) : training.send(sample)
    }
    let shelf = heldOut.filter { $0.epoch == 0 }.collect().named("shelf")

    // The loop's credit is the size of a mini-batch: the next one gets in when the samples of this
    // one have left, which is when `learn` has updated the weights.
    let metrics = training.loop(credit: batch) { inside in
        let (metrics, again) = forward(inside, network, batch: batch).batch(batch)
            .process(to: Metrics.self, Sample.self) { samples, metrics, _ in
                metrics.send(try network.learn(samples))
            }
        return (again: again.named("learn"), result: metrics)
    }
    let progress = Progress(epochs)
    metrics.sink { progress.add($0) }.named("progress").onHost()

    try graph.run(on: engine)
    progress.end()
    print("\(rejected.elements.first ?? 0) broken lines rejected")
    try report(graph, engine)
    return shelf.elements
}

/// Forwards through the network: the same two stages for training, where the weights are live and
/// every span must be one mini-batch, and for validation, where neither matters.
func forward(_ samples: Stream<Sample>, _ network: Network, batch: Int?) -> Stream<Sample> {
    func layer(_ stream: Stream<Sample>) -> Spans<Sample> {
        batch.map { stream.batch($0) } ?? stream.spans
    }
    let hidden = layer(samples).matmul(
        \.features, into: \.hidden, weights: network.hidden.weights, bias: network.hidden.bias,
        activation: .relu, live: batch != nil
    ).named("hidden")
    return layer(hidden).matmul(
        \.hidden, into: \.scores, weights: network.output.weights, bias: network.output.bias,
        live: batch != nil
    ).named("output")
}

/// How many of the samples the network gets right.
func count(_ samples: [Sample], _ network: Network, _ engine: Engine) throws -> Int {
    let graph = Graph("count")
    let right = forward(graph.source(samples).named("shelf"), network, batch: nil)
        .fold(0) { if $1.bestClass == $1.label { $0 += 1 } }.named("right")
        .collect()
    try graph.run(on: engine)
    return right.elements[0]
}
