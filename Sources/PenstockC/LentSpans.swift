public import CPenstock
import PenstockDataflow
import PenstockOperators
import PenstockRuntime

private let lentType = ElementType(
    size: MemoryLayout<pst_lent>.size, alignment: MemoryLayout<pst_lent>.alignment,
    name: "pst_lent")

@c @implementation
public func pst_apply_lent(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ op: OpaquePointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let made = try `operator`(op, "op").made
        guard let inputs = input(it, stage, name),
            let taken = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        if !taken.matches(lentType) {
            throw Failure(.typeMismatch, "spans that are lent must be \(lentType), not \(taken)")
        }
        return it.graph.description.add(
            .map(applied), name: name, inputs: inputs, outputs: [lentType],
            user: Unmanaged.passUnretained(made).toOpaque(), keepAlive: made, label: "operator")
    }
}

private let applied: MapFunction = { context, from, to, n in
    guard let from, let to, let user = Step.user(context) else { return Status.internal.rawValue }
    to.copyMemory(from: from, byteCount: n &* MemoryLayout<pst_lent>.size)
    let spans = from.assumingMemoryBound(to: pst_lent.self)
    return Unmanaged<Operator>.fromOpaque(user)._withUnsafeGuaranteedRef { made in
        for i in 0..<n {
            let status = apply(made, spans[i])
            if status == .ok { continue }
            let text: StaticString =
                switch status {
                case .noMemory: "no memory for the operator's scratch"
                case .typeMismatch: "in or out is NULL, not aligned to its numbers, or overlaps"
                default: made.complaint
                }
            return UnsafeRawPointer(text.utf8Start).withMemoryRebound(
                to: CChar.self, capacity: text.utf8CodeUnitCount + 1
            ) { Step.fail(context, status.rawValue, i, $0) }
        }
        return Status.ok.rawValue
    }
}

@inline(__always)
private func apply(_ made: Operator, _ span: pst_lent) -> Status {
    if span.count == 0 { return .ok }
    let inBytes = span.count.multipliedReportingOverflow(by: made.input.bytes)
    let outBytes = span.count.multipliedReportingOverflow(by: made.output.bytes)
    guard let from = span.in, let to = span.out, span.count > 0, !inBytes.overflow,
        !outBytes.overflow, UInt(bitPattern: from) % UInt(made.input.scalar.bytes) == 0,
        UInt(bitPattern: to) % UInt(made.output.scalar.bytes) == 0,
        from + inBytes.partialValue <= to || to + outBytes.partialValue <= from
    else { return .typeMismatch }
    let good = made.apply(from, to, span.count, span.first)
    if good < 0 { return .noMemory }
    return good == span.count ? .ok : .invalid
}
