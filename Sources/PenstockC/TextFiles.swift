public import CPenstock
import PenstockDataflow
import PenstockRuntime
import PenstockText

private let defaultBlock = 128 << 10
private let largestBlock = 1 << 40

/// A size that the program gives, as an Int within limits; 0 stands for `zero`.
private func size(
    _ given: Int, _ name: String, from least: Int, zero: Int
) throws(Failure) -> Int {
    if given == 0 { return zero }
    guard given >= least, given <= largestBlock else {
        throw Failure(
            .invalid, "options.\(name) \(UInt(bitPattern: given)) is not in \(least)...2^40")
    }
    return given
}

/// The one input, which must carry blocks of bytes.
private func bytesInput(
    _ it: GraphHandle, _ stage: pst_stage, _ name: String
) -> [PenstockDataflow.Description.Port]? {
    guard let inputs = input(it, stage, name),
        let type = it.graph.description.checkedType(of: inputs[0], for: name)
    else { return nil }
    if !type.isBytes {
        it.graph.description.fail(
            .typeMismatch, "stage '\(name)': its input must carry pst_bytes, not \(type)")
        return nil
    }
    return inputs
}

private let bytesType = elementTypeOfBytes()

private func elementTypeOfBytes() -> ElementType {
    let type = pst_bytes_type()
    return ElementType(
        size: type.size, alignment: type.alignment, name: String(cString: type.name),
        destroy: type.destroy, copy: unsafeBitCast(type.copy, to: ElementType.Copy?.self))
}

@c @implementation
public func pst_files(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!,
    _ paths: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int,
    _ options: UnsafePointer<pst_files_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_files_options(
            struct_size: 0, cut: PST_CUT_LINES, record_size: 0, block_size: 0, largest: 0)
        let o = try merged(options, over: defaults, "options")
        let paths = try required(paths, "paths")
        try checkCount(count, upTo: 1 << 32)
        let cut: FileSource.Cut
        switch o.cut {
        case PST_CUT_LINES: cut = .lines
        case PST_CUT_SPACES: cut = .spaces
        case PST_CUT_RECORDS: cut = .records(try recordSize(o.record_size))
        case PST_CUT_FILES: cut = .nowhere
        default: throw Failure(.invalid, "options.cut \(o.cut.rawValue) is no pst_cut")
        }
        let source = FileSource(
            paths: try PathList(paths, count: count), cut: cut,
            blockBytes: try size(o.block_size, "block_size", from: 512, zero: defaultBlock),
            largestBytes: try size(o.largest, "largest", from: 1, zero: 1 << 30))
        return it.graph.description.add(
            .source(FileSource.fill), name: name, inputs: [], outputs: [bytesType],
            user: Unmanaged.passUnretained(source).toOpaque(), keepAlive: source, label: "files",
            builtIn: source.builtIn)
    }
}

private func recordSize(_ given: Int) throws(Failure) -> Int {
    guard given >= 1, given <= 1 << 30 else {
        throw Failure(
            .invalid, "options.record_size \(UInt(bitPattern: given)) is not in 1...2^30")
    }
    return given
}

@c @implementation
public func pst_split(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ options: UnsafePointer<pst_split_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_split_options(
            struct_size: 0, kind: PST_SPLIT_WORDS, delimiter: 0, record_size: 0)
        let o = try merged(options, over: defaults, "options")
        let kind: Splitter.Kind
        switch o.kind {
        case PST_SPLIT_WORDS: kind = .words
        case PST_SPLIT_LINES: kind = .pieces(10, isLine: true)
        case PST_SPLIT_BYTE: kind = .pieces(o.delimiter, isLine: false)
        case PST_SPLIT_RECORDS: kind = .records(try recordSize(o.record_size))
        default: throw Failure(.invalid, "options.kind \(o.kind.rawValue) is no pst_split_kind")
        }
        guard let inputs = bytesInput(it, stage, name) else { return nil }
        let splitter = Splitter(kind)
        return it.graph.description.add(
            .process(Splitter.process), name: name, inputs: inputs, outputs: [bytesType],
            user: Unmanaged.passUnretained(splitter).toOpaque(), keepAlive: splitter,
            label: "split", builtIn: splitter.builtIn)
    }
}

@c @implementation
public func pst_unpack(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let type = try elementType(type)
        if type.destroy != nil {
            throw Failure(.typeMismatch, "what is unpacked must be plain, without destroy")
        }
        guard let inputs = bytesInput(it, stage, name) else { return nil }
        let unpacker = Unpacker(type)
        return it.graph.description.add(
            .process(Unpacker.process), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(unpacker).toOpaque(), keepAlive: unpacker,
            label: "unpack", builtIn: unpacker.builtIn)
    }
}

// MARK: - Elements

@c @implementation
public func pst_bytes_hash(
    _ input: UnsafeRawPointer!, _ keys: UnsafeMutablePointer<UInt64>!, _ n: Int,
    _ user: UnsafeMutableRawPointer!
) {
    guard let input, let keys, n > 0 else { return }
    let bytes = input.assumingMemoryBound(to: pst_bytes.self)
    for i in 0..<n { keys[i] = Hash.of(bytes[i].data, bytes[i].size) }
}

@c @implementation
public func pst_bytes_to_hash(
    _ context: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ n: Int
) -> pst_status {
    guard let input, let output, n > 0 else { return n == 0 ? PST_OK : PST_EINVAL }
    pst_bytes_hash(input, output.bindMemory(to: UInt64.self, capacity: n), n, nil)
    Bytes.release(input.assumingMemoryBound(to: Bytes.self), n)
    return PST_OK
}

@c @implementation
public func pst_bytes_scatter(
    _ data: UnsafeRawPointer!, _ offsets: UnsafePointer<Int64>!, _ count: Int,
    _ elements: UnsafeMutablePointer<pst_bytes>!
) -> pst_status {
    attempt { () throws(Failure) in
        if count == 0 { return }
        guard count > 0, count < Int.max / MemoryLayout<pst_bytes>.stride else {
            throw Failure(.invalid, "count \(UInt(bitPattern: count)) is too large")
        }
        let offsets = try required(offsets, "offsets")
        let elements = try required(elements, "elements")
        for i in 0...count where offsets[i] < (i == 0 ? 0 : offsets[i - 1]) {
            throw Failure(.invalid, "offsets[\(i)] \(offsets[i]) is less than the one before")
        }
        let size = Int(offsets[count] - offsets[0])
        if size > 0 { _ = try required(data, "data") }
        guard let copy = SharedBytes.make(size, shares: count) else {
            throw Failure(.noMemory, "no memory for \(size) bytes")
        }
        if size > 0 { copy.bytes.copyMemory(from: data + Int(offsets[0]), byteCount: size) }
        for i in 0..<count {
            elements[i] = pst_bytes(
                data: copy.bytes + Int(offsets[i] - offsets[0]),
                size: Int(offsets[i + 1] - offsets[i]), owner: copy.owner,
                release: SharedBytes.release)
        }
    }
}

@c @implementation
public func pst_bytes_gather(
    _ elements: UnsafeRawPointer!, _ stride: Int, _ count: Int, _ data: UnsafeMutableRawPointer!,
    _ size: Int, _ offsets: UnsafeMutablePointer<Int64>!
) -> pst_status {
    attempt { () throws(Failure) in
        try checkElements(elements, stride, count)
        let room = length(size)
        var end = 0
        for i in 0..<count {
            let bytes = (elements + i * stride).load(as: pst_bytes.self)
            guard bytes.size >= 0, end.addingReportingOverflow(bytes.size).overflow == false,
                bytes.data != nil || bytes.size == 0
            else { throw Failure(.invalid, "elements[\(i)] has no data, or a size beyond 2^63") }
            offsets?[i] = Int64(end)
            if let data {
                guard bytes.size <= room - end else {
                    throw Failure(
                        .invalid,
                        "size \(room) is too small: elements[\(i)] ends at byte "
                            + "\(end + bytes.size)")
                }
                if let from = bytes.data {
                    (data + end).copyMemory(from: from, byteCount: bytes.size)
                }
            }
            end += bytes.size
        }
        offsets?[count] = Int64(end)
    }
}

@c @implementation
public func pst_bytes_release(_ elements: UnsafeMutableRawPointer!, _ stride: Int, _ count: Int) {
    _ = attempt { () throws(Failure) in
        try checkElements(elements, stride, count)
        for i in 0..<count {
            let bytes = (elements + i * stride).assumingMemoryBound(to: pst_bytes.self)
            let old = bytes.pointee
            bytes.pointee = pst_bytes(data: nil, size: 0, owner: nil, release: nil)
            old.release?(old.owner)
        }
    }
}

private func checkElements(
    _ elements: UnsafeRawPointer?, _ stride: Int, _ count: Int
) throws(Failure) {
    guard count >= 0, stride >= 0, count.multipliedReportingOverflow(by: stride).overflow == false
    else { throw Failure(.invalid, "count times stride is more than 2^63") }
    if count == 0 { return }
    let elements = try required(elements, "elements")
    guard UInt(bitPattern: elements) % 8 == 0, stride % 8 == 0,
        stride >= MemoryLayout<pst_bytes>.size || count == 1
    else {
        throw Failure(
            .invalid, "stride \(stride) or the address of elements does not suit pst_bytes")
    }
}
