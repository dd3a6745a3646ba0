public import CPenstock
import PenstockDataflow
import PenstockOperators
import PenstockRuntime

@c @implementation
public func pst_operator_get_layouts(
    _ op: OpaquePointer!, _ input: UnsafeMutablePointer<pst_layout>!,
    _ output: UnsafeMutablePointer<pst_layout>!
) -> pst_status {
    attempt { () throws(Failure) in
        let handle = try `operator`(op, "op")
        // Before either is written.
        if let output { try structSize(output, "output") }
        if let input { try give(handle.input, to: input, "input") }
        if let output { try give(handle.output, to: output, "output") }
    }
}

@c @implementation
public func pst_operator_apply(
    _ op: OpaquePointer!, _ from: UnsafeRawPointer!, _ to: UnsafeMutableRawPointer!, _ n: Int,
    _ first: UInt64
) -> pst_status {
    attempt { () throws(Failure) in
        let made = try `operator`(op, "op").made
        if n == 0 { return }
        if let defect = spanDefect(made, from, to, n) { throw Failure(.invalid, "\(defect)") }
        let good = made.apply(from, to, n, first)
        if good < 0 { throw Failure(.noMemory, "\(noScratch)") }
        if good < n { throw Failure(.invalid, "element \(good): \(made.complaint)") }
    }
}

let noScratch: StaticString = "no memory for the operator's scratch"

/// What is wrong with memory that the program gives an operator for n > 0 elements.
@inline(__always)
func spanDefect(
    _ made: Operator, _ from: UnsafeRawPointer?, _ to: UnsafeMutableRawPointer?, _ n: Int
) -> StaticString? {
    guard let from else { return "in is NULL" }
    guard let to else { return "out is NULL" }
    let inBytes = n.multipliedReportingOverflow(by: made.input.bytes)
    let outBytes = n.multipliedReportingOverflow(by: made.output.bytes)
    // A size_t beyond 2^63 is negative here.
    guard n > 0, !inBytes.overflow, !outBytes.overflow else {
        return "so many elements do not fit in memory"
    }
    if UInt(bitPattern: from) % UInt(made.input.scalar.bytes) != 0 {
        return "in is not aligned to its numbers"
    }
    if UInt(bitPattern: to) % UInt(made.output.scalar.bytes) != 0 {
        return "out is not aligned to its numbers"
    }
    // Addresses are far below 2^63, or the caller has no such memory.
    let isApart = from + inBytes.partialValue <= to || to + outBytes.partialValue <= from
    return isApart ? nil : "in and out overlap"
}

@c @implementation
public func pst_apply(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!, _ op: OpaquePointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let made = try `operator`(op, "op").made
        let type = try elementType(type)
        guard let inputs = input(it, stage, name),
            let taken = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        try check(taken, made.input, "takes")
        try check(type, made.output, "makes")
        return it.graph.description.add(
            .map(applied), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(made).toOpaque(), keepAlive: made, label: "operator")
    }
}

@c @implementation
public func pst_apply_filter(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ op: OpaquePointer!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let made = try `operator`(op, "op").made
        guard made.output.scalar == .bool, made.output.values == 1 else {
            throw Failure(
                .typeMismatch, "the operator makes \(made.output); to filter it must make one bool")
        }
        guard let inputs = input(it, stage, name),
            let type = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        try check(type, made.input, "takes")
        return it.graph.description.add(
            .filter(kept), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(made).toOpaque(), keepAlive: made, label: "operator")
    }
}

private func check(_ type: ElementType, _ layout: Layout, _ verb: String) throws(Failure) {
    guard type.size == layout.bytes, type.alignment >= layout.scalar.bytes else {
        throw Failure(
            .typeMismatch,
            "the operator \(verb) \(layout), \(layout.bytes) bytes; the elements are \(type)")
    }
    guard type.destroy == nil else {
        throw Failure(.typeMismatch, "an operator's elements are plain numbers, without destroy")
    }
}

private let applied: MapFunction = { context, from, to, n in
    guard let from, let to else { return Status.internal.rawValue }
    return run(context, from, to, n)
}

private let kept: FilterFunction = { context, from, keep, n in
    guard let from, let keep else { return Status.internal.rawValue }
    return run(context, from, UnsafeMutableRawPointer(keep), n)
}

@inline(__always)
private func run(
    _ context: Context?, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int
) -> Int32 {
    guard let user = Step.user(context) else { return Status.internal.rawValue }
    return Unmanaged<Operator>.fromOpaque(user)._withUnsafeGuaranteedRef { made in
        if made.isRandom && Step.replica(context) > 0 {
            let text: StaticString =
                "a random operator in replicas must take each element's number from the element"
            return fail(context, .notSupported, 0, text)
        }
        let good = made.apply(from, to, n, Step.position(context))
        if good == n { return Status.ok.rawValue }
        if good < 0 { return Status.noMemory.rawValue }
        return fail(context, .invalid, good, made.complaint)
    }
}

/// A callback's failure with a text that needs no memory.
func fail(
    _ context: Context?, _ status: Status, _ index: Int, _ text: StaticString
) -> Int32 {
    text.withUTF8Buffer { bytes in
        // Static strings end with a NUL.
        bytes.withMemoryRebound(to: CChar.self) {
            Step.fail(context, status.rawValue, index, $0.baseAddress)
        }
    }
}
