/// What may be done with an image of height x width x channels.
package enum ImageStep: Sendable, Equatable {
    case crop(top: Int, left: Int, height: Int, width: Int)
    case flip(horizontal: Bool, vertical: Bool)
    case randomCrop(height: Int, width: Int, seed: UInt64)
    /// Each direction that is asked for, with this probability.
    case randomFlip(horizontal: Bool, vertical: Bool, probability: Double, seed: UInt64)
    case resize(height: Int, width: Int, method: ResizeMethod)

    package var isRandom: Bool {
        switch self {
        case .randomCrop, .randomFlip: true
        case .crop, .flip, .resize: false
        }
    }
}

/// Which part of an image, and seen from where.
struct ImageView {
    var top = 0
    var left = 0
    var height: Int
    var width: Int
    var isUpsideDown = false
    var isMirrored = false

    /// Sees only a part of what it saw.
    mutating func crop(_ top: Int, _ left: Int, _ height: Int, _ width: Int) {
        self.top += isUpsideDown ? self.height - top - height : top
        self.left += isMirrored ? self.width - left - width : left
        self.height = height
        self.width = width
    }

    mutating func flip(horizontal: Bool, vertical: Bool) {
        if horizontal { isMirrored.toggle() }
        if vertical { isUpsideDown.toggle() }
    }

    /// Row `i` of what it sees, in the image.
    func row(_ i: Int) -> Int { top &+ (isUpsideDown ? height &- 1 &- i : i) }
}
