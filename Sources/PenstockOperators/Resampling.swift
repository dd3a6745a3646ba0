import CPenstockOperators
import PenstockRuntime

/// How an image gets another size. Pixel i of `count` lies at (i + 0.5) * size / count - 0.5 of the
/// `size` before, not below 0 (the half-pixel centres of torch and tf.image). Bilinear: rows first,
/// then columns, a + (b - a) * weight in f32. Nearest: the pixel in which the centre lies.
final class Resampling: @unchecked Sendable {
    let height: Int
    let width: Int
    let output: Scalar
    private let method: ResizeMethod
    private let input: Scalar
    private let channels: Int
    private let fromWidth: Int
    private let pixelBytes: Int
    /// psto_tap of each row, in rows; then of each column as seen, and as mirrored, in numbers.
    private let taps: Memory
    /// Nearest: where each column stands, and mirrored, in bytes.
    private let places: Memory

    init(
        _ input: Scalar, fromHeight: Int, fromWidth: Int, channels: Int, height: Int, width: Int,
        _ method: ResizeMethod
    ) throws(OperatorFault) {
        guard height >= 1, width >= 1, height <= 1 << 20, width <= 1 << 20 else {
            throw .invalid("a size of \(height) x \(width) is not in 1...2^20")
        }
        guard method == .nearest || input == .u8 || input == .f32 else {
            throw .invalid("there is no bilinear resize of \(input), only of u8 and f32")
        }
        self.input = input
        self.height = height
        self.width = width
        self.channels = channels
        self.fromWidth = fromWidth
        self.method = method
        output = method == .bilinear ? .f32 : input
        pixelBytes = channels * input.bytes
        taps = try Memory((height + 2 * width) * MemoryLayout<psto_tap>.stride)
        places = try Memory(2 * width * 4)
        let rows = taps.base.assumingMemoryBound(to: psto_tap.self)
        for i in 0..<height { rows[i] = Resampling.tap(i, of: height, from: fromHeight, method) }
        let columns = rows + height
        let offsets = places.base.assumingMemoryBound(to: UInt32.self)
        for i in 0..<width {
            let tap = Resampling.tap(i, of: width, from: fromWidth, method)
            let last = Int32(truncatingIfNeeded: fromWidth - 1)
            let step = Int32(truncatingIfNeeded: channels)
            columns[i] = psto_tap(
                left: tap.left * step, right: tap.right * step, weight: tap.weight)
            columns[width + i] = psto_tap(
                left: (last - tap.left) * step, right: (last - tap.right) * step,
                weight: tap.weight)
            offsets[i] = UInt32(Int(tap.left) * pixelBytes)
            offsets[width + i] = UInt32(Int(last - tap.left) * pixelBytes)
        }
    }

    private static func tap(
        _ i: Int, of count: Int, from size: Int, _ method: ResizeMethod
    ) -> psto_tap {
        let centre = (Double(i) + 0.5) * (Double(size) / Double(count))
        let at = method == .nearest ? centre : max(centre - 0.5, 0)
        let left = min(Int(at), size - 1)
        return psto_tap(
            left: Int32(left), right: Int32(min(left + 1, size - 1)),
            weight: Float(at - Double(left)))
    }

    /// Of rows with so many numbers.
    func scratchBytes(_ values: Int) -> Int {
        method == .bilinear ? (values * 4 + 127) / 64 * 64 : 0
    }

    /// A crop is a row here and a row there, which the processor does not foresee across pages.
    private static let rowsAhead = 2

    /// What row `i` will be made of and the one before it is not.
    @inline(__always)
    private func prefetch(
        _ i: Int, _ left: UnsafeRawPointer, _ rowBytes: Int, _ view: ImageView
    ) {
        guard i < height else { return }
        let rows = taps.base.assumingMemoryBound(to: psto_tap.self)
        let tap = rows[i]
        let known = rows[i &- 1].right
        let bytes = fromWidth &* pixelBytes
        if tap.left > known { psto_prefetch(left + view.row(Int(tap.left)) &* rowBytes, bytes) }
        if tap.right > known { psto_prefetch(left + view.row(Int(tap.right)) &* rowBytes, bytes) }
    }

    /// Row `i` of the result. `left`: the view's first column, in the image's first row.
    func makeRow(
        _ i: Int, _ left: UnsafeRawPointer, _ rowBytes: Int, _ view: ImageView,
        _ out: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
    ) {
        let rows = taps.base.assumingMemoryBound(to: psto_tap.self)
        let tap = rows[i]
        let upper = left + view.row(Int(tap.left)) &* rowBytes
        let mirrored = view.isMirrored ? width : 0
        if method == .nearest {
            let offsets = places.base.assumingMemoryBound(to: UInt32.self)
            psto_copy_pixels(upper, offsets + mirrored, pixelBytes, out, width)
            return
        }
        let lower = left + view.row(Int(tap.right)) &* rowBytes
        prefetch(i &+ Resampling.rowsAhead, left, rowBytes, view)
        let row = scratch.assumingMemoryBound(to: Float.self)
        let loops = Loops.chosen.table
        let between = input == .u8 ? loops.pointee.between_u8 : loops.pointee.between_f32
        between.unsafelyUnwrapped(upper, lower, tap.weight, row, fromWidth &* channels)
        loops.pointee.blend.unsafelyUnwrapped(
            row, rows + height + mirrored, channels, out.assumingMemoryBound(to: Float.self), width)
    }
}
