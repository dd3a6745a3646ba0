import PenstockRuntime

/// Shuffles a stream within a window: of the last `window` elements that came in one comes out,
/// chosen by a seed, and the next one takes its place. Each period of the stream is shuffled by
/// itself, with a seed of its own; while one drains the next fills, so that one comes out for each
/// that comes in.
///
/// What comes out depends on the seed and the counts alone, not on how the stream is cut into
/// spans.
package struct Shuffle {
    private let window: UInt64
    private let seed: UInt64
    /// 0: the stream is one period.
    private let period: UInt64
    private let firstEpoch: UInt64
    package private(set) var taken: UInt64
    package private(set) var given: UInt64

    /// At least one element of room.
    package static func room(window: UInt64, period: UInt64) -> UInt64 {
        period == 0 ? window : min(window, period)
    }

    package init(
        window: UInt64, seed: UInt64, period: UInt64, firstEpoch: UInt64, taken: UInt64 = 0,
        given: UInt64 = 0
    ) {
        self.window = Shuffle.room(window: window, period: period)
        self.seed = seed
        self.period = period
        self.firstEpoch = firstEpoch
        self.taken = taken
        self.given = given
    }

    /// Whether so many can have gone in and come out before the end of the input.
    package var isConsistent: Bool { given <= taken && taken &- given <= window }

    package var held: UInt64 { taken &- given }

    /// Takes n elements in, and gives as many out but for those that fill the window. Returns how
    /// many.
    package mutating func pass(
        _ held: UnsafeMutableRawPointer, _ size: Int, _ input: UnsafeRawPointer, _ n: Int,
        _ output: UnsafeMutableRawPointer
    ) -> Int {
        switch size {
        case 8: return pass(Words<UInt64>(), held, size, input, n, output)
        case 4: return pass(Words<UInt32>(), held, size, input, n, output)
        default: return pass(Bytes(size: size), held, size, input, n, output)
        }
    }

    @inline(__always)
    private mutating func pass<Mover: ElementMover>(
        _ mover: Mover, _ held: UnsafeMutableRawPointer, _ size: Int, _ input: UnsafeRawPointer,
        _ n: Int, _ output: UnsafeMutableRawPointer
    ) -> Int {
        let before = given
        var done = 0
        if taken < window {
            // From the back, as all later periods do.
            let fill = Int(min(window &- taken, UInt64(n)))
            let last = Int(window &- taken) &- 1
            for i in 0..<fill { mover.move(input, i, to: held, last &- i) }
            taken &+= UInt64(fill)
            done = fill
        }
        while done < n {
            let place = period == 0 ? window : taken % period
            if place < window {
                // The former period drains from the front while this one fills from the back.
                let run = Int(min(window &- place, UInt64(n &- done)))
                let draws = Draws(self)
                for i in 0..<run {
                    let left = Int(window &- place) &- i
                    let chosen = draws.below(UInt64(left), UInt64(i))
                    let out = output + Int(given &- before) &* size
                    mover.move(held, chosen, to: out, 0)
                    mover.move(held, left &- 1, to: held, chosen)
                    mover.move(input, done &+ i, to: held, left &- 1)
                    given &+= 1
                }
                taken &+= UInt64(run)
                done &+= run
            } else {
                let ahead = period == 0 ? UInt64.max : period &- place
                let run = Int(min(ahead, UInt64(n &- done)))
                let draws = Draws(self)
                let out = output + Int(given &- before) &* size
                let window = window
                for i in 0..<run {
                    let chosen = draws.below(window, UInt64(i))
                    mover.move(held, chosen, to: out, i)
                    mover.move(input, done &+ i, to: held, chosen)
                }
                taken &+= UInt64(run)
                given &+= UInt64(run)
                done &+= run
            }
        }
        return Int(given &- before)
    }

    /// The input has ended: gives out up to n of those that are left. Returns how many.
    package mutating func drain(
        _ held: UnsafeMutableRawPointer, _ size: Int, _ n: Int, _ output: UnsafeMutableRawPointer
    ) -> Int {
        switch size {
        case 8: return drain(Words<UInt64>(), held, n, output)
        case 4: return drain(Words<UInt32>(), held, n, output)
        default: return drain(Bytes(size: size), held, n, output)
        }
    }

    @inline(__always)
    private mutating func drain<Mover: ElementMover>(
        _ mover: Mover, _ held: UnsafeMutableRawPointer, _ n: Int,
        _ output: UnsafeMutableRawPointer
    ) -> Int {
        var done = 0
        while done < n && given < taken {
            let ofPeriod = period == 0 ? UInt64.max : period &- given % period
            let left = min(self.held, ofPeriod)
            // A period that did not fill the window stands at the back of it.
            let place = period == 0 ? taken : taken % period
            let isBehind = left == self.held && place > 0 && place < window
            let base = isBehind ? Int(window &- place) : 0
            let run = Int(min(left, UInt64(n &- done)))
            let draws = Draws(self)
            for i in 0..<run {
                let rest = left &- UInt64(i)
                let chosen = base &+ draws.below(rest, UInt64(i))
                mover.move(held, chosen, to: output, done &+ i)
                mover.move(held, base &+ Int(rest) &- 1, to: held, chosen)
            }
            given &+= UInt64(run)
            done &+= run
        }
        return done
    }

    /// The random numbers of the element that comes out next and of those behind it in its period:
    /// SplitMix64, whose state after i numbers is a multiplication away.
    private struct Draws {
        private let start: UInt64
        private static let step: UInt64 = 0x9e37_79b9_7f4a_7c15

        init(_ shuffle: Shuffle) {
            let period = shuffle.period
            let epoch = period == 0 ? 0 : shuffle.given / period
            let place = period == 0 ? shuffle.given : shuffle.given % period
            let key = Random.mix(
                shuffle.seed ^ Random.mix(shuffle.firstEpoch &+ epoch &+ 1))
            start = key &+ place &* Draws.step
        }

        @inline(__always)
        func below(_ bound: UInt64, _ i: UInt64) -> Int {
            let random = Random.mix(start &+ (i &+ 1) &* Draws.step)
            return Int(truncatingIfNeeded: random.multipliedFullWidth(by: bound).high)
        }
    }
}

/// Moves single elements between places that are counted in elements.
private protocol ElementMover {
    func move(
        _ from: UnsafeRawPointer, _ i: Int, to: UnsafeMutableRawPointer, _ j: Int)
}

private struct Words<Word: BitwiseCopyable>: ElementMover {
    @inline(__always)
    func move(_ from: UnsafeRawPointer, _ i: Int, to: UnsafeMutableRawPointer, _ j: Int) {
        let width = MemoryLayout<Word>.size
        let word = (from + i &* width).loadUnaligned(as: Word.self)
        (to + j &* width).storeBytes(of: word, as: Word.self)
    }
}

private struct Bytes: ElementMover {
    let size: Int

    @inline(__always)
    func move(_ from: UnsafeRawPointer, _ i: Int, to: UnsafeMutableRawPointer, _ j: Int) {
        let source = from + i &* size
        let target = to + j &* size
        if source != UnsafeRawPointer(target) { target.copyMemory(from: source, byteCount: size) }
    }
}
