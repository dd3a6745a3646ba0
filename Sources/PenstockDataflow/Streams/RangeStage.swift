package import PenstockRuntime

/// A source of numbers in even steps, over and over: element `p` is `first + step * (p % length)`.
/// Where it stands is the step's position, so that it has no state of its own and each run begins
/// anew.
package final class RangeStage: Sendable {
    private let first: Int64
    private let step: Int64
    private let length: UInt64
    private let from: UInt64
    private let until: UInt64

    package init(
        first: Int64, step: Int64, length: UInt64, from: UInt64, until: UInt64
    ) throws(Failure) {
        guard from <= until else {
            throw Failure(.invalid, "from \(from) is beyond until \(until)")
        }
        guard length > 0 || from == until else {
            throw Failure(.invalid, "length is 0, but until \(until) asks for elements")
        }
        self.first = first
        self.step = step
        self.length = max(length, 1)
        self.from = from
        self.until = until
    }

    package static let fill: SourceFunction = { context, output, capacity, count in
        guard let user = Step.user(context), let output, let count else {
            return Status.internal.rawValue
        }
        return Unmanaged<RangeStage>.fromOpaque(user)._withUnsafeGuaranteedRef {
            let at = $0.from &+ Step.position(context)
            let n = Int(min(UInt64(capacity), $0.until &- at))
            $0.write(output.assumingMemoryBound(to: Int64.self), n, at)
            count.pointee = n
            return at &+ UInt64(n) == $0.until ? Status.end.rawValue : Status.ok.rawValue
        }
    }

    private func write(_ output: UnsafeMutablePointer<Int64>, _ n: Int, _ at: UInt64) {
        var done = 0
        var place = at % length
        while done < n {
            let run = Int(min(UInt64(n &- done), length &- place))
            let start = first &+ step &* Int64(bitPattern: place)
            for i in 0..<run { output[done &+ i] = start &+ step &* Int64(i) }
            done &+= run
            place = 0
        }
    }
}
