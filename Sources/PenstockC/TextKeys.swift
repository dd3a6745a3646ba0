public import CPenstock
import PenstockDataflow
import PenstockRuntime
import PenstockText

@c @implementation
public func pst_reduce(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ options: UnsafePointer<pst_reduce_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_reduce_options(
            struct_size: 0, key: PST_BYTES, key_offset: 0, aggregates: nil,
            aggregate_count: 0, sorted: false)
        let o = try merged(options, over: defaults, "options")
        guard let inputs = input(it, stage, name),
            let type = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        let reduction = KeyedReduction(
            key: try key(o, of: type), aggregates: try aggregates(o, of: type), isSorted: o.sorted,
            input: type)
        return it.graph.description.add(
            .process(reduction.process), name: name, inputs: inputs, outputs: [reduction.output],
            user: Unmanaged.passUnretained(reduction).toOpaque(), keepAlive: reduction,
            label: "reduce", builtIn: reduction.builtIn)
    }
}

private func key(
    _ options: pst_reduce_options, of type: ElementType
) throws(Failure) -> KeyedReduction.Key {
    let offset = options.key_offset
    if options.key == PST_BYTES {
        guard type.alignment % 8 == 0, offset >= 0, offset % 8 == 0,
            offset <= type.size - MemoryLayout<pst_bytes>.size
        else {
            throw Failure(
                .typeMismatch,
                "there is no pst_bytes for the key at offset "
                    + "\(UInt(bitPattern: offset)) of \(type)")
        }
        return .bytes(offset: offset)
    }
    let number = try number(options.key, "options.key")
    if number.isFloat {
        throw Failure(.invalid, "options.key: floating-point numbers are no keys")
    }
    try check(offset, number, of: type, "options.key_offset")
    return .number(number, offset: offset)
}

private func aggregates(
    _ options: pst_reduce_options, of type: ElementType
) throws(Failure) -> [Aggregate] {
    if options.aggregate_count == 0 { return [Aggregate(.count, .i64, offset: 0)] }
    guard options.aggregate_count >= 0, options.aggregate_count <= 64 else {
        throw Failure(
            .invalid,
            "options.aggregate_count \(UInt(bitPattern: options.aggregate_count)) is more than 64")
    }
    let given = try required(options.aggregates, "options.aggregates")
    var result: [Aggregate] = []
    for i in 0..<options.aggregate_count {
        let at = "options.aggregates[\(i)]"
        guard let kind = Aggregate.Kind(rawValue: given[i].what.rawValue) else {
            throw Failure(.invalid, "\(at).what \(given[i].what.rawValue) is no pst_reduction")
        }
        if kind == .count {
            result.append(Aggregate(.count, .i64, offset: 0))
            continue
        }
        let number = try number(given[i].field, "\(at).field")
        try check(given[i].offset, number, of: type, "\(at).offset")
        result.append(Aggregate(kind, number, offset: given[i].offset))
    }
    return result
}

private func number(_ field: pst_scalar, _ what: String) throws(Failure) -> Scalar {
    guard let number = Scalar(rawValue: field.rawValue), number != .bool else {
        throw Failure(.invalid, "\(what) \(field.rawValue) is no integer or float of pst_scalar")
    }
    return number
}

private func check(
    _ offset: Int, _ number: Scalar, of type: ElementType, _ what: String
) throws(Failure) {
    guard offset >= 0, number.bytes <= type.size, offset <= type.size - number.bytes else {
        throw Failure(
            .invalid,
            "\(what) \(UInt(bitPattern: offset)): no \(number.name) stands there in \(type)")
    }
}
