public import CPenstock
import CPenstockPlatform
import PenstockDataflow
import PenstockRuntime

private let numbers = ElementType(size: 8, alignment: 8, name: "int64_t")

@c @implementation
public func pst_range(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ first: Int64, _ step: Int64,
    _ length: UInt64, _ from: UInt64, _ until: UInt64
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let range = try RangeStage(
            first: first, step: step, length: length, from: from, until: until)
        return it.graph.description.add(
            .source(RangeStage.fill), name: name, inputs: [], outputs: [numbers],
            user: Unmanaged.passUnretained(range).toOpaque(), keepAlive: range, label: "range")
    }
}

@c @implementation
public func pst_rows(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!, _ columns: UnsafePointer<pst_column>!, _ count: Int,
    _ rows: UInt64
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let type = try elementType(type)
        try checkCount(count, upTo: 4096)
        let given = try required(columns, "columns")
        let columns = (0..<count).map {
            Column(
                data: given[$0].data, stride: given[$0].stride, size: length(given[$0].size),
                offset: length(given[$0].offset))
        }
        guard let inputs = input(it, stage, name),
            let taken = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        if !taken.matches(numbers) {
            throw Failure(.typeMismatch, "row numbers must be \(numbers), not \(taken)")
        }
        let table = try RowsStage(columns: columns, rows: rows, type: type)
        return it.graph.description.add(
            .map(RowsStage.map), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(table).toOpaque(), keepAlive: table, label: "rows")
    }
}

@c @implementation
public func pst_slice(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage, _ first: UInt64,
    _ count: UInt64, _ period: UInt64
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        guard let inputs = input(it, stage, name),
            let type = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        let slice = SliceStage(first: first, count: count, period: period, type: type)
        return it.graph.description.add(
            .process(SliceStage.process), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(slice).toOpaque(), keepAlive: slice, label: "slice")
    }
}

@c @implementation
public func pst_shuffle(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage, _ window: UInt64,
    _ seed: UInt64, _ period: UInt64, _ epoch: UInt64
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        guard let inputs = input(it, stage, name),
            let type = it.graph.description.checkedType(of: inputs[0], for: name)
        else { return nil }
        let shuffle = try ShuffleStage(
            window: window, seed: seed, period: period, epoch: epoch, type: type)
        let index = it.graph.description.add(
            .process(ShuffleStage.process), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(shuffle).toOpaque(), keepAlive: shuffle,
            label: "shuffle")
        if let index {
            var options = StageOptions()
            options.finish = ShuffleStage.finish
            it.graph.description.configure(index, options)
        }
        return index
    }
}

/// Options replace all that were there, but what a stage of this section is made of stays.
func keepingOwn(_ options: StageOptions, of spec: StageSpec) throws(Failure) -> StageOptions {
    guard spec.keepAlive is ShuffleStage || spec.keepAlive is SliceStage else { return options }
    if options.replicas != 1 { throw Failure(.invalid, "a \(spec.word) cannot have replicas") }
    if options.finish != nil { throw Failure(.invalid, "a \(spec.word) has a finish of its own") }
    var result = options
    if spec.keepAlive is ShuffleStage { result.finish = ShuffleStage.finish }
    return result
}

@c @implementation
public func pst_shuffle_span(
    _ shuffle: UnsafeMutablePointer<pst_shuffle_state>!, _ held: UnsafeMutableRawPointer!,
    _ size: Int, _ input: UnsafeRawPointer!, _ n: Int, _ output: UnsafeMutableRawPointer!,
    _ count: UnsafeMutablePointer<Int>!
) -> pst_status {
    attempt { () throws(Failure) in
        let given = try required(shuffle, "state")
        let defaults = pst_shuffle_state(
            struct_size: 0, window: 0, seed: 0, period: 0, epoch: 0, taken: 0, given: 0)
        let state = try merged(given, over: defaults, "state")
        // The last of what is written. A caller whose struct ends before has room for none of it.
        guard given.pointee.struct_size >= MemoryLayout<pst_shuffle_state>.size else {
            throw Failure(
                .invalid, "state.struct_size \(given.pointee.struct_size) leaves no room for given")
        }
        guard state.window >= 1 else { throw Failure(.invalid, "state.window is 0") }
        guard size >= 1, size <= ElementType.maximumSize else {
            throw Failure(
                .invalid,
                "size \(UInt(bitPattern: size)) is not in 1...\(ElementType.maximumSize)")
        }
        let room = Shuffle.room(window: state.window, period: state.period)
        guard room <= UInt64(Int.max / size) else {
            throw Failure(
                .invalid, "state.window of \(room) elements of \(size) bytes is beyond all memory")
        }
        guard n >= 0, !n.multipliedReportingOverflow(by: size).overflow else {
            throw Failure(
                .invalid, "n \(UInt(bitPattern: n)) elements of \(size) bytes are too many")
        }
        let held = try required(held, "held")
        let output = try required(output, "out")
        let count = try required(count, "count")
        var shuffle = Shuffle(
            window: state.window, seed: state.seed, period: state.period, firstEpoch: state.epoch,
            taken: state.taken, given: state.given)
        guard shuffle.isConsistent else {
            throw Failure(
                .invalid,
                "state.taken \(state.taken) and state.given \(state.given) do not go with a "
                    + "window of \(state.window)")
        }
        if let input {
            guard state.taken <= UInt64(Int64.max) else {
                throw Failure(.invalid, "state.taken \(state.taken) is beyond 2^63")
            }
            count.pointee = shuffle.pass(held, size, input, n, output)
        } else {
            count.pointee = shuffle.drain(held, size, n, output)
        }
        given.pointee.taken = shuffle.taken
        given.pointee.given = shuffle.given
    }
}
