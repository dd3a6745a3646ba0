import CPenstockOperators
import PenstockRuntime

/// Crops, flips, and one resize of images of height x width x channels, and what is done with the
/// numbers afterwards: an image is gone through once, row by row of the result.
final class Image: Pass, @unchecked Sendable {
    /// What is looked at: crops and flips, in their order.
    private let views: [ImageStep]
    private let resamplingOwner: Resampling?
    private let tailOwner: Pointwise?
    private let resampling: Uncounted<Resampling>?
    private let tail: Uncounted<Pointwise>?

    private let width: Int
    private let channels: Int
    private let rowBytes: Int
    private let pixelBytes: Int
    /// Of the result, and its rows before the tail.
    private let outHeight: Int
    private let outWidth: Int
    private let rowValues: Int
    private let madeScalar: Scalar
    /// Where a row's pixels stand from its end to its beginning, in bytes; of what is not resized.
    private let mirror: Memory
    private let viewWidth: Int
    /// What the views before the first random one see of every image.
    private let start: ImageView
    private let firstRandom: Int

    convenience init(_ input: Layout, _ step: ImageStep) throws(OperatorFault) {
        guard input.shape.count == 2 || input.shape.count == 3 else {
            throw .invalid("images have height, width and maybe channels; elements are \(input)")
        }
        if case .resize(let height, let width, let method) = step {
            let resampling = try Resampling(
                input.scalar, fromHeight: input.shape[0], fromWidth: input.shape[1],
                channels: Image.channels(input), height: height, width: width, method)
            try self.init(input, [], resampling, nil)
        } else {
            try self.init(input, [step], nil, nil)
        }
    }

    private init(
        _ input: Layout, _ views: [ImageStep], _ resampling: Resampling?, _ tail: Pointwise?
    ) throws(OperatorFault) {
        self.views = views
        resamplingOwner = resampling
        tailOwner = tail
        self.resampling = resampling.map { Uncounted($0) }
        self.tail = tail.map { Uncounted($0) }
        width = input.shape[1]
        channels = Image.channels(input)
        pixelBytes = channels * input.scalar.bytes
        rowBytes = width * pixelBytes
        var view = ImageView(height: input.shape[0], width: width)
        var firstRandom: Int?
        var fixed = view
        for (i, step) in views.enumerated() {
            try Image.check(step, view)
            if step.isRandom && firstRandom == nil {
                firstRandom = i
                fixed = view
            }
            Image.take(step, &view, 0)
        }
        self.firstRandom = firstRandom ?? views.count
        start = firstRandom == nil ? view : fixed
        viewWidth = view.width
        outHeight = resampling?.height ?? view.height
        outWidth = resampling?.width ?? view.width
        rowValues = outWidth * channels
        madeScalar = resampling?.output ?? input.scalar
        mirror = try Memory(viewWidth * 4)
        let places = mirror.base.assumingMemoryBound(to: UInt32.self)
        for i in 0..<viewWidth {
            places[i] = UInt32(truncatingIfNeeded: (viewWidth - 1 - i) * pixelBytes)
        }
        let made = try Layout(madeScalar, [outHeight, outWidth] + input.shape.dropFirst(2))
        super.init(input, tail?.output ?? made)
    }

    private static func channels(_ input: Layout) -> Int {
        input.shape.count == 3 ? input.shape[2] : 1
    }

    override func joined(with next: Pass) throws(OperatorFault) -> Pass? {
        if let next = next as? Pointwise {
            let joined = tailOwner.map { $0.joined(with: next) as? Pointwise } ?? next
            return try Image(input, views, resamplingOwner, joined)
        }
        guard let next = next as? Image, resamplingOwner == nil, tailOwner == nil else {
            return nil
        }
        return try Image(
            input, views + next.views, next.resamplingOwner, next.tailOwner)
    }

    // MARK: - Views

    private static func check(_ step: ImageStep, _ view: ImageView) throws(OperatorFault) {
        switch step {
        case .crop(let top, let left, let height, let width):
            guard top >= 0, left >= 0, height >= 1, width >= 1, height <= view.height,
                width <= view.width, top <= view.height - height, left <= view.width - width
            else {
                throw .invalid(
                    "a crop of \(height) x \(width) at (\(top), \(left)) is not in an image of "
                        + "\(view.height) x \(view.width)")
            }
        case .randomCrop(let height, let width, _):
            guard height >= 1, width >= 1, height <= view.height, width <= view.width else {
                throw .invalid(
                    "a crop of \(height) x \(width) is not in an image of \(view.height) x "
                        + "\(view.width)")
            }
        case .randomFlip(_, _, let probability, _):
            guard probability >= 0, probability <= 1 else {
                throw .invalid("probability \(probability) is not in 0...1")
            }
        case .flip, .resize: break
        }
    }

    private static func take(_ step: ImageStep, _ view: inout ImageView, _ element: UInt64) {
        switch step {
        case .crop(let top, let left, let height, let width): view.crop(top, left, height, width)
        case .flip(let horizontal, let vertical):
            view.flip(horizontal: horizontal, vertical: vertical)
        case .randomCrop(let height, let width, let seed):
            var draws = Draws(seed: seed, purpose: 1, element: element)
            let top = draws.below(view.height - height + 1)
            view.crop(top, draws.below(view.width - width + 1), height, width)
        case .randomFlip(let horizontal, let vertical, let probability, let seed):
            var draws = Draws(seed: seed, purpose: 2, element: element)
            let isMirrored = draws.chance(probability)
            view.flip(
                horizontal: horizontal && isMirrored,
                vertical: vertical && draws.chance(probability))
        case .resize: break
        }
    }

    // MARK: - Running

    /// A row between the resize and the tail, with a vector behind its end.
    private var madeRowBytes: Int { (rowValues * madeScalar.bytes + 127) / 64 * 64 }

    private var betweenBytes: Int {
        resampling?.use { $0.scratchBytes(viewWidth &* channels) } ?? 0
    }

    override var scratchBytes: Int {
        madeRowBytes + betweenBytes + (tailOwner?.scratchBytes ?? 0)
    }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        for i in 0..<n {
            var view = start
            if firstRandom < views.count {
                for v in firstRandom..<views.count {
                    Image.take(views[v], &view, first &+ UInt64(i))
                }
            }
            make(from + i &* input.bytes, to + i &* output.bytes, view, scratch)
        }
        return n
    }

    private func make(
        _ image: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ view: ImageView,
        _ scratch: UnsafeMutableRawPointer
    ) {
        let madeRow = scratch
        let between = scratch + madeRowBytes
        let tailScratch = between + betweenBytes
        let outRowBytes = rowValues &* output.scalar.bytes
        let left = image + view.left &* pixelBytes
        for i in 0..<outHeight {
            let out = to + i &* outRowBytes
            let row = tail == nil ? out : madeRow
            if let resampling {
                resampling.use { $0.makeRow(i, left, rowBytes, view, row, between) }
            } else {
                let source = left + view.row(i) &* rowBytes
                if view.isMirrored && pixelBytes == 3 {
                    Loops.chosen.table.pointee.mirror_triples.unsafelyUnwrapped(
                        source, row, outWidth)
                } else if view.isMirrored {
                    psto_copy_pixels(
                        source, mirror.base.assumingMemoryBound(to: UInt32.self), pixelBytes, row,
                        outWidth)
                } else {
                    row.copyMemory(from: source, byteCount: outWidth &* pixelBytes)
                }
            }
            if let tail {
                tail.use {
                    $0.runValues(row, out, rowValues, start: i &* rowValues, tailScratch)
                }
            }
        }
    }
}
