import Glibc
import Penstock

/// A layer's weights and how they have moved of late.
struct Layer: Sendable {
    let weights: Matrix
    let bias: Matrix
    let velocity: Matrix
    let biasVelocity: Matrix

    init(_ inputs: Int, _ outputs: Int, _ random: inout Random) throws {
        let scale = (2 / Float(inputs)).squareRoot()
        let first = (0..<inputs * outputs).map { _ in scale * random.normal() }
        weights = try Matrix(rows: inputs, columns: outputs, first)
        bias = try Matrix(rows: 1, columns: outputs)
        velocity = try Matrix(rows: inputs, columns: outputs)
        biasVelocity = try Matrix(rows: 1, columns: outputs)
    }

    /// velocity = momentum * velocity + inputs' * errors / n. Rows are samples.
    func gather(_ inputs: MatrixView, _ errors: MatrixView, _ ones: MatrixView) throws {
        let share = 1 / Float(inputs.rows)
        try multiply(
            inputs.transposed, errors, into: velocity.mutableView, alpha: share, beta: 0.9)
        try multiply(ones, errors, into: biasVelocity.mutableView, alpha: share, beta: 0.9)
    }

    func step(_ rate: Float) {
        move(weights, velocity, rate, decay: 1e-4)
        move(bias, biasVelocity, rate, decay: 0)
    }

    private func move(_ weights: Matrix, _ velocity: Matrix, _ rate: Float, decay: Float) {
        weights.withElements { weights in
            velocity.withElements { velocity in
                for i in weights.indices {
                    weights[i] -= rate * (velocity[i] + decay * weights[i])
                }
            }
        }
    }
}

/// Two layers. The forward pass is two matmul stages that read the weights; here is the other half:
/// gradients and the step down them, a mini-batch at a time. The training loop holds one batch, so
/// no sample is in the matmul stages while `learn` writes.
final class Network: Sendable {
    let hidden: Layer
    let output: Layer
    private let outputError: Matrix
    private let hiddenError: Matrix
    private let ones: Matrix

    init(seed: UInt64) throws {
        var random = Random(state: seed)
        hidden = try Layer(128, 256, &random)
        output = try Layer(256, 10, &random)
        outputError = try Matrix(rows: batch, columns: 10)
        hiddenError = try Matrix(rows: batch, columns: 256)
        ones = try Matrix(rows: 1, columns: batch, Array(repeating: 1, count: batch))
    }

    func learn(_ samples: Span<Sample>) throws -> Metrics {
        var metrics = Metrics(epoch: samples[0].epoch)
        for i in samples.indices {
            metrics.samples += 1
            metrics.loss += softmax(samples[i], i)
            if samples[i].bestClass == samples[i].label { metrics.correct += 1 }
        }
        try samples.withUnsafeBufferPointer { try backPropagate($0) }
        let rate = 0.05 * powf(0.96, Float(metrics.epoch))
        hidden.step(rate)
        output.step(rate)
        return metrics
    }

    /// The cross-entropy, and its gradient with respect to the scores as row `i` of the errors.
    private func softmax(_ sample: Sample, _ i: Int) -> Float {
        let most = sample.scores[sample.bestClass]
        let powers = (0..<classes).map { expf(sample.scores[$0] - most) }
        let sum = powers.reduce(0, +)
        for c in 0..<classes {
            outputError[i, c] = powers[c] / sum - (c == sample.label ? 1 : 0)
        }
        return -logf(powers[sample.label] / sum + 1e-12)
    }

    private func backPropagate(_ samples: UnsafeBufferPointer<Sample>) throws {
        guard let features = MatrixView(samples, field: \.features),
            let activations = MatrixView(samples, field: \.hidden)
        else { return }
        var errors = outputError.view
        errors.rows = samples.count
        var back = hiddenError.mutableView
        back.rows = samples.count
        var hiddenErrors = hiddenError.view
        hiddenErrors.rows = samples.count
        var ones = ones.view
        ones.columns = samples.count

        // How much of each output's error comes from each hidden unit that was on.
        try multiply(errors, output.weights.view.transposed, into: back)
        for s in samples.indices {
            for h in 0..<256 where samples[s].hidden[h] <= 0 { hiddenError[s, h] = 0 }
        }
        try output.gather(activations, errors, ones)
        try hidden.gather(features, hiddenErrors, ones)
    }
}
