import CPenstockPlatform
package import PenstockRuntime

/// A shuffle as a stage, with the window's memory.
package final class ShuffleStage: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    private let room: Int
    private let size: Int
    private let start: Shuffle
    /// Touched by the stage's one replica alone.
    private var shuffle: Shuffle

    package init(
        window: UInt64, seed: UInt64, period: UInt64, epoch: UInt64, type: ElementType
    ) throws(Failure) {
        guard window >= 1 else { throw Failure(.invalid, "window is 0") }
        if type.destroy != nil {
            throw Failure(
                .typeMismatch, "type '\(type.name)' has destroy; shuffle plain elements")
        }
        let room = Shuffle.room(window: window, period: period)
        guard room <= UInt64(Int.max),
            let memory = pstp_alloc(Int(room), type.size, max(type.alignment, 16))
        else {
            throw Failure(
                .noMemory, "no memory for a window of \(room) elements of \(type.size) bytes")
        }
        self.memory = memory
        self.room = Int(room)
        size = type.size
        start = Shuffle(window: window, seed: seed, period: period, firstEpoch: epoch)
        shuffle = start
    }

    deinit { pstp_free(memory, room, size) }

    private static func stage(_ context: Context?) -> Unmanaged<ShuffleStage>? {
        Step.user(context).map { Unmanaged<ShuffleStage>.fromOpaque($0) }
    }

    package static let process: ProcessFunction = { context, input, n in
        guard let stage = stage(context), let input else { return Status.internal.rawValue }
        return stage._withUnsafeGuaranteedRef {
            if Step.position(context) == 0 { $0.shuffle = $0.start }
            guard let (output, room) = Step.reserve(context, 0, n), room == n else {
                return Status.internal.rawValue
            }
            let made = $0.shuffle.pass($0.memory, $0.size, input, n, output)
            return Step.commit(context, 0, made).rawValue
        }
    }

    package static let finish: FinishFunction = { context in
        guard let stage = stage(context) else { return Status.internal.rawValue }
        return stage._withUnsafeGuaranteedRef {
            // Nothing came in this run, and what is here is of the last one.
            if Step.position(context) == 0 { return Status.ok.rawValue }
            guard $0.shuffle.held > 0 else { return Status.ok.rawValue }
            guard let (output, room) = Step.reserve(context, 0, Int($0.shuffle.held)) else {
                return Status.again.rawValue
            }
            let made = $0.shuffle.drain($0.memory, $0.size, room, output)
            let status = Step.commit(context, 0, made)
            if status != .ok { return status.rawValue }
            return $0.shuffle.held > 0 ? Status.again.rawValue : Status.ok.rawValue
        }
    }
}
