package import PenstockRuntime
import Synchronization

/// What callbacks may ask and do, through the context they were given. Each function takes the raw
/// pointer of the C ABI and answers harmlessly for one that is no context.
extension Step {
    @inline(__always)
    private static func step(_ context: Context?) -> UnsafeMutablePointer<Step>? {
        guard let step = context?.assumingMemoryBound(to: Step.self),
            step.pointee.mark == Step.aliveMark
        else { return nil }
        return step
    }

    package static func user(_ context: Context?) -> UnsafeMutableRawPointer? {
        step(context)?.pointee.user
    }

    package static func state(_ context: Context?) -> UnsafeMutableRawPointer? {
        step(context)?.pointee.state
    }

    package static func setState(_ context: Context?, _ state: UnsafeMutableRawPointer?) {
        step(context)?.pointee.state = state
    }

    package static func replica(_ context: Context?) -> UInt32 {
        UInt32(step(context)?.pointee.replica ?? 0)
    }

    /// True when a simulated engine lets the allocation fail that the stage is about to make.
    package static func allocationFails(_ context: Context?) -> Bool {
        guard let simulation = step(context)?.pointee.segment.pointee.clock.simulation else {
            return false
        }
        return simulation._withUnsafeGuaranteedRef { $0.allocationFails() }
    }

    /// How many replicas there are.
    package static func replicas(_ context: Context?) -> Int {
        Int(step(context)?.pointee.replicas ?? 1)
    }

    package static func position(_ context: Context?) -> UInt64 {
        step(context)?.pointee.position ?? 0
    }

    package static func shouldStop(_ context: Context?) -> Bool {
        guard let step = step(context) else { return true }
        return step.pointee.segment.pointee.control.stop.pointee.load(ordering: .relaxed)
    }

    package static func now(_ context: Context?) -> UInt64 {
        step(context)?.pointee.segment.pointee.clock.now ?? 0
    }

    /// Notes which element failed and why; returns the status for the callback to return.
    package static func fail(
        _ context: Context?, _ status: Int32, _ index: Int, _ text: UnsafePointer<CChar>?
    ) -> Int32 {
        let result =
            status == Status.ok.rawValue || status == Status.end.rawValue
            ? Status.stageFailed.rawValue : status
        guard let step = step(context) else { return result }
        step.pointee.failIndex = index
        step.pointee.failPosition = step.pointee.position
        var i = 0
        if let text {
            while i < Step.textBytes - 1 && text[i] != 0 {
                step.pointee.failText[i] = text[i]
                i += 1
            }
        }
        step.pointee.failText[i] = 0
        return result
    }

    /// The port of a process stage, or nil; none before its set-up is done and from its tear-down
    /// on, when the port's memory is somebody else's.
    private static func port(_ context: Context?, _ port: UInt32) -> UnsafeMutablePointer<PortSpan>?
    {
        guard let step = step(context), step.pointee.kind == .process, step.pointee.isSetUp,
            Int(port) < step.pointee.portCount, Int(port) != step.pointee.deadLetterPort
        else { return nil }
        return step.pointee.ports + Int(port)
    }

    package static func emit(
        _ context: Context?, _ port: UInt32, _ elements: UnsafeRawPointer?, _ count: Int
    ) -> Int {
        guard let elements, count > 0, let span = self.port(context, port) else { return 0 }
        let n = min(count, span.pointee.capacity &- span.pointee.count)
        if n <= 0 { return 0 }
        span.pointee.next.copyMemory(from: elements, byteCount: n &* span.pointee.stride)
        span.pointee.count &+= n
        // It was written over what was reserved.
        span.pointee.reserved = 0
        return n
    }

    package static func reserve(
        _ context: Context?, _ port: UInt32, _ want: Int
    ) -> (UnsafeMutableRawPointer, Int)? {
        guard want > 0, let span = self.port(context, port) else { return nil }
        let n = min(want, span.pointee.capacity &- span.pointee.count)
        if n <= 0 { return nil }
        span.pointee.reserved = n
        return (span.pointee.next, n)
    }

    package static func commit(_ context: Context?, _ port: UInt32, _ count: Int) -> Status {
        guard let span = self.port(context, port) else { return .port }
        guard count >= 0, count <= span.pointee.reserved else { return .invalid }
        span.pointee.count &+= count
        span.pointee.reserved = 0
        return .ok
    }
}
