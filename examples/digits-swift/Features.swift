/// Sums over the training rows.
struct Moments {
    var rows = 0.0
    var sum = InlineArray<64, Double>(repeating: 0)
    var squares = InlineArray<64, Double>(repeating: 0)

    mutating func add(_ row: Row) {
        if isHeldOut(row.number) { return }
        rows += 1
        for i in row.pixels.indices {
            let pixel = Double(row.pixels[i])
            sum[i] += pixel
            squares[i] += pixel * pixel
        }
    }

    /// Corners that are white or nearly so on every image say nothing; they must not shout.
    var standard: Standard {
        Standard(
            mean: InlineArray { Float(sum[$0] / rows) },
            scale: InlineArray {
                let mean = sum[$0] / rows
                return Float(1 / (squares[$0] / rows - mean * mean + 1).squareRoot())
            })
    }
}

struct Standard {
    let mean: InlineArray<64, Float>
    let scale: InlineArray<64, Float>
}

@Sendable func standardise(_ row: Row, _ standard: Standard) -> Row {
    var row = row
    for i in row.pixels.indices {
        row.pixels[i] = (row.pixels[i] - standard.mean[i]) * standard.scale[i]
    }
    return row
}

/// The pixels, and where the strokes run: in each cell of 2 x 2 pixels, how steep the image is in
/// four directions. Like a histogram of gradients, without the arc tangent.
@Sendable func extractFeatures(_ row: Row) -> Sample {
    var sample = Sample(label: row.label, epoch: row.epoch, number: row.number)
    let pixels = row.pixels
    for i in pixels.indices {
        let (x, y) = (i % side, i / side)
        sample.features[i] = pixels[i]
        let across = pixels[y * side + min(x + 1, side - 1)] - pixels[y * side + max(x - 1, 0)]
        let along = pixels[min(y + 1, side - 1) * side + x] - pixels[max(y - 1, 0) * side + x]
        let cell = 64 + ((y / 2) * (side / 2) + x / 2) * 4
        sample.features[cell] += abs(across) / 4
        sample.features[cell + 1] += abs(along) / 4
        sample.features[cell + 2] += abs(across + along) / 6
        sample.features[cell + 3] += abs(across - along) / 6
    }
    return sample
}
