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
        for i in 0..<n where spans[i].count != 0 {
            let span = spans[i]
            if let defect = spanDefect(made, span.in, span.out, span.count) {
                return fail(context, .invalid, i, defect)
            }
            guard let from = span.in, let to = span.out else { continue }
            let good = made.apply(from, to, span.count, span.first)
            if good < 0 { return fail(context, .noMemory, i, noScratch) }
            if good < span.count { return fail(context, .invalid, i, made.complaint) }
        }
        return Status.ok.rawValue
    }
}
