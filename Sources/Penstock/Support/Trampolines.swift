import PenstockDataflow
import PenstockRuntime

// The C functions that the engine calls. Each calls the span loop of the stage's box: one indirect
// call per span.

private let broken = Status.internal.rawValue

@inline(__always) private func run(
    _ context: Context?, _ input: UnsafeMutableRawPointer?, _ output: UnsafeMutableRawPointer?,
    _ n: Int
) -> Int32 {
    guard let context, let input, let output else { return broken }
    return Unmanaged<StageBox>.fromOpaque(Step.user(context).unsafelyUnwrapped)
        ._withUnsafeGuaranteedRef { $0.body(StageContext(context), input, output, n) }
}

/// Output: where the loop puts how many it made.
let sourceTrampoline: SourceFunction = { context, output, capacity, count in
    guard let count else { return broken }
    count.pointee = 0
    return run(context, output, UnsafeMutableRawPointer(count), capacity)
}

let mapTrampoline: MapFunction = { context, input, output, n in
    run(context, UnsafeMutableRawPointer(mutating: input), output, n)
}

/// Output: the keep flags.
let filterTrampoline: FilterFunction = { context, input, keep, n in
    run(context, UnsafeMutableRawPointer(mutating: input), UnsafeMutableRawPointer(keep), n)
}

/// Processes and sinks have no output span.
let consumeTrampoline: ProcessFunction = { context, input, n in
    run(context, UnsafeMutableRawPointer(mutating: input), context, n)
}

let setupTrampoline: SetupFunction = { raw in
    guard let raw else { return broken }
    let context = StageContext(raw)
    do {
        if let begin = StageBox.of(context).begin { Step.setState(raw, try begin(context)) }
        return Status.ok.rawValue
    } catch {
        return context.fail(0, error)
    }
}

let teardownTrampoline: TeardownFunction = { raw in
    guard let raw, let state = Step.state(raw) else { return }
    StageBox.of(StageContext(raw)).end?(state)
    Step.setState(raw, nil)
}

let finishTrampoline: FinishFunction = { raw in
    guard let raw else { return broken }
    return StageBox.of(StageContext(raw)).finish?(StageContext(raw)) ?? Status.ok.rawValue
}
