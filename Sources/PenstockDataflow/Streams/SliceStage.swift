import PenstockRuntime

/// Passes on so many elements from a first one, of the whole stream or of each period of it.
package final class SliceStage: Sendable {
    private let first: UInt64
    /// The first element behind; `.max`: there is none.
    private let end: UInt64
    private let period: UInt64
    private let size: Int
    private let type: ElementType

    package init(
        first: UInt64, count: UInt64, period: UInt64, type: ElementType
    ) {
        self.first = first
        let sum = first.addingReportingOverflow(count)
        end = sum.overflow ? .max : sum.partialValue
        self.period = period
        self.type = type
        size = type.size
    }

    package static let process: ProcessFunction = { context, input, n in
        guard let user = Step.user(context), let input else { return Status.internal.rawValue }
        return Unmanaged<SliceStage>.fromOpaque(user)._withUnsafeGuaranteedRef {
            $0.pass(context, input, n)
        }
    }

    private func pass(_ context: Context?, _ input: UnsafeRawPointer, _ n: Int) -> Int32 {
        let position = Step.position(context)
        var done = 0
        var place = period == 0 ? position : position % period
        while done < n {
            let left = UInt64(n &- done)
            let ahead = place < first ? first : place < end ? end : period == 0 ? .max : period
            // Of a slice that reaches beyond its period, the period's end comes first.
            let edge = period == 0 ? ahead : min(ahead, period)
            let run = Int(min(left, edge &- place))
            let span = input + done &* size
            if place >= first && place < end {
                _ = Step.emit(context, 0, span, run)
            } else {
                type.destroy?(UnsafeMutableRawPointer(mutating: span), run, type.user)
            }
            done &+= run
            place &+= UInt64(run)
            if place == period { place = 0 }
        }
        return period == 0 && place >= end ? Status.end.rawValue : Status.ok.rawValue
    }
}
